/// A content coding that bodies may come in (RFC 9110, section 8.4.1; zstd: RFC 8878 and RFC 9659).
package enum ContentCoding: String, Sendable, Hashable, CaseIterable {
  case identity
  case gzip
  /// The zlib format (RFC 1950) around deflate data, not raw deflate.
  case deflate
  case zstd
  /// The block format, without frames: what Prometheus' remote write sends.
  case snappy

  /// Reads the value of `content-encoding` or `grpc-encoding`, without regard to case; an empty value is `identity`.
  ///
  /// Nil for a coding that is not known and for a list of codings.
  package init?(token: some StringProtocol) {
    switch token.lowercased() {
    case "", "identity": self = .identity
    case "gzip", "x-gzip": self = .gzip
    case "deflate": self = .deflate
    case "zstd": self = .zstd
    case "snappy": self = .snappy
    default: return nil
    }
  }

  /// The coding that a response gets, by the request's `accept-encoding` (RFC 9110, section 12.5.3).
  ///
  /// A weight of 0 forbids a coding; `*` stands for every coding that is not named. Of those with the greatest weight the
  /// first that is offered counts; without one, the response stays as it is.
  package static func preferred(of offered: [ContentCoding], by acceptEncoding: String?) -> ContentCoding {
    guard let acceptEncoding else { return .identity }
    var weights: [ContentCoding: Double] = [:]
    var others = 0.0
    for element in acceptEncoding.split(separator: ",") {
      let parts = element.split(separator: ";")
      guard let first = parts.first else { continue }
      let name = trimmed(first)
      // What is no weight counts as none was given.
      let weight = parts.dropFirst().compactMap { Self.weight(trimmed($0)) }.first ?? 1
      if name == "*" { others = weight } else if let coding = ContentCoding(token: name) { weights[coding] = weight }
    }
    var best = (coding: ContentCoding.identity, weight: 0.0)
    for coding in offered {
      let weight = weights[coding] ?? others
      if weight > best.weight { best = (coding, weight) }
    }
    return best.coding
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    return text.lowercased()
  }

  /// `q=0.5`, `q=1`, `q=0.`.
  private static func weight(_ parameter: String) -> Double? {
    guard parameter.hasPrefix("q=") else { return nil }
    let digits = parameter.dropFirst(2)
    guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 == 0x2e || (0x30...0x39).contains($0) }) else { return nil }
    return Double(digits.hasSuffix(".") ? digits.dropLast() : digits)
  }
}
