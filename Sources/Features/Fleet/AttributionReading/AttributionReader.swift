import Attribution
package import Base
package import Engine
package import Feature

/// Reads spans and the samples of the GPUs that they name, and attributes what the GPUs did.
///
/// Nothing can be read before a tenant is named.
package struct AttributionReader: Sendable {
  private let samples: SamplePort
  private let spans: SpanPort
  private let limits: AttributionLimits
  private let tenants: @Sendable () throws -> [TenantID]

  /// - Parameter tenants: All of them, whose spans may run on the GPUs that the tenant `default` reports.
  package init(
    samples: SamplePort, spans: SpanPort, limits: AttributionLimits = AttributionLimits(),
    tenants: @escaping @Sendable () throws -> [TenantID] = { [] }
  ) {
    self.samples = samples
    self.spans = spans
    self.limits = limits
    self.tenants = tenants
  }

  /// How many spans are read at once.
  package var spanCountMax: Int { limits.spanCountMax }

  /// Nil where no slice of the server stores spans.
  var spanReader: (any SpanReading)? { spans.reader }

  /// What is known of one tenant, for the time of one request.
  package func attribution(
    of tenant: TenantID, during activity: QueryActivity
  ) throws(AttributionFailure) -> TenantAttribution {
    guard let spans = spans.reader else { throw .missing("spans") }
    guard let series = samples.reader else { throw .missing("series") }
    return TenantAttribution(
      spans: spans.spans(of: tenant, during: activity),
      samples: GPUSampleReader(source: series.series(of: tenant, during: activity), limits: limits, activity: activity),
      limits: limits, operators: try operatorsGPUs(for: tenant, spans, series, during: activity))
  }

  /// Nil where there is no other tenant.
  private func operatorsGPUs(
    for tenant: TenantID, _ spans: any SpanReading, _ series: any SeriesReading, during activity: QueryActivity
  ) throws(AttributionFailure) -> OperatorsGPUs? {
    let others: [TenantID]
    do { others = try tenants().filter { $0 != tenant } } catch {
      throw .query(
        QueryFailure(
          reason: .unavailable,
          cause: ErrorReport(code: "tenants_unknown", message: "the tenants cannot be read: \(error)")))
    }
    guard !others.isEmpty else { return nil }
    return OperatorsGPUs(
      samples: tenant == .default
        ? nil
        : GPUSampleReader(
          source: series.series(of: .default, during: activity), limits: limits, activity: activity),
      others: SpansOfTenants(sources: others.map { ($0, spans.spans(of: $0, during: activity)) }))
  }
}

/// The GPUs that the tenant `default` reports, the operator's, as another tenant or it itself sees them: the spans of all tenants
/// share them.
struct OperatorsGPUs: Sendable {
  /// Nil for the operator, whose own samples they are.
  let samples: GPUSampleReader?
  /// The spans of all tenants but the one that asks, of which only their shares count.
  let others: SpansOfTenants
}

