import API
import Base
import Telemetry
import TelemetryQueries
import TraceInterchange

/// Jaeger's third API over HTTP (https://www.jaegertracing.io/docs/latest/architecture/apis/, "HTTP JSON"): traces come
/// as OTLP/JSON in the `result` of a gRPC gateway.
enum JaegerV3 {
  static let endpoints = [
    InterchangeEndpoint("v3/services", serviceList, problems: .jaegerV3, work: services),
    InterchangeEndpoint("v3/operations", operationList, problems: .jaegerV3, work: operations),
    InterchangeEndpoint("v3/traces", result, problems: .jaegerV3, work: search),
    InterchangeEndpoint("v3/traces/{trace_id}", result, problems: .jaegerV3, work: trace),
    .nothing(at: "v3/{path+}", of: Jaeger.name, problems: .jaegerV3),
  ]

  // MARK: - Names

  private static let serviceList = JSONResponse<[String]>(
    "JaegerV3ServiceList", .object { $0.member("services", .list(.string)) { $0 } })

  @Sendable private static func services(_ call: InterchangeCall) throws -> [String] {
    try call.telemetry.serviceNames()
  }

  private static let operationList = JSONResponse<[OperationSummary]>(
    "JaegerV3OperationList", .object { $0.member("operations", .list(operation)) { $0 } })

  private static let operation = JSONShape<OperationSummary>.object { operation in
    operation.member("name", .string) { $0.name }
    // Jaeger names a kind in any case here; a span without one is internal to its process.
    let kinds = SpanKind.allCases.filter { $0 != .unspecified }.map(\.name)
    operation.member("spanKind", .choice(kinds)) { ($0.kind == .unspecified ? .internal : $0.kind).name }
  }

  @Sendable private static func operations(_ call: InterchangeCall) throws -> [OperationSummary] {
    guard let service = call.fields.text("service") else { throw Problem.parameter("service", "it is required") }
    return try Jaeger.operations(of: service, kind: call.fields.text("span_kind"), call)
  }

  // MARK: - Traces

  private static let result = JSONResponse<[StoredSpan]>(
    "JaegerV3Result", .object { $0.member("result", OTLPTraceJSON.otlp.trace(member: "resourceSpans")) { $0 } })

  @Sendable private static func trace(_ call: InterchangeCall) throws -> [StoredSpan] {
    try spans(of: call.telemetry.trace(try call.traceID()).map { [$0] } ?? [])
  }

  @Sendable private static func search(_ call: InterchangeCall) throws -> [StoredSpan] {
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
    return try spans(of: Jaeger.find(search, call).traces)
  }

  private static func time(_ name: String, _ parameters: LenientParameters) throws(Problem) -> UnixNanoseconds {
    guard let text = parameters.text(name) else { throw .parameter(name, "it is required") }
    guard let time = RFC3339.parse(text) else {
      throw .parameter(name, "'\(text)' is not a time such as 2026-11-21T08:00:00Z")
    }
    return time
  }

  private static func spans(of traces: [StoredTrace]) throws(Problem) -> [StoredSpan] {
    guard !traces.isEmpty else { throw Problem(.notFound, "No traces found") }
    return traces.flatMap(\.spans)
  }
}
