/// A kind of telemetry that OTLP exports, with a service of its own.
package enum OTLPSignal: String, Sendable, Hashable, CaseIterable {
  case traces, metrics, logs

  /// The path of an export over HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp-request).
  package var httpPath: StaticString {
    switch self {
    case .traces: "/v1/traces"
    case .metrics: "/v1/metrics"
    case .logs: "/v1/logs"
    }
  }

  /// The path of an export over gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc).
  package var grpcPath: StaticString {
    switch self {
    case .traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    case .metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
    case .logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
    }
  }

  /// The field of a partial success that counts rejected records, in OTLP/JSON.
  var rejectedName: String {
    switch self {
    case .traces: "rejectedSpans"
    case .metrics: "rejectedDataPoints"
    case .logs: "rejectedLogRecords"
    }
  }

  /// What may stand before ``httpPath``: SDKs of other products add it to the base URL that they are given.
  ///
  /// Langfuse's `/api/public/otel`, LangSmith's `/otel`, and the `/otlp` of Grafana and others.
  private static let pathPrefixes: Set<Substring> = ["", "/api/public/otel", "/otel", "/otlp"]

  /// The signal of a path over HTTP, with or without a slash at its end; nil for any other path.
  package init?(httpPath path: String) {
    let path = path.hasSuffix("/") ? path.dropLast() : path[...]
    guard
      let signal = Self.allCases.first(where: { signal in
        let own = "\(signal.httpPath)"
        return path.hasSuffix(own) && Self.pathPrefixes.contains(path.dropLast(own.count))
      })
    else { return nil }
    self = signal
  }
}

/// How an export request is encoded.
package enum OTLPEncoding: Sendable, Hashable {
  case protobuf, json

  /// The encoding of a content type; nil for one that OTLP does not have.
  ///
  /// Parameters are ignored.
  package init?(contentType: String) {
    let type = contentType.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    switch type {
    case "application/x-protobuf", "application/protobuf": self = .protobuf
    case "application/json": self = .json
    default: return nil
    }
  }

  /// The content type of a response in the same encoding.
  package var contentType: String {
    switch self {
    case .protobuf: "application/x-protobuf"
    case .json: "application/json"
    }
  }
}
