package import Base
import Columns
package import Engine

/// A page of a list of traces.
package struct TraceList: Sendable {
  package var traces: [TraceSummary]
  /// Traces with more spans than a query examines; the result holds for their first spans only.
  package var partlySearched: [TraceID] = []
}

extension TenantTelemetry {
  /// The traces of a search, in its order, at most as many as its limit.
  ///
  /// Two or three steps: the ids of the page, in a large store when their spans start, and the details of those few.
  package func traces(_ search: TraceSearch) throws(QueryFailure) -> TraceList {
    guard questionRange != nil else { return try asked(about: search.filter.range).traces(search) }
    var search = search
    search.filter = try resolved(search.filter)
    var readings = TraceReadings()
    let found = try places(search, &readings)
    let ids = found.map(\.traceID)
    guard let within = try placeConditions(of: ids, known: readings.bounds) else {
      return TraceList(traces: [], partlySearched: readings.list)
    }
    let summaries = try summaries(of: ids, within: within)
    let traces = found.compactMap { place in
      guard var summary = summaries[place.traceID] else { return nil as TraceSummary? }
      summary.place = place
      return summary
    }
    return TraceList(traces: traces, partlySearched: readings.list)
  }

  /// The places of a page.
  private func places(_ search: TraceSearch, _ readings: inout TraceReadings) throws(QueryFailure) -> [TracePlace] {
    guard search.order == .newestFirst else {
      if search.order == .longestFirst, !search.filter.hasConditions, let longest = try longestTraces(search, &readings)
      {
        return longest
      }
      return try placesByStatement(search, &readings)
    }
    return try search.filter.isAboutTraces
      ? placesOfQuery(search, &readings) : placesOfFilter(search, &readings)
  }

  // MARK: - Filters that hold of single spans

  /// The places of traces with a span that the filter finds; a trace counts by the newest of those.
  private func placesOfFilter(
    _ search: TraceSearch, _ readings: inout TraceReadings
  ) throws(QueryFailure) -> [TracePlace] {
    let newest = search.place.map { UnixNanoseconds($0.key) }
    // Behind a place, a trace counts by its newest span, which an older part does not have.
    return try newestSpansFirst(
      of: search.filter.range, newest: newest, limit: search.limit, isOfParts: search.place == nil,
      firstSpanCount: firstSpanCount(of: search)
    ) { part throws(QueryFailure) in
      guard search.hasDuration else { return try self.placesOfSpans(search, in: part) }
      let found = try self.pageOfCandidates(search, in: part) { (candidates) throws(QueryFailure) in
        try self.wanted(candidates, search, in: part.range, &readings)
      }
      if let found { return found }
      // The engine joins the durations of all traces of the part.
      return try self.places(search, in: part.range)
    } ?? []
  }

  /// How many spans the first part of a range holds: by the last yield of such a search, half as much more as it needs.
  func firstSpanCount(of search: TraceSearch) -> UInt64 {
    // Without a filter all spans of a part match, so a small one has enough traces.
    let least = search.filter.hasConditions ? Self.firstSpanCount : Self.firstSpanCount / 5
    guard let spansPerTrace = yields.spansPerTrace(of: search.filter, tenant: tenant) else { return least }
    let traces = search.looksAtTraces ? search.limit * Self.candidatesOfTrace : search.limit
    let needed = spansPerTrace * Double(traces) * 1.5
    return UInt64(min(max(needed, Double(least)), Double(Self.firstSpanCount * Self.growth * 2)))
  }

  /// The places that the search gives to candidates within a part of its range.
  private func wanted(
    _ candidates: [TracePlace], _ search: TraceSearch, in part: TimeRange, _ readings: inout TraceReadings
  ) throws(QueryFailure) -> [TracePlace] {
    var wanted = candidates
    if search.hasDuration {
      readings.bounds.merge(try bounds(of: wanted.map(\.traceID))) { _, new in new }
      wanted.removeAll { place in
        !(readings.bounds[place.traceID].map { search.isDuration($0.durationNanoseconds) } ?? false)
      }
    }
    guard search.filter.isAboutTraces else { return wanted }
    let selections = try selections(of: wanted.map(\.traceID), search.filter, &readings)
    return wanted.compactMap { place in
      guard let spans = selections[place.traceID] else { return nil as TracePlace? }
      var place = place
      if !search.order.isByDuration {
        let starts = spans.lazy.map(\.start)
        guard let start = search.order.isDescending ? starts.max() : starts.min() else { return nil }
        place.key = start
        // What lies in another part is found there.
        guard start >= part.start.rawValue, start < part.end.rawValue else { return nil }
      }
      return search.isBehindPlace(place) ? place : nil
    }
  }

  // MARK: - Queries that look at several spans

  private func placesOfQuery(
    _ search: TraceSearch, _ readings: inout TraceReadings
  ) throws(QueryFailure) -> [TracePlace] {
    // A trace counts by its newest selected span, and those before the page are on other pages.
    let found = try newestSpansFirst(
      of: search.rangeOfPage, newest: nil, limit: search.limit, isOfParts: true,
      firstSpanCount: firstSpanCount(of: search)
    ) { part throws(QueryFailure) in
      try self.pageOfCandidates(search, in: part) { (candidates) throws(QueryFailure) in
        try self.wanted(candidates, search, in: part.range, &readings)
      }
    }
    if let found { return found }
    return try placesByStatement(search, &readings)
  }

  /// The places of a page by statements over all of a range.
  private func placesByStatement(
    _ search: TraceSearch, _ readings: inout TraceReadings
  ) throws(QueryFailure) -> [TracePlace] {
    guard search.filter.isAboutTraces else { return try places(search, in: search.filter.range) }
    return try pageByStatement(search) { (candidates) throws(QueryFailure) in
      try self.wanted(candidates, search, in: search.rangeOfPage, &readings)
    }
  }

  /// Up to this many matching spans of a part, 1.2 MB of rows, are grouped by trace here: a tenth quicker than the
  /// statement that groups and sorts them, and all of a part's traces are known, for its yield.
  private static let groupedSpanCountMax = 50_000

  /// The places of a search without what holds of whole traces.
  func placesOfSpans(_ search: TraceSearch, in part: RangePart) throws(QueryFailure) -> [TracePlace] {
    let limit = Self.groupedSpanCountMax
    // Without a condition all spans of the part match.
    guard search.filter.hasConditions || part.spanCount.map({ $0 <= limit }) ?? false else {
      return try places(search, in: part.range)
    }
    let spans = try rows(TraceSearchSQL.matchingSpans(search, in: part, limit: limit + 1))
    guard spans.rowCount <= limit else { return try places(search.ofSpans, in: part.range) }
    let found = NewestPlaces(spans)
    if let count = part.spanCount { yields.note(search.filter, tenant: tenant, spans: count, traces: found.count) }
    return found.page(of: search)
  }

  /// The places of a page by one statement.
  func places(_ search: TraceSearch, in part: TimeRange) throws(QueryFailure) -> [TracePlace] {
    let result = try rows(TraceSearchSQL.page(search, in: part))
    guard result.rowCount > 0 else { return [] }
    let (ids, keys) = (result["trace_id"], result["place_key"])
    return (0..<result.rowCount).map { TracePlace(key: keys.int($0) ?? 0, traceID: ids.traceID($0)) }
  }
}

extension TraceReadings {
  /// The traces that were examined in part, in order.
  var list: [TraceID] { partial.sorted { ($0.high, $0.low) < ($1.high, $1.low) } }
}

extension TracePlace: NewestFirstItem { var identity: TraceID { traceID } }
