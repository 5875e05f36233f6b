/// The messages of Prometheus' remote write.
///
/// https://prometheus.io/docs/specs/prw/remote_write_spec/
/// https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
package enum RemoteWriteMessage: String, Sendable, CaseIterable {
  case version1 = "prometheus.WriteRequest"
  case version2 = "io.prometheus.write.v2.Request"

  /// Reads the value of `content-type`; without `proto` it is the message of 1.0.
  ///
  /// Nil for anything else.
  package init?(contentType: String) {
    let parts = contentType.split(separator: ";", omittingEmptySubsequences: false).map { Self.trimmed($0) }
    guard parts.first?.lowercased() == Self.mediaType else { return nil }
    var message = Self.version1
    for parameter in parts.dropFirst() where parameter.lowercased().hasPrefix("proto=") {
      guard let named = Self(rawValue: String(parameter.dropFirst("proto=".count))) else { return nil }
      message = named
    }
    self = message
  }

  /// What a sender writes into `content-type`; receivers of 1.0 may know no parameter.
  package var contentType: String {
    switch self {
    case .version1: Self.mediaType
    case .version2: "\(Self.mediaType);proto=\(rawValue)"
    }
  }

  private static let mediaType = "application/x-protobuf"

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
