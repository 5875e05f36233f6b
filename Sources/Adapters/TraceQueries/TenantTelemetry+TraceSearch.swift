import Ground
import StorePorts

extension TenantTelemetry {
  /// The traces of a search, in its order, at most as many as its limit.
  ///
  /// Two steps: the ids of the page from the matching spans and the `traces` table, then the details of those few.
  package func traces(_ search: TraceSearch) throws(QueryFailure) -> [TraceSummary] {
    let found: [FoundTrace]
    if search.order == .newestFirst {
      let newest = search.place.map { UnixNanoseconds($0.key) }
      found = try NewestFirst.page(of: search.filter.range, newest: newest, limit: search.limit) {
        (part, floor) throws(QueryFailure) in
        try self.found(search, in: part, startingFrom: floor)
      }
    } else {
      found = try self.found(search, in: search.filter.range, startingFrom: nil)
    }
    return try summaries(of: found)
  }

  /// A trace of the first step.
  private struct FoundTrace {
    var traceID: TraceID
    var start: Int64
    var end: Int64
    /// When the last span starts.
    var lastStart: Int64
  }

  private func found(
    _ search: TraceSearch, in part: TimeRange, startingFrom floor: UnixNanoseconds?
  ) throws(QueryFailure) -> [FoundTrace] {
    let result = try rows(TraceSearchSQL.page(search, in: part, startingFrom: floor))
    return (0..<result.rowCount).map { row in
      FoundTrace(
        traceID: result["trace_id"].traceID(row), start: result["trace_start"].int(row) ?? 0,
        end: result["trace_end"].int(row) ?? 0, lastStart: result["trace_last_start"].int(row) ?? 0)
    }
  }

  private func summaries(of found: [FoundTrace]) throws(QueryFailure) -> [TraceSummary] {
    guard let start = found.map(\.start).min(), let lastStart = found.map(\.lastStart).max() else { return [] }
    let result = try rows(TraceSearchSQL.details(of: found.map(\.traceID), from: start, to: lastStart))
    var summaries: [TraceID: TraceSummary] = [:]
    for row in 0..<result.rowCount {
      let summary = TraceSearchSQL.summary(result, row)
      summaries[summary.traceID] = summary
    }
    return found.compactMap { summaries[$0.traceID] }
  }
}
