/// Where telemetry goes.
struct Endpoint: Sendable, Hashable {
  var isTLS = false
  var host = "localhost"
  var port = 4318
  /// The path without the signal's name, such as "" or "/otlp".
  var base = ""
  /// The path of traces where it was given as a whole (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`).
  var givenTracesPath: String?
  /// Whether a path was given, as receivers of HTTP have one.
  var hasPath = false
  /// Whether the URL had a user's name or password, which are not sent.
  var hasUser = false

  /// What the text of an endpoint is told to be that is none: the text itself may hold secrets.
  static let problem = "it is not a URL such as http://localhost:4318"

  /// What is sent.
  enum Signal: Sendable {
    case traces
    case metrics

    /// Over gRPC (opentelemetry/proto/collector).
    var method: String {
      switch self {
      case .traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
      case .metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
      }
    }
  }

  var tracesPath: String { givenTracesPath ?? "\(base)/v1/traces" }
  var metricsPath: String { "\(base)/v1/metrics" }

  /// Port 4317 is gRPC's by OTLP's convention (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-default-port).
  var usualProtocol: Axonize.ExportProtocol { port == 4317 && !hasPath ? .grpc : .httpProtobuf }

  init() {}

  /// Reads a URL, or "host:port"; nil for what is neither.
  init?(_ text: String) {
    var rest = text.trimmed[...]
    if let place = rest.firstRange(of: "://") {
      switch rest[..<place.lowerBound].lowercased() {
      case "http": isTLS = false
      case "https": isTLS = true
      default: return nil
      }
      rest = rest[place.upperBound...]
    }
    if let place = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) { rest = rest[..<place] }
    var path: Substring = ""
    if let slash = rest.firstIndex(of: "/") {
      path = rest[slash...]
      rest = rest[..<slash]
    }
    // What stands before "@" is a name and a password, which belong into headers.
    if let at = rest.lastIndex(of: "@") {
      hasUser = true
      rest = rest[rest.index(after: at)...]
    }
    guard let (host, port) = Self.hostAndPort(rest) else { return nil }
    self.host = host
    self.port = port ?? (isTLS ? 443 : 4318)
    guard (1...65535).contains(self.port) else { return nil }
    while path.last == "/" { path.removeLast() }
    hasPath = !path.isEmpty
    // People paste the whole path; the signal's name belongs to us.
    if path.hasSuffix("/v1/traces") { path.removeLast("/v1/traces".count) }
    // The path stands in the first line of a request.
    guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
    base = String(path)
  }

  /// Reads a URL whose path is used as it is.
  init?(whole text: String) {
    self.init(text)
    let trimmed = text.trimmed
    let start = trimmed.firstRange(of: "://")?.upperBound ?? trimmed.startIndex
    let path = trimmed[start...].firstIndex(of: "/").map { trimmed[$0...] } ?? "/"
    givenTracesPath = String(path.prefix { $0 != "?" && $0 != "#" })
  }

  /// Host and port, with an address of IPv6 in brackets (RFC 3986, 3.2.2).
  var authority: String { Self.authority(host, port) }

  static func authority(_ host: String, _ port: Int) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// Reads "host", "host:port" or the like with an address of IPv6 in brackets; nil for what is neither.
  static func hostAndPort(_ text: Substring) -> (host: String, port: Int?)? {
    var host = text
    var port: Substring?
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      let after = text[text.index(after: end)...]
      if after.first == ":" { port = after.dropFirst() } else if !after.isEmpty { return nil }
    } else if let colon = text.lastIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
    }
    guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }) else { return nil }
    guard let port, !port.isEmpty else { return (String(host), nil) }
    guard let number = Int(port), port.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
    return (String(host), number)
  }
}

extension StringProtocol {
  /// The text without white space at its ends.
  var trimmed: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
      return ""
    }
    return String(self[first...last])
  }
}
