import Engine

extension TenantTelemetry {
  /// Up to this many candidates of a part are read one by one, with their bounds and what a query needs: for more, the
  /// engine first leaves out most traces.
  static let candidateCountMax = 1_024
  /// Candidates read first per item of the page; at least one in sixteen is expected to match.
  static let candidatesOfTrace = 16
  /// The most traces left by the engine that are examined for one page; with more, the filter is too wide.
  private static let statementCandidateCountMax = 100_000

  /// A page of what the traces of the newest matching spans of a part hold; nil when there are more of those than are looked
  /// at one by one.
  ///
  /// - Parameter read: The items of some candidates.
  func pageOfCandidates<Item: PlacedItem>(
    _ search: TraceSearch, in part: RangePart, read: ([TracePlace]) throws(QueryFailure) -> [Item]
  ) throws(QueryFailure) -> [Item]? {
    var ofSpans = search
    ofSpans.minimumTraceNanoseconds = nil
    ofSpans.maximumTraceNanoseconds = nil
    // Where a query looks at several spans, the range already ends where the page begins.
    if search.filter.isAboutTraces { ofSpans.place = nil }
    ofSpans.limit = Self.candidateCountMax
    let candidates = try placesOfSpans(ofSpans, in: part)
    var page = CandidatePage<Item>(limit: search.limit, isDescending: true)
    while page.candidateCount < candidates.count, !page.isComplete {
      let count = page.nextCount(first: Self.candidatesOfTrace * search.limit)
      let next = Array(candidates[page.candidateCount...].prefix(count))
      page.add(try read(next), of: next)
    }
    return page.isComplete || candidates.count < Self.candidateCountMax ? page.page : nil
  }

  /// A page of what traces hold, of which the engine leaves out those that cannot match.
  ///
  /// - Parameters:
  ///   - search: A search by a query that looks at several spans of a trace.
  ///   - isInOrder: Whether the items are in the order of the candidates. If not, all candidates are examined.
  ///   - read: The items of some candidates.
  func pageByStatement<Item: PlacedItem>(
    _ search: TraceSearch, isInOrder: Bool = true, isDescending: Bool? = nil,
    read: ([TracePlace]) throws(QueryFailure) -> [Item]
  ) throws(QueryFailure) -> [Item] {
    var candidates = search
    // In order of time, a candidate's place is not yet that of a selected span.
    if !search.order.isByDuration { candidates.place = nil }
    candidates.limit = Self.candidateCountMax
    let part = search.rangeOfPage
    var page = CandidatePage<Item>(limit: search.limit, isDescending: isDescending ?? search.order.isDescending)
    while page.candidateCount < Self.statementCandidateCountMax {
      let found = try places(candidates, in: part)
      page.add(try read(found), of: found)
      if isInOrder && page.isComplete || found.count < candidates.limit { return page.page }
      if !isInOrder { page.forgetBehindPage() }
      candidates.place = found.last
    }
    throw QueryFailure(reason: .tooLarge, cause: TooManyCandidates(count: page.candidateCount))
  }
}

/// A query would have to look into more traces than it may.
private struct TooManyCandidates: Error, CustomStringConvertible {
  let count: Int

  var description: String { "\(count) traces were looked into" }
}
