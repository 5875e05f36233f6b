import API
import Base
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

/// Jaeger's third API over HTTP (https://www.jaegertracing.io/docs/latest/architecture/apis/, "HTTP JSON"): traces come
/// as OTLP/JSON in the `result` of a gRPC gateway.
enum JaegerV3 {
  static let endpoints: [CompatibilityEndpoint] = [
    CompatibilityEndpoint("v3/services", .jaegerV3, services),
    CompatibilityEndpoint("v3/operations", .jaegerV3, operations),
    CompatibilityEndpoint("v3/traces", .jaegerV3, search),
    CompatibilityEndpoint("v3/traces/{trace_id}", .jaegerV3, trace),
    CompatibilityEndpoint("v3/{path+}", .jaegerV3, CompatibilityEndpoint.nothing(.jaegerV3)),
  ]

  @Sendable private static func services(_ call: CompatibilityCall) throws -> HTTPResponse {
    let names = try call.telemetry.serviceNames()
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("services")
      writer.array { writer in
        for name in names { writer.string(name) }
      }
    }
    return .json(writer)
  }

  @Sendable private static func operations(_ call: CompatibilityCall) throws -> HTTPResponse {
    guard let service = call.fields.text("service") else { throw Problem.parameter("service", "it is required") }
    let operations = try Jaeger.operations(of: service, kind: call.fields.text("span_kind"), call)
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("operations")
      writer.array { writer in
        for operation in operations {
          writer.object { writer in
            writer.member("name", operation.name)
            // Jaeger answers a kind in any case here; a span without one is internal to its process.
            writer.member("spanKind", operation.kind == .unspecified ? "internal" : operation.kind.name)
          }
        }
      }
    }
    return .json(writer)
  }

  @Sendable private static func trace(_ call: CompatibilityCall) throws -> HTTPResponse {
    try answer(call.telemetry.trace(try call.traceID()).map { [$0] } ?? [])
  }

  @Sendable private static func search(_ call: CompatibilityCall) throws -> HTTPResponse {
    let parameters = call.fields
    let start = try time("query.start_time_min", parameters)
    let end = try time("query.start_time_max", parameters)
    guard start <= end else { throw Problem.parameter("query.start_time_min", "it is after 'query.start_time_max'") }
    var search = TraceSearch(
      filter: SpanFilter(range: TimeRange(start: start, end: end)),
      limit: try parameters.count(
        parameters.text("query.search_depth") == nil ? "query.num_traces" : "query.search_depth", default: 100,
        max: JaegerSearch.traceCountMax))
    search.filter.service = parameters.text("query.service_name")
    search.filter.operation = parameters.text("query.operation_name")
    let durations = try parameters.durations("query.duration_min", "query.duration_max")
    search.filter.minimumNanoseconds = durations.least
    search.filter.maximumNanoseconds = durations.greatest
    return try answer(Jaeger.find(search, call).traces)
  }

  private static func time(_ name: String, _ parameters: LenientParameters) throws(Problem) -> UnixNanoseconds {
    guard let text = parameters.text(name) else { throw .parameter(name, "it is required") }
    guard let time = RFC3339.parse(text) else {
      throw .parameter(name, "'\(text)' is not a time such as 2026-11-21T08:00:00Z")
    }
    return time
  }

  private static func answer(_ traces: [StoredTrace]) throws(Problem) -> HTTPResponse {
    guard !traces.isEmpty else { throw Problem(.notFound, "No traces found") }
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("result")
      writer.object { writer in
        OTLPTraceJSON.write(traces.flatMap(\.spans), as: .otlp, member: "resourceSpans", to: &writer)
      }
    }
    return .json(writer)
  }
}
