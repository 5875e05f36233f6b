import Ground
import StorePorts

extension TenantTelemetry {
  /// The traces of a search, in its order, at most as many as its limit.
  ///
  /// Three steps: the ids of the page, when their spans start, and the details of those few.
  package func traces(_ search: TraceSearch) throws(QueryFailure) -> [TraceSummary] {
    var search = search
    search.filter = try resolved(search.filter)
    return try summaries(of: places(search), in: search)
  }

  /// The places of a page.
  private func places(_ search: TraceSearch) throws(QueryFailure) -> [TracePlace] {
    // What holds of a whole trace cannot be told from a part of the range.
    guard search.order == .newestFirst, search.filter.query?.isAboutSpans ?? true else {
      return try places(search, in: search.filter.range)
    }
    let newest = search.place.map { UnixNanoseconds($0.key) }
    // Behind a place, a trace counts by its newest span, which an older part does not have.
    return try newestSpansFirst(
      of: search.filter.range, newest: newest, limit: search.limit, isOfParts: search.place == nil
    ) { part throws(QueryFailure) in try self.places(search, in: part) }
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
    let summaries = try self.summaries(of: ids, within: bounds)
    return found.compactMap { place in
      guard var summary = summaries[place.traceID] else { return nil }
      summary.place = place
      return summary
    }
  }

  /// Up to so many spans of a page, 2 MB of rows, are counted here: to plan the statement that has the engine count them
  /// takes longer.
  static let countedSpanCountMax = 20_000

  /// The summaries of traces by their ids; those of more spans than `limit` are counted by the engine.
  func summaries(
    of ids: [TraceID], within bounds: [SQLFragment], countingHereAtMost limit: Int = Self.countedSpanCountMax
  ) throws(QueryFailure) -> [TraceID: TraceSummary] {
    let spans = try rows(TraceSearchSQL.spans(of: ids, within: bounds, limit: limit + 1))
    if spans.rowCount <= limit { return TraceSummaries(spans).summaries }
    let result = try rows(TraceSearchSQL.details(of: ids, within: bounds))
    return Dictionary(
      uniqueKeysWithValues: (0..<result.rowCount).map { row in
        let summary = TraceSearchSQL.summary(result, row)
        return (summary.traceID, summary)
      })
  }
}

extension TracePlace: NewestFirstItem { var identity: TraceID { traceID } }
