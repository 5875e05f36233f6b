import API
import Base
import HTTPTypes
import TelemetryQueries

extension TelemetryEndpoints {
  static let percentileEndpoint = Endpoint<TelemetryContext>(
    EndpointDefinition(
      .get, "/api/v1/traces/{trace_id}/spans/{span_id}/percentile", name: "getSpanPercentile",
      summary: "How long a span takes among the spans like it of 24 hours.", tag: "traces",
      pathParameters: [traceID.definition, spanID.definition], response: response.definition,
      problems: [.spanNotFound])
  ) { call in
    guard let percentile = try call.telemetry.percentile(of: call[spanID], in: call[traceID], now: call.now) else {
      throw spanNotFound(call)
    }
    return response(percentile)
  }

  private static let response = JSONResponse("SpanPercentileResponse", .data(.percentile))
}

extension JSONShape where Value == SpanPercentile {
  fileprivate static var percentile: JSONShape {
    object { span in
      span.member("service_name", .string) { $0.service }
      let name = "The name that the compared spans have; null where they are calls of a model."
      span.member("name", .orNull(.string).described(name)) { $0.name }
      span.member("operation", .orNull(.string)) { $0.call?.operation }
      span.member("model", .orNull(.string)) { $0.call?.model }
      span.member("start", .dateTime) { $0.range.start }
      span.member("end", .dateTime) { $0.range.end }
      span.member("span_count", .integer) { $0.spanCount }
      span.member("duration_ns", .exactInteger) { $0.durationNanoseconds }
      let percentage = "The percentage of the spans that take less time, with half of those that take as long."
      span.member("percentile", .orNull(.number).described(percentage)) { $0.percentile }
      span.member("median_ns", .orNull(.number)) { $0.medianNanoseconds }
      span.member("p95_ns", .orNull(.number)) { $0.p95Nanoseconds }
    }
    .named("SpanPercentile")
  }
}

extension SpanPercentile {
  fileprivate var name: String? {
    guard case .named(let name) = kind else { return nil }
    return name
  }

  fileprivate var call: (operation: String, model: String)? {
    guard case .calls(let operation, let model) = kind else { return nil }
    return (operation, model)
  }
}
