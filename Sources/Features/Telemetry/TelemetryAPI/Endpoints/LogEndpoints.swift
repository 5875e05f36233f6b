import API
import Base
import HTTPTypes
import JSON
import TelemetryQueries

extension TelemetryEndpoints {
  static let logEndpoints: [Endpoint<TelemetryContext>] = [
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/logs", name: "listLogs", summary: "Log records in the time range, newest first.", tag: "logs",
        parameters: TimeRangeParameters.all + [
          LogParameters.service.definition, LogParameters.severity.definition, LogParameters.traceID.definition,
          LogParameters.text.definition, LogParameters.attributes.definition, LogParameters.resource.definition,
          LogParameters.limit.definition, Parameter.cursor.definition,
        ], response: logList.definition),
      listLogs)
  ]

  private static let logList = JSONResponse("LogList", .page(.logRecord))

  @Sendable private static func listLogs(_ call: TelemetryCall) throws -> HTTPResponse {
    let cursor = try call.cursor()
    let limit = call[LogParameters.limit]
    var search = LogSearch(range: try cursor?.range ?? call.range(), limit: limit + 1)
    search.service = call[LogParameters.service]
    search.text = call[LogParameters.text]
    search.traceID = call[LogParameters.traceID]
    search.severityMinimum = call[LogParameters.severity]
    search.attributes = call.attributeFilters(LogParameters.attributes, LogParameters.resource)
    search.place = cursor.map { ($0.key, $0.span) }
    let logs = try call.telemetry.logs(search)
    let page = logs.prefix(limit)
    let next = logs.count > limit ? page.last : nil
    return logList(
      call.page(
        Array(page),
        next: next.map { last in
          Cursor(
            range: search.range, key: last.time.rawValue, traceID: TraceID(high: 0, low: 0),
            span: SpanID(last.tieBreaker))
        }))
  }
}

private enum LogParameters {
  static let service = Parameter.text("service", "The record's `service.name`.")
  /// The names of severities and their least numbers (OpenTelemetry logs data model, "SeverityNumber").
  static let severity = Parameter<UInt8?>.choice(
    "severity", "The least severity.",
    [("trace", 1), ("debug", 5), ("info", 9), ("warn", 13), ("error", 17), ("fatal", 21)])
  static let traceID = Parameter.traceID("trace_id", "Records of this trace: 32 digits.")
  static let text = Parameter.text("text", "Text in the body, whatever the case.")
  static let attributes = ParameterFamily(
    "attr", "`attr.<key>=<value>`: an attribute equals a text, whatever its type; may repeat.")
  static let resource = ParameterFamily(
    "resource", "`resource.<key>=<value>`: a resource attribute equals a text; may repeat.")
  static let limit = Parameter.limit(default: 100)
}
