import Base
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

/// Jaeger's third API over HTTP (https://www.jaegertracing.io/docs/latest/architecture/apis/, "HTTP JSON"): traces come
/// as OTLP/JSON in the `result` of a gRPC gateway.
enum JaegerV3 {
  /// The endpoint at a path behind `/api/v3`; nil when there is none.
  static func endpoint(_ segments: [String]) -> Endpoint? {
    switch segments.first {
    case "services" where segments.count == 1: services
    case "operations" where segments.count == 1: operations
    case "traces" where segments.count == 1: search
    case "traces" where segments.count == 2: { try trace(segments[1], $0) }
    default: nil
    }
  }

  @Sendable private static func services(_ call: Call) throws -> HTTPResponse {
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

  @Sendable private static func operations(_ call: Call) throws -> HTTPResponse {
    guard let service = call.parameters.text("service") else { throw Refusal.parameter("service", "it is required") }
    let operations = try Jaeger.operations(of: service, kind: call.parameters.text("span_kind"), call)
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

  @Sendable private static func trace(_ text: String, _ call: Call) throws -> HTTPResponse {
    let id = try TraceID(lenient: text)
    return try answer(call.telemetry.trace(id).map { [$0] } ?? [])
  }

  @Sendable private static func search(_ call: Call) throws -> HTTPResponse {
    let parameters = call.parameters
    let start = try time("query.start_time_min", parameters)
    let end = try time("query.start_time_max", parameters)
    guard start <= end else { throw Refusal.parameter("query.start_time_min", "it is after 'query.start_time_max'") }
    var search = TraceSearch(
      filter: SpanFilter(range: TimeRange(start: start, end: end)),
      limit: try parameters.count(
        parameters.text("query.search_depth") == nil ? "query.num_traces" : "query.search_depth", standard: 100,
        max: JaegerSearch.traceCountMax))
    search.filter.service = parameters.text("query.service_name")
    search.filter.operation = parameters.text("query.operation_name")
    let durations = try parameters.durations("query.duration_min", "query.duration_max")
    search.filter.minimumNanoseconds = durations.least
    search.filter.maximumNanoseconds = durations.greatest
    return try answer(Jaeger.find(search, call).traces)
  }

  private static func time(_ name: String, _ parameters: Parameters) throws(Refusal) -> UnixNanoseconds {
    guard let text = parameters.text(name) else { throw .parameter(name, "it is required") }
    guard let time = RFC3339.parse(text) else {
      throw .parameter(name, "'\(text)' is not a time such as 2026-11-21T08:00:00Z")
    }
    return time
  }

  private static func answer(_ traces: [StoredTrace]) throws(Refusal) -> HTTPResponse {
    guard !traces.isEmpty else { throw Refusal(404, "No traces found") }
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
