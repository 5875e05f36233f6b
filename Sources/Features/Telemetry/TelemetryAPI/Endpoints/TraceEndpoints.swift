import Base
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

extension QueryAPI {
  static let traceEndpoints: [Endpoint] = [
    Endpoint(
      path: "/traces", name: "listTraces",
      summary: "Traces with a span that starts in the time range and that every filter matches.", tag: "traces",
      parameters: ParameterDefinition.timeRange + ParameterDefinition.spanFilters + [
        ParameterDefinition(
          name: "min_duration_ms", kind: .milliseconds, description: "The least duration of the trace."),
        ParameterDefinition(
          name: "max_duration_ms", kind: .milliseconds, description: "The greatest duration of the trace."),
        .sort, .limit(standard: 50), .cursor,
      ],
      answer: "TraceList", work: .blocking(listTraces)),
    Endpoint(
      path: "/traces/{trace_id}", name: "getTrace", summary: "A whole trace: every span with all its parts.",
      tag: "traces", pathParameters: [.traceID], answer: "TraceAnswer", canMiss: true, work: .blocking(getTrace)),
    Endpoint(
      path: "/traces/{trace_id}/spans", name: "listTraceSpans",
      summary: "The spans of a trace by start time, in pages.", tag: "traces", pathParameters: [.traceID],
      parameters: [.limit(standard: 500), .cursor], answer: "SpanList", canMiss: true,
      work: .blocking(listTraceSpans)),
  ]

  @Sendable private static func listTraces(_ call: Call) throws -> HTTPResponse {
    let cursor = try call.cursor()
    let limit = call.parameters.integer("limit") ?? 50
    var search = TraceSearch(filter: try call.spanFilter(range: cursor?.range), limit: limit + 1)
    search.minimumTraceNanoseconds = call.parameters.nanoseconds("min_duration_ms")
    search.maximumTraceNanoseconds = call.parameters.nanoseconds("max_duration_ms")
    search.order = call.order()
    search.place = cursor.map { TracePlace(key: $0.key, traceID: $0.traceID) }
    // Who a trace is of is often told by its root alone, and what went wrong by another span.
    search.filter.traceSession = search.filter.session
    search.filter.traceUser = search.filter.user
    search.filter.session = nil
    search.filter.user = nil
    let found = try call.telemetry.traces(search)
    let page = found.traces.prefix(limit)
    let next = found.traces.count > limit ? page.last : nil
    return call.page(
      Array(page),
      next: next.map { last in
        Cursor(range: search.filter.range, key: last.place.key, traceID: last.traceID)
      }, partlySearched: found.partlySearched, write: TraceJSON.write)
  }

  @Sendable private static func getTrace(_ call: Call) throws -> HTTPResponse {
    let id = try call.traceID()
    guard let trace = try call.telemetry.trace(id) else { throw missing(id) }
    return .json { writer in
      writer.key("data")
      TraceJSON.write(trace, to: &writer)
    }
  }

  @Sendable private static func listTraceSpans(_ call: Call) throws -> HTTPResponse {
    let id = try call.traceID()
    let cursor = try call.cursor()
    let limit = call.parameters.integer("limit") ?? 500
    let place = cursor.map { SpanPlace(start: UnixNanoseconds($0.key), spanID: SpanID($0.span)) }
    let spans = try call.telemetry.spans(of: id, after: place, limit: limit + 1)
    if spans.isEmpty, cursor == nil { throw missing(id) }
    let page = spans.prefix(limit)
    let next = spans.count > limit ? page.last : nil
    return call.page(
      Array(page),
      next: next.map { last in
        let none = UnixNanoseconds(0)
        return Cursor(
          range: TimeRange(start: none, end: none), key: last.start.rawValue, traceID: id, span: last.spanID)
      }, write: SpanJSON.write)
  }

  private static func missing(_ id: TraceID) -> Problem {
    Problem(
      status: 404, code: .traceNotFound,
      detail: "No span of the trace \(id) is stored. It may not have arrived yet, or its retention has ended.")
  }
}

extension ParameterDefinition {
  static let traceID = ParameterDefinition(
    name: "trace_id", kind: .traceID, description: "32 hexadecimal digits.", isRequired: true)

  static let sort = ParameterDefinition(
    name: "sort", kind: .choice(TraceOrder.allCases.map(\.rawValue)),
    description: "The order; a minus means descending. Default: `-start_time`.")
}

extension Call {
  func order() -> TraceOrder { parameters.text("sort").flatMap(TraceOrder.init) ?? .newestFirst }

  /// The filters that traces and spans share; the range of a cursor goes before that of the parameters.
  func spanFilter(range: TimeRange?) throws -> SpanFilter {
    let filter = try readSpanFilter(range: range)
    if let query = filter.query { try telemetry.check(query) }
    return filter
  }

  private func readSpanFilter(range: TimeRange?) throws(Problem) -> SpanFilter {
    var filter: SpanFilter
    if let range { filter = SpanFilter(range: range) } else { filter = SpanFilter(range: try self.range()) }
    filter.service = parameters.text("service")
    filter.operation = parameters.text("operation")
    filter.status = parameters.text("status").flatMap { SpanStatus(name: $0) }
    filter.model = parameters.text("model")
    filter.provider = parameters.text("provider")
    filter.user = parameters.text("user")
    filter.session = parameters.text("session")
    filter.gpu = parameters.text("gpu")
    filter.query = parameters.query("q")
    filter.attributes = parameters.members.map {
      AttributeFilter(place: $0.prefix == "resource." ? .resource : .span, key: $0.key, value: $0.value)
    }
    return filter
  }
}
