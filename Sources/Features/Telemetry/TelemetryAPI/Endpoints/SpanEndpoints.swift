import API
import Base
import HTTPTypes
import JSON
import TelemetryQueries

extension TelemetryEndpoints {
  static let spanEndpoints: [Endpoint<TelemetryContext>] = [
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/spans", name: "listSpans",
        summary: "Spans that start in the time range and that every filter matches.",
        tag: "spans",
        parameters: TimeRangeParameters.all + SpanParameters.all + spanDurations + [
          SpanParameters.sort.definition, spanLimit.definition, Parameter.cursor.definition,
        ], response: spanList.definition),
      listSpans),
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/tail", name: "tailSpans",
        summary: "Spans as they are stored, one JSON object a line, until the client goes away. An empty line every "
          + "few seconds shows that the connection is alive. More than 500 spans in half a second are not shown; a line "
          + "says how many were left out.",
        tag: "spans", parameters: SpanParameters.all + spanDurations,
        response: ResponseDefinition(tailLine, contentType: "application/x-ndjson")),
      tailSpans),
  ]

  private static let spanList = JSONResponse("SpanList", .page(.span, canWarn: true))
  /// A line of a live tail.
  static let tailLine = TailLine.shape

  fileprivate static let minimum = Parameter.milliseconds("min_duration_ms", "The least duration of the span.")
  fileprivate static let maximum = Parameter.milliseconds("max_duration_ms", "The greatest duration of the span.")
  private static let spanDurations = [minimum.definition, maximum.definition]
  private static let spanLimit = Parameter.limit(default: 50)

  @Sendable private static func listSpans(_ call: TelemetryCall) throws -> HTTPResponse {
    let cursor = try call.cursor()
    let limit = call[spanLimit]
    var search = SpanSearch(filter: try call.spanFilterWithDurations(range: cursor?.range), limit: limit + 1)
    search.order = call[SpanParameters.sort]
    search.place = cursor.map { SpanSearchPlace(key: $0.key, traceID: $0.traceID, spanID: SpanID($0.span)) }
    let found = try call.telemetry.spans(search)
    let page = found.spans.prefix(limit)
    let next = found.spans.count > limit ? page.last : nil
    return spanList(
      call.page(
        try call.telemetry.scored(Array(page)),
        next: next.map { last in
          let place = last.place(in: search.order)
          return Cursor(range: search.filter.range, key: place.key, traceID: place.traceID, span: place.spanID)
        }, warnings: found.partlySearched.map(TenantTelemetry.warning)))
  }
}

extension TelemetryCall {
  /// The shared filters and the span's own duration.
  func spanFilterWithDurations(range: TimeRange?) throws -> SpanFilter {
    var filter = try spanFilter(range: range)
    filter.minimumNanoseconds = self[TelemetryEndpoints.minimum]
    filter.maximumNanoseconds = self[TelemetryEndpoints.maximum]
    return filter
  }
}
