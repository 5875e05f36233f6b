import API
import Base
import HTTPTypes
import JSON
import Telemetry
import TelemetryQueries

extension TelemetryEndpoints {
  static let traceEndpoints: [Endpoint<TelemetryContext>] = [
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/traces", name: "listTraces",
        summary: "Traces with a span that starts in the time range and that every filter matches.", tag: "traces",
        parameters: TimeRangeParameters.all + SpanParameters.all + [
          minimum.definition, maximum.definition, SpanParameters.sort.definition, traceLimit.definition,
          Parameter.cursor.definition,
        ],
        response: traceList.definition),
      listTraces),
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/traces/{trace_id}", name: "getTrace",
        summary: "A whole trace: every span with all its parts, or what a view of all spans needs as columns.",
        tag: "traces", pathParameters: [traceID.definition], parameters: [fields.definition],
        response: oneTrace.definition, problems: [.traceNotFound]),
      getTrace),
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/traces/{trace_id}/spans", name: "listTraceSpans",
        summary: "The spans of a trace by start time, in pages.", tag: "traces", pathParameters: [traceID.definition],
        parameters: [spanLimit.definition, Parameter.cursor.definition], response: spanPage.definition,
        problems: [.traceNotFound]),
      listTraceSpans),
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/traces/{trace_id}/spans/{span_id}", name: "getSpan", summary: "A span with all its parts.",
        tag: "traces", pathParameters: [traceID.definition, spanID.definition], response: oneSpan.definition,
        problems: [.spanNotFound]),
      getSpan),
  ]

  private static let traceList = JSONResponse("TraceList", .page(.traceSummary, canWarn: true))
  private static let oneTrace = JSONResponse("TraceResponse", TraceInForm.shape)
  private static let oneSpan = JSONResponse("SpanResponse", .data(.span))
  private static let spanPage = JSONResponse("SpanList", .page(.span, canWarn: true))
  static let traceID = Parameter.traceID("trace_id", "32 hexadecimal digits.").required()
  static let spanID = Parameter.spanID("span_id", "16 hexadecimal digits.").required()
  private static let fields = Parameter.choice(
    "fields", "`all`: spans with all their parts. `skeleton`: columns of what a view of all spans needs. Default: all.",
    [("all", TraceFields.all), ("skeleton", .skeleton)]
  ).defaulting(to: .all)
  private static let minimum = Parameter.milliseconds("min_duration_ms", "The least duration of the trace.")
  private static let maximum = Parameter.milliseconds("max_duration_ms", "The greatest duration of the trace.")
  private static let traceLimit = Parameter.limit(default: 50)
  private static let spanLimit = Parameter.limit(default: 500)

  @Sendable private static func listTraces(_ call: TelemetryCall) throws -> HTTPResponse {
    let cursor = try call.cursor()
    let limit = call[traceLimit]
    var search = TraceSearch(filter: try call.spanFilter(range: cursor?.range), limit: limit + 1)
    search.minimumTraceNanoseconds = call[minimum]
    search.maximumTraceNanoseconds = call[maximum]
    search.order = call[SpanParameters.sort]
    search.place = cursor.map { TracePlace(key: $0.key, traceID: $0.traceID) }
    // Often only the root says whose trace it is, and another span says what went wrong.
    search.filter.traceSession = search.filter.session
    search.filter.traceUser = search.filter.user
    search.filter.session = nil
    search.filter.user = nil
    let found = try call.telemetry.traces(search)
    let page = found.traces.prefix(limit)
    let next = found.traces.count > limit ? page.last : nil
    return traceList(
      call.page(
        try call.telemetry.scored(Array(page)),
        next: next.map { last in
          Cursor(range: search.filter.range, key: last.place.key, traceID: last.traceID)
        }, warnings: found.partlySearched.map(TenantTelemetry.warning)))
  }

  @Sendable private static func getTrace(_ call: TelemetryCall) throws -> HTTPResponse {
    let id = call[traceID]
    switch call[fields] {
    case .all:
      guard let trace = try call.telemetry.trace(id) else { throw missing(id) }
      return oneTrace(.whole(WholeTrace(try call.telemetry.scored(trace))))
    case .skeleton:
      guard let skeleton = try call.telemetry.skeleton(of: id) else { throw missing(id) }
      return oneTrace(.skeleton(skeleton))
    }
  }

  @Sendable private static func getSpan(_ call: TelemetryCall) throws -> HTTPResponse {
    guard let span = try call.telemetry.span(call[spanID], of: call[traceID]) else { throw spanNotFound(call) }
    return oneSpan(span)
  }

  /// What is wrong when the span that the path names is not stored.
  static func spanNotFound(_ call: TelemetryCall) -> Problem {
    Problem(
      .spanNotFound,
      "No span \(call[spanID]) of the trace \(call[traceID]) is stored. It may not have arrived yet, or its retention has "
        + "ended.")
  }

  @Sendable private static func listTraceSpans(_ call: TelemetryCall) throws -> HTTPResponse {
    let id = call[traceID]
    let cursor = try call.cursor()
    let limit = call[spanLimit]
    let place = cursor.map { SpanPlace(start: UnixNanoseconds($0.key), spanID: SpanID($0.span)) }
    let spans = try call.telemetry.spans(of: id, after: place, limit: limit + 1)
    if spans.isEmpty, cursor == nil { throw missing(id) }
    let page = spans.prefix(limit)
    let next = spans.count > limit ? page.last : nil
    return spanPage(
      call.page(
        try call.telemetry.scored(Array(page)),
        next: next.map { last in
          let none = UnixNanoseconds(0)
          return Cursor(
            range: TimeRange(start: none, end: none), key: last.start.rawValue, traceID: id, span: last.spanID)
        }))
  }

  private static func missing(_ id: TraceID) -> Problem {
    Problem(
      .traceNotFound, "No span of the trace \(id) is stored. It may not have arrived yet, or its retention has ended.")
  }
}

/// How much of a trace is shown.
private enum TraceFields {
  case all, skeleton
}

extension ProblemCode {
  static let traceNotFound = ProblemCode("trace_not_found", 404)
  static let spanNotFound = ProblemCode("span_not_found", 404)
}
