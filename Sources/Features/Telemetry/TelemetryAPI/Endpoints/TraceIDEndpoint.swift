import API
import Base
import HTTPTypes
import JSON
import TelemetryQueries

extension TelemetryEndpoints {
  static let traceIDEndpoint = Endpoint(
    EndpointDefinition(
      .get, "/api/v1/trace-ids", name: "listTraceIDs",
      summary: "The trace ids that begin with some digits, in their order.", tag: "traces",
      parameters: [prefix.definition] + TimeRangeParameters.all + [limit.definition],
      response: list.definition),
    listTraceIDs)

  private static let list = JSONResponse(
    "TraceIDList", .page(JSONShape<TraceID>.object { $0.member("trace_id", .traceID) { $0 } }))
  private static let limit = Parameter.limit(default: 10, max: 100)
  private static let prefix = Parameter<TraceIDPrefix?>(
    "prefix", "The first hexadecimal digits of the id, 4 at least.",
    schema: Schema.json([("type", .string("string")), ("pattern", .string("^[0-9a-fA-F]{4,32}$"))])
  ) { text, _ throws(InputMistake) in
    guard let prefix = TraceIDPrefix(text) else {
      throw InputMistake("expected \(TraceIDPrefix.digitCountMin) to 32 hexadecimal digits")
    }
    return prefix
  }
  .required()

  @Sendable private static func listTraceIDs(_ call: TelemetryCall) throws -> HTTPResponse {
    let ids = try call.telemetry.traceIDs(
      call[prefix], in: try call.range(), limit: call[limit])
    return list(call.page(ids, next: nil))
  }
}
