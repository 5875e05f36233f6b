import Engine

extension TenantTelemetry {
  /// Up to so many candidates of a part have their bounds and what a query reads of them read one by one: for more, the
  /// engine leaves out most traces first.
  static let candidateCountMax = 1_024
  /// So many candidates for each item of the page are read first: one in sixteen is wanted, or more.
  static let candidatesOfTrace = 16
  /// So many traces that the engine did not leave out are looked at for one page; beyond them the filter is too wide.
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
  ///   - isInOrder: Whether the items are in the order of the candidates. If not, all candidates are looked at.
  ///   - read: The items of some candidates.
  func pageByStatement<Item: PlacedItem>(
    _ search: TraceSearch, isInOrder: Bool = true, isDescending: Bool? = nil,
    read: ([TracePlace]) throws(QueryFailure) -> [Item]
  ) throws(QueryFailure) -> [Item] {
    var candidates = search
    // By time, a candidate's place is no selected span's yet.
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
