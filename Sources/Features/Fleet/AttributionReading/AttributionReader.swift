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
      tenant: tenant, spans: spans.spans(of: tenant, during: activity),
      samples: GPUSampleReader(source: series.series(of: tenant, during: activity), limits: limits, activity: activity),
      limits: limits, activity: activity, operators: try operatorsGPUs(for: tenant, spans, series, during: activity))
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
  let tenant: TenantID
  let spans: any SpanSource
  let samples: GPUSampleReader
  let limits: AttributionLimits
  let activity: QueryActivity
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

  /// Whether a span that is kept names a GPU or a part of one, or series that are kept are of it.
  package func isKnown(_ gpuID: String) throws(AttributionFailure) -> Bool {
    let range = TimeRange(start: UnixNanoseconds(0), end: UnixNanoseconds(.max))
    let found = try reading { () throws(QueryFailure) in
      try spans.spans(on: [gpuID], startingIn: range, newestFirst: true, after: nil, limit: 1)
    }
    return found.count > 0 ? true : try samples.hasBoard(gpuID)
  }

  /// All that spans did to boards in a time, of spans that overlap it; of those that reach beyond it the part within counts.
  ///
  /// - Parameters:
  ///   - tenants: Whose each of the spans is.
  ///   - ids: UUIDs of boards and parts.
  ///   - sources: Where the links of each tenant's spans are read.
  func everything(
    of found: KnownSpans, by tenants: [TenantID], ids: Set<String>, on boards: [GPUSamples], in range: TimeRange,
    sources: [(tenant: TenantID, spans: any SpanSource)]
  ) throws(AttributionFailure) -> AttributedSpans {
    let times = SpanTimes(found, ids: ids, of: tenants)
    return try attributed(
      found, times, among: times, boards, range.start.rawValue..<range.end.rawValue, areSpansCut: found.isCut,
      known: nil, sources: sources)
  }

  /// Attributes spans, with all others that ran beside them.
  private func attributed(
    _ found: KnownSpans, on ids: Set<String>? = nil, isWholeTrace: Bool = false
  ) throws(AttributionFailure) -> AttributedSpans {
    let own = SpanTimes(found, ids: ids, of: Array(repeating: tenant, count: found.count))
    guard let range = own.range else { return AttributedSpans(boards: [], uses: [], warnings: []) }
    guard own.ids.count <= limits.gpuCountMax else {
      throw .limitExceeded("the spans name more than \(limits.gpuCountMax) GPUs; ask for fewer spans")
    }
    let (boards, cut) = try boards(own.ids, in: range, of: own)
    let time = TimeRange(start: UnixNanoseconds(range.lowerBound), end: UnixNanoseconds(range.upperBound))
    let beside = try reading { () throws(QueryFailure) in
      try spans.spans(on: own.ids.sorted(), overlapping: time, limit: limits.spanCountMax)
    }
    var all = own.adding(SpanTimes(beside, ids: own.ids, of: Array(repeating: tenant, count: beside.count)))
    var areSpansCut = beside.isCut
    let sharedIDs = self.sharedIDs(boards).intersection(own.ids)
    var sources = [(tenant: tenant, spans: spans)]
    if let operators, !sharedIDs.isEmpty, !areSpansCut {
      let (found, tenants) = try reading { () throws(QueryFailure) in
        try operators.others.spansByTenant(
          on: sharedIDs.sorted(), overlapping: time, limit: limits.spanCountMax - beside.count)
      }
      areSpansCut = found.isCut
      if found.count > 0 {
        all = all.adding(SpanTimes(found, ids: sharedIDs, of: tenants))
        sources += operators.others.sources
      }
    }
    var attributed = try attributed(
      found, own, among: all, boards, range, areSpansCut: areSpansCut, known: isWholeTrace ? found : nil,
      sources: sources)
    if let cut {
      attributed.warnings.append(
        "Samples of GPUs were read from \(UnixNanoseconds(cut.lowerBound)) to \(UnixNanoseconds(cut.upperBound)) only, "
          + "as those of the whole time are more than \(limits.sampleCountMax); `coverage` says how much of a span that is."
      )
    }
    return attributed
  }

  /// The boards with their samples of a time; of a part of it, which is said, where all are more than may be read.
  private func boards(
    _ ids: Set<String>, in range: Range<Int64>, of spans: SpanTimes
  ) throws(AttributionFailure) -> (boards: [GPUSamples], cut: Range<Int64>?) {
    do throws(AttributionFailure) { return (try boards(ids, in: range), nil) } catch {
      guard case .limitExceeded = error else { throw error }
      for length in Self.cutLengths where range.upperBound - length > range.lowerBound {
        try check()
        let cut = spans.busiestTime(of: length).clamped(to: range)
        do throws(AttributionFailure) { return (try boards(ids, in: cut), cut) } catch {
          guard case .limitExceeded = error else { throw error }
        }
      }
      throw error
    }
  }

  /// Of what times samples are read where all are too many: a day, and an hour, of which those of 256 GPUs can be.
  private static let cutLengths: [Int64] = [86_400_000_000_000, 3_600_000_000_000]

  /// Throws where nobody waits for an answer any more.
  private func check() throws(AttributionFailure) {
    do throws(QueryInterruption) { _ = try activity.timeLeft() } catch {
      throw .query(QueryFailure(error))
    }
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
  ///   - known: A whole trace of the tenant, whose links are known.
  ///   - sources: Where the links of each tenant's spans are read.
  private func attributed(
    _ found: KnownSpans, _ wanted: SpanTimes, among all: SpanTimes, _ boards: [GPUSamples], _ range: Range<Int64>,
    areSpansCut: Bool, known: KnownSpans?, sources: [(tenant: TenantID, spans: any SpanSource)]
  ) throws(AttributionFailure) -> AttributedSpans {
    var warnings: [String] = []
    var links = known.map { SpanTimes.links($0, of: tenant) } ?? [:]
    var traces = BoardAttribution.tracesNeedingLinks(all.intervals)
    if let trace = known?.traceIDs.first { traces[tenant]?.remove(trace) }
    for source in sources {
      guard let traces = traces[source.tenant], !traces.isEmpty else { continue }
      if try addLinks(of: traces, source.tenant, from: source.spans, in: range, to: &links) { continue }
      warnings = [
        "Which span is within which was read of \(limits.linkCountMax) spans only; others count as beside each other."
      ]
    }
    if areSpansCut {
      warnings.append(
        "More than \(limits.spanCountMax) spans ran on these GPUs at the time; shares are among those that were read.")
    }
    var uses = Uses(found, wanted, all, areSpansCut: areSpansCut, range, links)
    var attributed: [AttributedBoard] = []
    for board in boards {
      try check()
      attributed.append(uses.attribute(board))
    }
    return AttributedSpans(
      boards: attributed,
      uses: try uses.inOrder(boards) { () throws(AttributionFailure) in try check() }, warnings: warnings)
  }

  /// False where there are more than may be read.
  private func addLinks(
    of traces: Set<TraceID>, _ tenant: TenantID, from source: any SpanSource, in range: Range<Int64>,
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
      let identity = SpanIdentity(tenant: tenant, traceID: read.traceIDs[row], spanID: read.spanIDs[row])
      links[identity] = read.parentIDs[row]
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
