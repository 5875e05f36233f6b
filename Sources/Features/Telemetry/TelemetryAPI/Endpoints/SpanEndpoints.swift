import Base
import HTTPTypes
import JSON
import TelemetryQueries

extension QueryAPI {
  static let spanEndpoints: [Endpoint] = [
    Endpoint(
      path: "/spans", name: "listSpans", summary: "Spans that start in the time range and that every filter matches.",
      tag: "spans",
      parameters: ParameterDefinition.timeRange + ParameterDefinition.spanFilters + spanDurations + [
        .sort, .limit(standard: 50), .cursor,
      ], answer: "SpanList", work: .blocking(listSpans)),
    Endpoint(
      path: "/tail", name: "tailSpans",
      summary: "Spans as they are stored, one JSON object a line, until the client goes away. An empty line every "
        + "few seconds shows that the connection is alive.",
      tag: "spans", parameters: ParameterDefinition.spanFilters + spanDurations, answer: "Span",
      contentType: "application/x-ndjson", work: .streaming(tailSpans)),
  ]

  private static let spanDurations = [
    ParameterDefinition(
      name: "min_duration_ms", kind: .milliseconds, description: "The least duration of the span."),
    ParameterDefinition(
      name: "max_duration_ms", kind: .milliseconds, description: "The greatest duration of the span."),
  ]

  @Sendable private static func listSpans(_ call: Call) throws -> HTTPResponse {
    let cursor = try call.cursor()
    let limit = call.parameters.integer("limit") ?? 50
    var search = SpanSearch(filter: try call.spanFilterWithDurations(range: cursor?.range), limit: limit + 1)
    search.order = call.order()
    search.place = cursor.map { SpanSearchPlace(key: $0.key, traceID: $0.traceID, spanID: SpanID($0.span)) }
    let found = try call.telemetry.spans(search)
    let page = found.spans.prefix(limit)
    let next = found.spans.count > limit ? page.last : nil
    return call.page(
      Array(page),
      next: next.map { last in
        let place = last.place(in: search.order)
        return Cursor(range: search.filter.range, key: place.key, traceID: place.traceID, span: place.spanID)
      }, partlySearched: found.partlySearched, write: SpanJSON.write)
  }
}

extension Call {
  /// The shared filters and the span's own duration.
  func spanFilterWithDurations(range: TimeRange?) throws -> SpanFilter {
    var filter = try spanFilter(range: range)
    filter.minimumNanoseconds = parameters.nanoseconds("min_duration_ms")
    filter.maximumNanoseconds = parameters.nanoseconds("max_duration_ms")
    return filter
  }
}
