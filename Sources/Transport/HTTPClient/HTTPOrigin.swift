/// Where requests go: the scheme, the host and the port of a URL (RFC 6454, section 4).
package struct HTTPOrigin: Sendable, Hashable, CustomStringConvertible {
  package let isSecure: Bool
  /// A name or an address, without the brackets of an IPv6 address.
  package let host: String
  package let port: UInt16

  package init(isSecure: Bool, host: String, port: UInt16) {
    self.isSecure = isSecure
    self.host = host
    self.port = port
  }

  /// The value of the host field: with a port unless it is the one of the scheme.
  package var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
  }

  package var description: String { "\(isSecure ? "https" : "http")://\(authority)" }
}

/// An `http` or `https` URL, split for a request.
package struct HTTPURL: Sendable, Hashable {
  package let origin: HTTPOrigin
  /// The path and the query, at least `/`.
  package let target: String

  /// Reads `http://HOST[:PORT][/PATH][?QUERY]`; nil for anything else, also for one with a user or a fragment.
  package init?(_ text: String) {
    guard let separator = text.firstRange(of: "://") else { return nil }
    let isSecure: Bool
    switch text[..<separator.lowerBound].lowercased() {
    case "http": isSecure = false
    case "https": isSecure = true
    default: return nil
    }
    let rest = text[separator.upperBound...]
    let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let tail = rest[authorityEnd...]
    guard !tail.contains("#"), tail.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
    guard let (host, port) = Self.split(rest[..<authorityEnd], defaultPort: isSecure ? 443 : 80) else { return nil }
    origin = HTTPOrigin(isSecure: isSecure, host: host, port: port)
    target = tail.hasPrefix("/") ? String(tail) : "/" + tail
  }

  private static func split(_ authority: Substring, defaultPort: UInt16) -> (host: String, port: UInt16)? {
    var host = authority
    var port = defaultPort
    let bracket = authority.lastIndex(of: "]")
    if let colon = authority.lastIndex(of: ":"), bracket.map({ $0 < colon }) ?? true {
      let digits = authority[authority.index(after: colon)...]
      guard let number = UInt16(digits), number > 0, digits.first != "+" else { return nil }
      host = authority[..<colon]
      port = number
    }
    if bracket != nil {
      guard host.hasPrefix("["), host.hasSuffix("]") else { return nil }
      host = host.dropFirst().dropLast()
      guard !host.isEmpty, host.utf8.allSatisfy({ $0 == 0x3a || $0 == 0x2e || hexDigits.contains($0) }) else {
        return nil
      }
    } else {
      guard !host.isEmpty, host.utf8.allSatisfy({ isNameByte($0) }) else { return nil }
    }
    return (host.lowercased(), port)
  }

  private static let hexDigits = Set("0123456789abcdefABCDEF".utf8)

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39: true
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
    default: false
    }
  }
}
