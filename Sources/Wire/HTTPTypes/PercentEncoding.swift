import Base

/// Percent-encoding of targets (RFC 3986, section 2.1) and of query strings as forms send them.
package enum PercentEncoding {
  /// Decodes text; nil for a `%` without two hexadecimal digits, or bytes that are not UTF-8.
  ///
  /// - Parameter plusIsSpace: Whether `+` means a space, as it does in the query of a form (WHATWG URL, section 5.1).
  package static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "%"):
        guard index + 2 < bytes.count, let high = Hex.nibble(bytes[index + 1]), let low = Hex.nibble(bytes[index + 2])
        else { return nil }
        decoded.append(high << 4 | low)
        index += 3
      case UInt8(ascii: "+") where plusIsSpace:
        decoded.append(0x20)
        index += 1
      case let byte:
        decoded.append(byte)
        index += 1
      }
    }
    return String(validating: decoded, as: UTF8.self)
  }

  /// Encodes every byte but letters, digits and `-._~`.
  package static func encode(_ text: some StringProtocol) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        encoded += "%" + Hex.encode([byte]).uppercased()
      }
    }
    return encoded
  }

  /// The segments of a path, decoded; empty ones left out.
  ///
  /// Nil for a path that cannot be decoded.
  package static func segments(ofPath path: String) -> [String]? {
    var segments: [String] = []
    for part in path.split(separator: "/") {
      guard let segment = decode(part) else { return nil }
      segments.append(segment)
    }
    return segments
  }
}

/// A parameter of a query string, decoded.
package struct QueryParameter: Hashable, Sendable {
  package let name: String
  package let value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  /// The parameters of a query string in order; nil for one that cannot be decoded.
  package static func parse(_ query: String) -> [QueryParameter]? {
    var parameters: [QueryParameter] = []
    for part in query.split(separator: "&") {
      let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(halves[0], plusIsSpace: true),
        let value = halves.count > 1 ? PercentEncoding.decode(halves[1], plusIsSpace: true) : ""
      else { return nil }
      parameters.append(QueryParameter(name: name, value: value))
    }
    return parameters
  }
}
