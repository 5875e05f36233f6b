/// A kind of telemetry that OTLP exports, each with its own service and table.
package enum ExportSignal: String, CaseIterable, Sendable {
  case traces, metrics, logs

  /// The path of the export over HTTP (OTLP specification, OTLP/HTTP Request).
  package var httpPath: StaticString {
    switch self {
    case .traces: "/v1/traces"
    case .metrics: "/v1/metrics"
    case .logs: "/v1/logs"
    }
  }

  /// What may stand before that path: SDKs of other products add it to the base URL that they are given. Langfuse's
  /// `/api/public/otel`, LangSmith's `/otel`, and the `/otlp` of Grafana and others.
  static let pathPrefixes = ["", "/api/public/otel", "/otel", "/otlp"]

  /// The signal that a path over HTTP takes, a slash behind it or not; nil for any other path.
  package init?(httpPath path: some StringProtocol) {
    let path = path.hasSuffix("/") ? path.dropLast() : path[...]
    guard
      let signal = Self.allCases.first(where: { signal in
        let own = "\(signal.httpPath)"
        return path.hasSuffix(own) && Self.pathPrefixes.contains(String(path.dropLast(own.count)))
      })
    else { return nil }
    self = signal
  }

  /// The path of the export over gRPC.
  package var grpcPath: StaticString {
    switch self {
    case .traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    case .metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
    case .logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
    }
  }

  /// The table of its rows.
  package var table: String {
    switch self {
    case .traces: "spans"
    case .metrics: "metric_points"
    case .logs: "logs"
    }
  }

  /// The field of the partial success that counts rejected records, in OTLP/JSON.
  var rejectedField: String {
    switch self {
    case .traces: "rejectedSpans"
    case .metrics: "rejectedDataPoints"
    case .logs: "rejectedLogRecords"
    }
  }
}

/// How an export request is written.
package enum ExportEncoding: Sendable {
  case protobuf, json

  /// The encoding of a content type; nil for one that OTLP does not know. Parameters are ignored.
  package init?(contentType: String) {
    let type = contentType.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    switch type {
    case "application/x-protobuf", "application/protobuf": self = .protobuf
    case "application/json": self = .json
    default: return nil
    }
  }

  var contentType: String {
    switch self {
    case .protobuf: "application/x-protobuf"
    case .json: "application/json"
    }
  }
}
