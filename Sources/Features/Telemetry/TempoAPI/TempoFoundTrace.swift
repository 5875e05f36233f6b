import API
import Base
import JSON
import OTLP
import TelemetryQueries
import TraceInterchange

/// A found trace as Tempo's message `TraceSearchMetadata`.
struct TempoFoundTrace: Sendable {
  let trace: TraceSummary
  /// The spans that a query selects; nil for a search by tags.
  let spanSet: TempoMatches.SpanSet?

  /// What Tempo calls a root that it has not seen.
  fileprivate static let unknownRoot = "<root span not yet received>"
}

/// A selected span with the values of the fields that the query reads.
private struct MatchedSpan: Sendable {
  let span: StoredSpan
  let values: [KeyValue]
}

// MARK: - Shapes

extension JSONShape where Value == TempoFoundTrace {
  static var foundTrace: JSONShape {
    object { found in
      found.member("traceID", .traceID) { $0.trace.traceID }
      found.member("rootServiceName", .string) { $0.trace.rootService ?? TempoFoundTrace.unknownRoot }
      found.member("rootTraceName", .string) { $0.trace.rootName ?? TempoFoundTrace.unknownRoot }
      found.member("startTimeUnixNano", .unsignedNanoseconds) { $0.trace.start }
      found.member("durationMs", .integer) { max(0, $0.trace.durationNanoseconds) / 1_000_000 }
      found.optionalMember("spanSets", .list(.spanSet)) { $0.spanSet.map { [$0] } }
      // Older clients read the first set by its deprecated name.
      found.optionalMember("spanSet", .spanSet) { $0.spanSet }
      found.member("serviceStats", .objectByName(.statistics)) { found in
        found.trace.services.map { (name: $0.name, value: $0) }
      }
    }
  }
}

extension JSONShape where Value == TempoMatches.SpanSet {
  fileprivate static var spanSet: JSONShape {
    object { set in
      set.member("spans", .list(.matchedSpan)) { set in
        set.spans.map { span in MatchedSpan(span: span, values: set.fields.compactMap { span.value(of: $0) }) }
      }
      set.member("matched", .integer) { $0.matchedCount }
    }
  }
}

extension JSONShape where Value == MatchedSpan {
  fileprivate static var matchedSpan: JSONShape {
    object { match in
      match.member("spanID", .spanID) { $0.span.spanID }
      match.member("name", .string) { $0.span.name }
      match.member("startTimeUnixNano", .unsignedNanoseconds) { $0.span.start }
      match.member("durationNanos", .nanosecondCount) { max(0, $0.span.durationNanoseconds) }
      match.optionalMember("attributes", .list(.keyValue)) { $0.values.isEmpty ? nil : $0.values }
    }
  }
}

extension JSONShape where Value == Int64 {
  /// A span of time in nanoseconds as a string.
  fileprivate static var nanosecondCount: JSONShape { JSONShape(Schema.nanoseconds) { $1.quotedInt($0) } }
}

extension JSONShape where Value == ServiceCount {
  fileprivate static var statistics: JSONShape {
    object { service in
      service.member("spanCount", .integer) { $0.spanCount }
      service.optionalMember("errorCount", .integer) { $0.errorCount > 0 ? $0.errorCount : nil }
    }
  }
}
