package import Base
package import Engine
import SQLBuilder

extension TenantTelemetry {
  /// The traces of a search with all their spans, in the search's order.
  ///
  /// - Parameter spanCountMax: The most spans of all traces together; those that start last are left out, and their
  ///   traces say so.
  package func wholeTraces(
    _ summaries: [TraceSummary], spanCountMax: Int
  ) throws(QueryFailure) -> [StoredTrace] {
    guard let range = TimeRange(of: summaries) else { return [] }
    guard questionRange != nil else {
      return try asked(about: range).wholeTraces(summaries, spanCountMax: spanCountMax)
    }
    var select = Select(
      SpanColumns.main, from: .spans,
      where: [Self.isAnyTrace(summaries.map(\.traceID))] + range.conditions(on: "start_time"),
      orderBy: ["start_time", "span_id"], limit: spanCountMax)
    select.limitBy = (1, ["trace_id", "span_id"])
    let spans = Dictionary(grouping: try storedSpans(select), by: \.traceID)
    return summaries.map { summary in
      let spans = spans[summary.traceID] ?? []
      return StoredTrace(
        traceID: summary.traceID, spans: spans, isTruncated: UInt64(spans.count) < summary.spanCount)
    }
  }
}

extension TimeRange {
  /// The range in which every span of the traces starts; nil for no traces.
  package init?(of traces: [TraceSummary]) {
    guard let start = traces.map(\.start).min(),
      let end = traces.map({ $0.start.rawValue &+ max(0, $0.durationNanoseconds) }).max()
    else { return nil }
    self.init(start: start, end: UnixNanoseconds(max(start.rawValue, end == .max ? end : end + 1)))
  }
}
