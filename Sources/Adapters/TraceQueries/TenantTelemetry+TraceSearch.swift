import Ground
import StorePorts

extension TenantTelemetry {
  /// The traces of a search, in its order, at most as many as its limit.
  ///
  /// Three steps: the ids of the page, when their spans start, and the details of those few.
  package func traces(_ search: TraceSearch) throws(QueryFailure) -> [TraceSummary] {
    let found: [TracePlace]
    var search = search
    search.filter = try resolved(search.filter)
    // What holds of a whole trace cannot be told from a part of the range.
    if search.order == .newestFirst, search.filter.query?.isAboutSpans ?? true {
      let newest = search.place.map { UnixNanoseconds($0.key) }
      found = try newestSpansFirst(of: search.filter.range, newest: newest, limit: search.limit) {
        part throws(QueryFailure) in
        try self.places(search, in: part)
      }
    } else {
      found = try places(search, in: search.filter.range)
    }
    return try summaries(of: found, in: search)
  }

  private func places(_ search: TraceSearch, in part: TimeRange) throws(QueryFailure) -> [TracePlace] {
    let result = try rows(TraceSearchSQL.page(search, in: part))
    return (0..<result.rowCount).map { row in
      TracePlace(key: result["place_key"].int(row) ?? 0, traceID: result["trace_id"].traceID(row))
    }
  }

  /// The conditions that spans lie between the first and last starts of traces, which leave out most of the table; nil
  /// when none of the traces is known.
  ///
  /// - Parameter range: Where each of them has a span; nil when nobody knows.
  func bounds(of ids: [TraceID], around range: TimeRange? = nil) throws(QueryFailure) -> [SQLFragment]? {
    let result = try rows(TraceSearchSQL.bounds(of: ids, around: range))
    guard result.rowCount > 0, result["found"].unsigned(0) ?? 0 > 0 else { return nil }
    let first = result["first_start"].int(0) ?? 0
    let last = result["last_start"].int(0) ?? 0
    return [
      "start_time >= fromUnixTimestamp64Nano(\(first), 'UTC')", "start_time <= fromUnixTimestamp64Nano(\(last), 'UTC')",
    ]
  }

  /// The summaries of traces by their ids, in the order of the places.
  private func summaries(of found: [TracePlace], in search: TraceSearch) throws(QueryFailure) -> [TraceSummary] {
    let ids = found.map(\.traceID)
    guard let first = found.map(\.key).min(), let last = found.map(\.key).max() else { return [] }
    // By time, the place of a trace is the start of one of its spans, and the others are near.
    let places = TimeRange(start: UnixNanoseconds(first), end: UnixNanoseconds(last))
    let range = search.order.isByDuration ? search.filter.range : places
    let bounds =
      search.order.isByDuration
      ? try self.bounds(of: ids, around: range) : TraceColumns.margin(around: places).conditions(on: "start_time")
    guard let bounds else { return [] }
    let result = try rows(TraceSearchSQL.details(of: ids, within: bounds))
    var summaries: [TraceID: TraceSummary] = [:]
    for row in 0..<result.rowCount {
      let summary = TraceSearchSQL.summary(result, row)
      summaries[summary.traceID] = summary
    }
    return found.compactMap { place in
      guard var summary = summaries[place.traceID] else { return nil }
      summary.place = place
      return summary
    }
  }
}
