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

  /// Whether a response may be sent as gzip, by the request's `accept-encoding` (RFC 9110, section 12.5.3).
  ///
  /// A weight of 0 forbids a coding; `*` stands for every coding that is not named.
  package static func acceptsGzip(_ acceptEncoding: String?) -> Bool {
    guard let acceptEncoding else { return false }
    var star = false
    for element in acceptEncoding.split(separator: ",") {
      let parts = element.split(separator: ";")
      guard let first = parts.first else { continue }
      let name = trimmed(first)
      let refused = parts.dropFirst().contains { isZeroWeight(trimmed($0)) }
      if name == "gzip" || name == "x-gzip" { return !refused }
      if name == "*" { star = !refused }
    }
    return star
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    return text.lowercased()
  }

  /// `q=0`, `q=0.`, `q=0.000`.
  private static func isZeroWeight(_ parameter: String) -> Bool {
    guard parameter.hasPrefix("q=") else { return false }
    let weight = parameter.dropFirst(2)
    return !weight.isEmpty && weight.allSatisfy { $0 == "0" || $0 == "." }
  }
}