/// What the spans of one tenant did to the GPUs that it reports, and to those of the operator.
package struct TenantAttribution: Sendable {
  let spans: any SpanSource
  let samples: GPUSampleReader
  let limits: AttributionLimits
  /// Nil where no other tenant's spans are looked at.
  var operators: OperatorsGPUs?

  /// Whether what was read lacks spans that were acknowledged, because the store cannot take them at present.
  package var isIncomplete: Bool { spans.isIncomplete || operators?.others.isIncomplete ?? false }

  /// A trace; nil when no span of it is stored.
  package func trace(_ id: TraceID) throws(AttributionFailure) -> AttributedTrace? {
    let found = try reading { () throws(QueryFailure) in
      try spans.spans(ofTrace: id, limit: limits.spanCountMax)
    }
    guard let start = found.starts.min(), let end = found.ends.max() else { return nil }
    var attributed = try attributed(found, isWholeTrace: true)
    if found.isCut {
      attributed.warnings.insert("Only the first \(limits.spanCountMax) spans of the trace were looked at.", at: 0)
    }
    return AttributedTrace(spans: found, attributed: attributed, range: start..<max(end, start + 1))
  }

  /// Spans on one of some GPUs that start in a time, the newest first, after a place in that order.
  package func spans(
    on gpuIDs: [String], startingIn range: TimeRange, after place: KnownSpanPlace?, limit: Int
  ) throws(AttributionFailure) -> (spans: KnownSpans, attributed: AttributedSpans) {
    let found = try reading { () throws(QueryFailure) in
      try spans.spans(on: gpuIDs, startingIn: range, newestFirst: true, after: place, limit: limit)
    }
    return (found, try attributed(found, on: Set(gpuIDs)))
  }

  /// All that spans did to boards in a time, of spans that overlap it; of those that reach beyond it the part within counts.
  ///
  /// - Parameter ids: UUIDs of boards and parts.
  func everything(
    of found: KnownSpans, ids: Set<String>, on boards: [GPUSamples], in range: TimeRange
  ) throws(AttributionFailure) -> AttributedSpans {
    let times = SpanTimes(found, ids: ids)
    return try attributed(
      found, times, among: times, boards, range.start.rawValue..<range.end.rawValue, areSpansCut: found.isCut,
      known: nil)
  }

  /// Attributes spans, with all others that ran beside them.
  private func attributed(
    _ found: KnownSpans, on ids: Set<String>? = nil, isWholeTrace: Bool = false
  ) throws(AttributionFailure) -> AttributedSpans {
    let own = SpanTimes(found, ids: ids)
    guard let range = own.range else { return AttributedSpans(boards: [], uses: [], warnings: []) }
    guard own.ids.count <= limits.gpuCountMax else {
      throw .limitExceeded("the spans name more than \(limits.gpuCountMax) GPUs; ask for fewer spans")
    }
    let boards = try boards(own.ids, in: range)
    let time = TimeRange(start: UnixNanoseconds(range.lowerBound), end: UnixNanoseconds(range.upperBound))
    let beside = try reading { () throws(QueryFailure) in
      try spans.spans(on: own.ids.sorted(), overlapping: time, limit: limits.spanCountMax)
    }
    var all = own.adding(SpanTimes(beside, ids: own.ids))
    var areSpansCut = beside.isCut
    let sharedIDs = self.sharedIDs(boards).intersection(own.ids)
    var others: SpansOfTenants?
    if let operators, !sharedIDs.isEmpty, !areSpansCut {
      let found = try reading { () throws(QueryFailure) in
        try operators.others.spans(
          on: sharedIDs.sorted(), overlapping: time, limit: limits.spanCountMax - beside.count)
      }
      areSpansCut = found.isCut
      if found.count > 0 {
        all = all.adding(SpanTimes(found, ids: sharedIDs, areOfOtherTenants: true))
        others = operators.others
      }
    }
    return try attributed(
      found, own, among: all, boards, range, areSpansCut: areSpansCut, known: isWholeTrace ? found : nil,
      others: others)
  }

  /// The tenant's own boards, and those of the operator that it does not report itself.
  private func boards(_ ids: Set<String>, in range: Range<Int64>) throws(AttributionFailure) -> [GPUSamples] {
    let own = try samples.boards(ids, in: range)
    let rest = ids.subtracting(own.flatMap { $0.input.resources.map(\.id) })
    guard let reader = operators?.samples, !rest.isEmpty else { return own }
    return own
      + (try reader.boards(rest, in: range)).map { board in
        var board = board
        board.isOfOtherTenant = true
        return board
      }
  }

  /// The GPUs, and parts of them, on which spans of all tenants count: those that the operator reports.
  private func sharedIDs(_ boards: [GPUSamples]) -> Set<String> {
    let isOperator = operators.map { $0.samples == nil } ?? false
    return Set(
      boards.filter { isOperator || $0.isOfOtherTenant }.flatMap { $0.input.resources.map(\.id) })
  }

  /// - Parameters:
  ///   - wanted: Whose uses are wanted.
  ///   - all: Those and all others on the same GPUs.
  ///   - known: A whole trace, whose links are known.
  ///   - others: Whose spans are among all too.
  private func attributed(
    _ found: KnownSpans, _ wanted: SpanTimes, among all: SpanTimes, _ boards: [GPUSamples], _ range: Range<Int64>,
    areSpansCut: Bool, known: KnownSpans?, others: SpansOfTenants? = nil
  ) throws(AttributionFailure) -> AttributedSpans {
    var warnings: [String] = []
    var links = known.map(SpanTimes.links) ?? [:]
    var traces = BoardAttribution.tracesNeedingLinks(all.intervals)
    // Spans of other tenants may be in the trace too.
    if let trace = known?.traceIDs.first, others == nil { traces.remove(trace) }
    if !traces.isEmpty {
      let sources: [any SpanSource] = [spans] + (others.map { [$0] } ?? [])
      for source in sources where try !addLinks(of: traces, from: source, in: range, to: &links) {
        warnings = [
          "Which span is within which was read of \(limits.linkCountMax) spans only; others count as beside each other."
        ]
      }
    }
    if areSpansCut {
      warnings.append(
        "More than \(limits.spanCountMax) spans ran on these GPUs at the time; shares are among those that were read.")
    }
    var uses = Uses(found, wanted, all, areSpansCut: areSpansCut, range, links)
    let attributed = boards.map { uses.attribute($0) }
    return AttributedSpans(boards: attributed, uses: uses.inOrder(boards), warnings: warnings)
  }

  /// False where there are more than may be read.
  private func addLinks(
    of traces: Set<TraceID>, from source: any SpanSource, in range: Range<Int64>,
    to links: inout [SpanIdentity: SpanID]
  ) throws(AttributionFailure) -> Bool {
    let read = try reading { () throws(QueryFailure) in
      try source.links(
        ofTraces: traces.sorted { ($0.high, $0.low) < ($1.high, $1.low) },
        startingIn: TimeRange(
          start: UnixNanoseconds(range.lowerBound), end: UnixNanoseconds(range.upperBound)
        ).startingEarlier(by: SpanReadLimits.lookback), limit: limits.linkCountMax)
    }
    for row in read.spanIDs.indices {
      links[SpanIdentity(traceID: read.traceIDs[row], spanID: read.spanIDs[row])] = read.parentIDs[row]
    }
    return !read.isCut
  }

  func reading<Result>(
    _ body: () throws(QueryFailure) -> Result
  ) throws(AttributionFailure) -> Result {
    do throws(QueryFailure) { return try body() } catch { throw .query(error) }
  }
}

extension TimeRange {
  func startingEarlier(by nanoseconds: Int64) -> TimeRange {
    let (start, overflows) = start.rawValue.subtractingReportingOverflow(nanoseconds)
    return TimeRange(start: UnixNanoseconds(overflows ? .min : start), end: end)
  }
}
