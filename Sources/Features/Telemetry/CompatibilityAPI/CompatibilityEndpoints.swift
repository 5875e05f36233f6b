package import API
import HTTPTypes
import Identity
import TelemetryAPI
package import TelemetryQueries

/// The query APIs of Jaeger and Tempo over the stored traces, for Grafana's data sources and existing scripts.
///
/// Each is served whole below a prefix (`/jaeger/api/…`, `/tempo/api/…`) and without it wherever the two do not collide;
/// docs/compatibility.md lists the endpoints and docs/adr/0010-jaeger-and-tempo.md says why.
package struct CompatibilityEndpoints: Sendable {
  private let reader: TelemetryReader
  private let version: String

  /// - Parameter version: The server's version, which Tempo's build information names.
  package init(reader: TelemetryReader, version: String) {
    self.reader = reader
    self.version = version
  }

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    Self.all.map { endpoint in
      endpoint.bound(
        to: { call in
          CompatibilityContext(
            telemetry: reader.telemetry(of: call.principal.tenant, during: call.activity),
            fields: try LenientParameters(call.request.query), version: version)
        }, finish: { context, work in try context.telemetry.finishing(work) })
    }
  }

  static let all: [Endpoint<CompatibilityContext>] =
    (Jaeger.endpoints + JaegerV3.endpoints).map { $0.endpoint(below: "/jaeger/api") }
    + Tempo.endpoints.map { $0.endpoint(below: "/tempo/api") }
    + [
      CompatibilityEndpoint("", .jaeger, CompatibilityEndpoint.nothing(.jaeger)).endpoint(below: "/jaeger"),
      CompatibilityEndpoint("{path+}", .jaeger, CompatibilityEndpoint.nothing(.jaeger)).endpoint(below: "/jaeger"),
      CompatibilityEndpoint("", .tempo, CompatibilityEndpoint.nothing(.tempo)).endpoint(below: "/tempo"),
      CompatibilityEndpoint("{path+}", .tempo, CompatibilityEndpoint.nothing(.tempo)).endpoint(below: "/tempo"),
    ]
    + unprefixed.map { $0.endpoint(below: "/api") }

  /// What is served without a prefix.
  ///
  /// `traces/{id}` means Jaeger unless the client asks for protobuf, which only Tempo speaks; of `metrics`, only
  /// Tempo's paths do not collide with Axonize's own.
  private static let unprefixed: [CompatibilityEndpoint] =
    (Jaeger.endpoints + JaegerV3.endpoints).filter { !["traces/{trace_id}", "metrics/{name}"].contains($0.path) }
    + Tempo.endpoints.filter { !["traces/{trace_id}", "metrics/{path+}"].contains($0.path) }
    + [
      CompatibilityEndpoint("traces/{trace_id}", .jaegerOrTempo) { call in
        try call.request.asksForProtobuf ? Tempo.trace(call) : Jaeger.trace(call)
      },
      CompatibilityEndpoint("metrics/query", .tempo, Tempo.metrics),
      CompatibilityEndpoint("metrics/query_range", .tempo, Tempo.metrics),
    ]
}
