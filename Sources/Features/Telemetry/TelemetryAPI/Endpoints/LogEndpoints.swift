import Base
import HTTPTypes
import JSON
import TelemetryQueries

extension QueryAPI {
  static let logEndpoints: [Endpoint] = [
    Endpoint(
      path: "/logs", name: "listLogs", summary: "Log records in the time range, newest first.", tag: "logs",
      parameters: ParameterDefinition.timeRange + [
        ParameterDefinition(name: "service", kind: .text, description: "The record's `service.name`."),
        ParameterDefinition(
          name: "severity", kind: .choice(severities.map(\.name)), description: "The least severity."),
        ParameterDefinition(name: "trace_id", kind: .traceID, description: "Records of this trace: 32 digits."),
        ParameterDefinition(name: "text", kind: .text, description: "Text in the body, whatever the case."),
        ParameterDefinition(
          name: "attr", kind: .family(prefix: "attr."),
          description: "`attr.<key>=<value>`: an attribute equals a text, whatever its type; may repeat."),
        ParameterDefinition(
          name: "resource", kind: .family(prefix: "resource."),
          description: "`resource.<key>=<value>`: a resource attribute equals a text; may repeat."),
        .limit(standard: 100), .cursor,
      ], answer: "LogList", work: .blocking(listLogs))
  ]

  /// The names of severities and their least numbers (OpenTelemetry logs data model, "SeverityNumber").
  private static let severities: [(name: String, number: UInt8)] = [
    ("trace", 1), ("debug", 5), ("info", 9), ("warn", 13), ("error", 17), ("fatal", 21),
  ]

  @Sendable private static func listLogs(_ call: Call) throws -> HTTPResponse {
    let cursor = try call.cursor()
    let limit = call.parameters.integer("limit") ?? 100
    var search = LogSearch(range: try cursor?.range ?? call.range(), limit: limit + 1)
    search.service = call.parameters.text("service")
    search.text = call.parameters.text("text")
    search.traceID = call.parameters.text("trace_id").flatMap { TraceID(hex: $0) }
    let severity = call.parameters.text("severity")
    search.severityMinimum = severities.first { $0.name == severity }?.number
    search.attributes = call.parameters.members.map {
      AttributeFilter(place: $0.prefix == "resource." ? .resource : .span, key: $0.key, value: $0.value)
    }
    search.place = cursor.map { ($0.key, $0.span) }
    let logs = try call.telemetry.logs(search)
    let page = logs.prefix(limit)
    let next = logs.count > limit ? page.last : nil
    return call.page(
      Array(page),
      next: next.map { last in
        Cursor(
          range: search.range, key: last.time.rawValue, traceID: TraceID(high: 0, low: 0),
          span: SpanID(last.tieBreaker))
      }, write: LogJSON.write)
  }
}
