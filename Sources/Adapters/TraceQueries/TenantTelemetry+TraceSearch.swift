import Ground
import StorePorts

extension TenantTelemetry {
  /// The traces of a search, in its order, at most as many as its limit.
  ///
  /// Three steps: the ids of the page, when their spans start, and the details of those few.
  package func traces(_ search: TraceSearch) throws(QueryFailure) -> [TraceSummary] {
    var search = search
    search.filter = try resolved(search.filter)
    var known: [TraceID: TraceSummary] = [:]
    let found = try places(search, summaries: &known)
    for (id, summary) in try summaries(of: found.filter { known[$0.traceID] == nil }, in: search) {
      known[id] = summary
    }
    return found.compactMap { place in
      guard var summary = known[place.traceID] else { return nil }
      summary.place = place
      return summary
    }
  }

  /// The places of a page.
  ///
  /// - Parameter known: Receives the summaries that were read on the way.
  private func places(
    _ search: TraceSearch, summaries known: inout [TraceID: TraceSummary]
  ) throws(QueryFailure) -> [TracePlace] {
    // What holds of a whole trace cannot be told from a part of the range.
    guard search.order == .newestFirst, search.filter.query?.isAboutSpans ?? true else {
      return try places(search, in: search.filter.range)
    }
    let newest = search.place.map { UnixNanoseconds($0.key) }
    // Behind a place, a trace counts by its newest span, which an older part does not have.
    return try newestSpansFirst(
      of: search.filter.range, newest: newest, limit: search.limit, isOfParts: search.place == nil,
      firstSpanCount: firstSpanCount(of: search)
    ) { part throws(QueryFailure) in
      search.hasDuration
        ? try self.placesByDuration(search, in: part, summaries: &known)
        : try self.placesOfSpans(search, in: part)
    }
  }

  /// How many spans the first part of a range holds: by the last yield of such a search, half as much more as it needs.
  private func firstSpanCount(of search: TraceSearch) -> UInt64 {
    guard let spansPerTrace = yields.spansPerTrace(of: search.filter, tenant: tenant) else {
      return Self.firstSpanCount
    }
    let traces = search.hasDuration ? search.limit * Self.candidatesOfTrace : search.limit
    let needed = spansPerTrace * Double(traces) * 1.5
    return UInt64(min(max(needed, Double(Self.firstSpanCount)), Double(Self.firstSpanCount * Self.growth)))
  }

  /// Up to so many candidates have their durations read from their own spans: 336 take 12 ms where 20 take 6. For more, the
  /// engine joins the durations of all traces of the part.
  private static let candidateCountMax = 1_024
  /// So many candidates for each trace of the page are read first: one in sixteen has the duration, or more.
  private static let candidatesOfTrace = 16

  /// The places of traces of the duration that is asked for: the newest traces of matching spans are summarised, and those
  /// that last too short or too long are left out.
  private func placesByDuration(
    _ search: TraceSearch, in part: RangePart, summaries known: inout [TraceID: TraceSummary]
  ) throws(QueryFailure) -> [TracePlace] {
    var ofSpans = search
    ofSpans.minimumTraceNanoseconds = nil
    ofSpans.maximumTraceNanoseconds = nil
    ofSpans.limit = Self.candidateCountMax
    let candidates = try placesOfSpans(ofSpans, in: part)
    var found: [TracePlace] = []
    var readCount = 0
    var count = Self.candidatesOfTrace * search.limit
    while readCount < candidates.count, found.count < search.limit {
      let next = Array(candidates[readCount...].prefix(count))
      let summaries = try summaries(of: next, in: search, where: search.isDuration)
      found += next.filter { summaries[$0.traceID] != nil }
      known.merge(summaries) { _, new in new }
      readCount += next.count
      // As many again as the yield so far lets expect, and half as much more to be sure.
      count = readCount * (search.limit - min(found.count, search.limit)) * 3 / (2 * max(found.count, 1)) + 1
    }
    if found.count >= search.limit { return Array(found.prefix(search.limit)) }
    return candidates.count < Self.candidateCountMax ? found : try places(search, in: part.range)
  }

  /// Up to so many matching spans of a part, 1.2 MB of rows, have their traces told apart here: a tenth quicker than the
  /// statement that groups and sorts them, and all of a part's traces are known, for its yield.
  private static let groupedSpanCountMax = 50_000

  /// The places of a search without durations.
  private func placesOfSpans(_ search: TraceSearch, in part: RangePart) throws(QueryFailure) -> [TracePlace] {
    // Without a condition all spans of the part match.
    guard search.filter.hasConditions else { return try places(search, in: part.range) }
    let limit = Self.groupedSpanCountMax
    let spans = try rows(TraceSearchSQL.matchingSpans(search, in: part, limit: limit + 1))
    guard spans.rowCount <= limit else { return try places(search, in: part.range) }
    let found = NewestPlaces(spans)
    if let count = part.spanCount { yields.note(search.filter, tenant: tenant, spans: count, traces: found.count) }
    return found.page(of: search)
  }

  /// The places of a page by one statement.
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

  /// The summaries of the traces at places, of those with a duration that is wanted.
  private func summaries(
    of found: [TracePlace], in search: TraceSearch,
    where isWanted: (_ durationNanoseconds: Int64) -> Bool = { _ in true }
  ) throws(QueryFailure) -> [TraceID: TraceSummary] {
    let ids = found.map(\.traceID)
    guard let first = found.map(\.key).min(), let last = found.map(\.key).max() else { return [:] }
    // By time, the place of a trace is the start of one of its spans, and the others are near.
    let places = TimeRange(start: UnixNanoseconds(first), end: UnixNanoseconds(last))
    let range = search.order.isByDuration ? search.filter.range : places
    let bounds =
      search.order.isByDuration
      ? try self.bounds(of: ids, around: range)
      : TraceColumns.margin(search.marginNanoseconds, around: places).conditions(on: "start_time")
    guard let bounds else { return [:] }
    return try summaries(of: ids, within: bounds, where: isWanted)
  }

  /// Up to so many spans of a page, 2 MB of rows, are counted here: to plan the statement that has the engine count them
  /// takes longer.
  static let countedSpanCountMax = 20_000

  /// The summaries of traces by their ids; those of more spans than `limit` are counted by the engine.
  ///
  /// - Parameter isWanted: Whether a trace of such a duration, in nanoseconds, is wanted.
  func summaries(
    of ids: [TraceID], within bounds: [SQLFragment], countingHereAtMost limit: Int = Self.countedSpanCountMax,
    where isWanted: (_ durationNanoseconds: Int64) -> Bool = { _ in true }
  ) throws(QueryFailure) -> [TraceID: TraceSummary] {
    let spans = try rows(TraceSearchSQL.spans(of: ids, within: bounds, limit: limit + 1))
    if spans.rowCount <= limit { return TraceSummaries(spans, where: isWanted).summaries }
    let result = try rows(TraceSearchSQL.details(of: ids, within: bounds))
    return Dictionary(
      uniqueKeysWithValues: (0..<result.rowCount).map { TraceSearchSQL.summary(result, $0) }
        .filter { isWanted($0.durationNanoseconds) }.map { ($0.traceID, $0) })
  }
}

extension TracePlace: NewestFirstItem { var identity: TraceID { traceID } }
