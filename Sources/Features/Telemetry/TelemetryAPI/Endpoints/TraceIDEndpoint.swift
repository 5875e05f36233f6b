import Base
import HTTPTypes
import JSON
import TelemetryQueries

extension QueryAPI {
  static let traceIDEndpoint = Endpoint(
    path: "/trace-ids", name: "listTraceIDs",
    summary: "The trace ids that begin with some digits, in their order.", tag: "traces",
    parameters: [
      ParameterDefinition(
        name: "prefix", kind: .traceIDPrefix, description: "The first hexadecimal digits of the id, 4 at least.",
        isRequired: true)
    ] + ParameterDefinition.timeRange + [.limit(standard: 10, max: 100)],
    answer: "TraceIDList", work: .blocking(listTraceIDs))

  @Sendable private static func listTraceIDs(_ call: Call) throws -> HTTPResponse {
    guard let prefix = call.parameters.text("prefix").flatMap(TraceIDPrefix.init) else {
      throw Problem.invalid("prefix", "is required")
    }
    let ids = try call.telemetry.traceIDs(
      prefix, in: try call.range(), limit: call.parameters.integer("limit") ?? 10)
    return call.page(ids, next: nil) { id, writer in
      writer.object { writer in writer.member("trace_id", id.description) }
    }
  }
}
