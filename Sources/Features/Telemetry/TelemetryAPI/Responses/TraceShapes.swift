import API
import Base
import Feature
import Telemetry
import TelemetryQueries

extension JSONShape where Value == TraceSummary {
  /// A trace of a list; the OpenAPI document's `TraceSummary`.
  static var traceSummary: JSONShape {
    object { trace in
      trace.member("trace_id", .traceID) { $0.traceID }
      trace.member("root_name", .orNull(.string)) { $0.rootName }
      trace.member("root_service", .orNull(.string)) { $0.rootService }
      trace.member("start_time_unix_nano", .nanoseconds) { $0.start }
      trace.member("end_time_unix_nano", .nanoseconds) {
        UnixNanoseconds($0.start.rawValue &+ $0.durationNanoseconds)
      }
      trace.member("duration_ns", .exactInteger) { $0.durationNanoseconds }
      trace.member("span_count", .integer) { $0.spanCount }
      trace.member("error_count", .integer) { $0.errorCount }
      trace.member("services", .list(.service)) { $0.services }
      trace.member("models", .list(.string)) { $0.models }
      trace.member("input_tokens", .exactInteger) { $0.inputTokens }
      trace.member("output_tokens", .exactInteger) { $0.outputTokens }
      trace.optionalMember("scores", .scoreTallies) { $0.scores.isEmpty ? nil : $0.scores }
    }
    .named("TraceSummary")
  }
}

/// A service with the number of its spans, of a trace or of a time range.
protocol CountedService: Sendable {
  var name: String { get }
  var spanCount: UInt64 { get }
  var errorCount: UInt64 { get }
}

extension ServiceCount: CountedService {}
extension ServiceSummary: CountedService {}

extension JSONShape where Value: CountedService {
  static var service: JSONShape {
    object { service in
      service.member("name", .string) { $0.name }
      service.member("span_count", .integer) { $0.spanCount }
      service.member("error_count", .integer) { $0.errorCount }
    }
  }
}

/// A trace with its spans, and what is counted of them.
struct WholeTrace: Sendable {
  let trace: StoredTrace
  let start: UnixNanoseconds
  let end: UnixNanoseconds
  let root: StoredSpan?
  let errorCount: Int
  let inputTokens: UInt64
  let outputTokens: UInt64

  init(_ trace: StoredTrace) {
    self.trace = trace
    let start = trace.spans.map(\.start).min() ?? UnixNanoseconds(0)
    self.start = start
    let end = trace.spans.map { $0.start.rawValue &+ max(0, $0.durationNanoseconds) }.max()
    self.end = end.map { UnixNanoseconds($0) } ?? start
    root = trace.spans.first { $0.parentSpanID == nil }
    errorCount = trace.spans.count { $0.status == .error }
    let tokens = trace.tokens
    inputTokens = tokens.input
    outputTokens = tokens.output
  }
}

extension JSONShape where Value == WholeTrace {
  /// The OpenAPI document's `Trace`.
  static var trace: JSONShape {
    object { trace in
      trace.member("trace_id", .traceID) { $0.trace.traceID }
      trace.member("root_name", .orNull(.string)) { $0.root?.name }
      trace.member("root_service", .orNull(.string)) { $0.root?.serviceName }
      trace.member("start_time_unix_nano", .nanoseconds) { $0.start }
      trace.member("end_time_unix_nano", .nanoseconds) { $0.end }
      trace.member("duration_ns", .exactInteger) { $0.end.rawValue &- $0.start.rawValue }
      trace.member("span_count", .integer) { $0.trace.spans.count }
      trace.member("error_count", .integer) { $0.errorCount }
      trace.member("input_tokens", .exactInteger) { $0.inputTokens }
      trace.member("output_tokens", .exactInteger) { $0.outputTokens }
      trace.member("truncated", .boolean.described("Whether there are more spans; `/spans` pages through all.")) {
        $0.trace.isTruncated
      }
      trace.optionalMember("scores", .scoreTallies) { $0.trace.scores.isEmpty ? nil : $0.trace.scores }
      trace.member("spans", .list(.span)) { $0.trace.spans }
    }
    .named("Trace")
  }
}
