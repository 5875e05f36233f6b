import Base
import Columns
import Engine
package import MetricsIndex
import MetricsTables
import SQLBuilder
package import Series
import Telemetry

extension SQLTable {
  static let samples = SQLTable("samples")
  static let metricFamilies = SQLTable("metric_families")
}

/// The stored series of one tenant.
///
/// Selectors are answered by the index in memory; samples are read by one statement for each portion of series, as columns.
package struct TenantSeriesSource: Sendable {
  let index: SeriesIndex
  private let engine: any AnalyticsEngine
  private let pending: any PendingRows
  let derived: any DerivedTables
  private let queryLimits: QueryLimits
  let limits: SeriesQueryLimits
  let planner: SegmentPlanner?
  let tenant: TenantID
  private let activity: QueryActivity
  /// Nil to read every sample from the engine.
  let recent: RecentSamples?
  private let missing = MissingSamples()

  init(
    index: SeriesIndex, engine: any AnalyticsEngine, pending: any PendingRows, derived: any DerivedTables,
    queryLimits: QueryLimits, limits: SeriesQueryLimits, planner: SegmentPlanner?, tenant: TenantID,
    activity: QueryActivity, recent: RecentSamples?
  ) {
    self.index = index
    self.engine = engine
    self.pending = pending
    self.derived = derived
    self.queryLimits = queryLimits
    self.limits = limits
    self.planner = planner
    self.tenant = tenant
    self.activity = activity
    self.recent = recent
  }

  /// Whether what was read lacks samples that were acknowledged, because the store cannot take them at present.
  package var isIncomplete: Bool { missing.isNoted }

  /// Has the samples of a range that were acknowledged before stored, and their series noted.
  func settle(after: Int64, through: Int64) throws(SeriesError) {
    try settle(
      in: TimeRange(
        start: Self.nanoseconds(after), end: Self.nanoseconds(through == .max ? through : through + 1)))
  }

  /// The same of samples of any time.
  func settleAll() throws(SeriesError) { try settle(in: nil) }

  private func settle(in range: TimeRange?) throws(SeriesError) {
    let timeout = min(queryLimits.timeout, try timeLeft())
    if !pending.settle(SampleBlock.table.declaration.name, of: tenant, in: range, within: timeout) { missing.note() }
  }

  private static func nanoseconds(_ milliseconds: Int64) -> UnixNanoseconds {
    let (value, overflows) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    return UnixNanoseconds(overflows ? (milliseconds < 0 ? .min : .max) : value)
  }

  private func timeLeft() throws(SeriesError) -> Duration {
    do throws(QueryInterruption) {
      return try activity.timeLeft()
    } catch {
      throw error == .deadline ? .timeout : .cancelled
    }
  }

  func rows(_ select: Select, derivedUntil: Int64? = nil) throws(SeriesError) -> QueryResult {
    var limits = queryLimits
    limits.timeout = min(limits.timeout, try timeLeft())
    do throws(EngineError) {
      return try engine.query(
        select.statement(for: tenant, limits: limits, derivedUntil: derivedUntil), during: activity)
    } catch {
      throw SeriesError(QueryFailure(error))
    }
  }
}

extension TenantSeriesSource: SeriesSource {
  package func series(_ selection: SeriesSelection, countMax: Int) throws(SeriesError) -> [LabelSet] {
    try settle(after: selection.after, through: selection.through)
    guard let days = Self.days(after: selection.after, through: selection.through) else { return [] }
    return try index.series(of: tenant, matching: selection.matchers, days: days, countMax: countMax).map(\.labels)
  }

  package func samples(
    _ selection: SeriesSelection, isCancelled: @Sendable () -> Bool,
    _ body: (SeriesSamples) throws(SeriesError) -> Void
  ) throws(SeriesError) {
    let found = try find(selection.matchers, after: selection.after, through: selection.through)
      .sorted { ($0.metric, $0.id) < ($1.metric, $1.id) }
    try read(found, segments(of: selection), selection, isCancelled: isCancelled, body)
  }

  /// The series for which all matchers hold, in no order.
  package func find(
    _ matchers: [LabelMatcher], after: Int64, through: Int64
  ) throws(SeriesError) -> [IndexedSeries] {
    try settle(after: after, through: through)
    guard let days = Self.days(after: after, through: through) else { return [] }
    return try index.series(of: tenant, matching: matchers, days: days, countMax: limits.seriesCountMax)
  }

  /// The series of ids that ``find(_:after:through:)`` gave before, in their order, without those that are no longer kept.
  package func series(ids: ArraySlice<UInt64>) -> [IndexedSeries] { index.series(of: tenant, ids: ids) }

  /// Passes on the samples of series that were found before, in their order and in one or more portions.
  ///
  /// Series of one metric should be next to each other.
  package func samples(
    of found: [IndexedSeries], after: Int64, through: Int64, isCancelled: @Sendable () -> Bool,
    _ body: (SeriesSamples) throws(SeriesError) -> Void
  ) throws(SeriesError) {
    // Those of another range than the series were found in may still wait.
    try settle(after: after, through: through)
    let selection = SeriesSelection(matchers: [], after: after, through: through)
    let segment = SampleSegment(source: .samples, after: max(after, -1), through: through)
    try read(found, [segment], selection, isCancelled: isCancelled, body)
  }

  private func read(
    _ found: [IndexedSeries], _ segments: [SampleSegment], _ selection: SeriesSelection,
    isCancelled: @Sendable () -> Bool, _ body: (SeriesSamples) throws(SeriesError) -> Void
  ) throws(SeriesError) {
    guard let days = Self.days(after: selection.after, through: selection.through) else { return }
    var start = try readRecent(found, selection, body)
    guard start < found.count else { return }
    let rows = SampleConditions(found) { index.seriesCount(of: tenant, metric: $0, days: days) }
    var samplesLeft = limits.samplesMax
    // One sample a second is as dense as series get; the first portion says how dense these are.
    var perSeries = max(1, min(Int((selection.through &- max(selection.after, 0)) / 1_000), limits.portionSamples))
    while start < found.count {
      if isCancelled() { throw .cancelled }
      let count = min(max(1, limits.portionSamples / perSeries), found.count - start, Self.seriesPerStatementMax)
      let portion = found[start..<start + count]
      let samples = try read(portion, rows.conditions(portion), segments, selection, samplesMax: samplesLeft)
      samplesLeft -= samples.sampleCount
      perSeries = max(1, samples.sampleCount / count)
      start += count
      if samples.seriesCount > 0 { try body(samples) }
    }
  }

  /// Two-hour buckets of few series that one thread reads as fast as several.
  private static let bucketsPerThread = 3

  /// Ids are a part of the statement's text: 20 bytes each.
  static let seriesPerStatementMax = 20_000

  /// The UTC days of a range, from 1970; nil for a range before it.
  static func days(after: Int64, through: Int64) -> ClosedRange<UInt32>? {
    let day: Int64 = 86_400_000
    guard through >= 0, after < through else { return nil }
    let last = UInt32(clamping: through / day)
    return min(UInt32(clamping: (max(after, -1) + 1) / day), last)...last
  }

  private func segments(of selection: SeriesSelection) -> [SampleSegment] {
    planner?.segments(of: selection)
      ?? [SampleSegment(source: .samples, after: max(selection.after, -1), through: selection.through)]
  }

  private func read(
    _ series: ArraySlice<IndexedSeries>, _ conditions: [SQLFragment], _ segments: [SampleSegment],
    _ selection: SeriesSelection, samplesMax: Int
  ) throws(SeriesError) -> SeriesSamples {
    var parts: [PortionSamples] = []
    var left = samplesMax
    for segment in segments {
      var part: PortionSamples?
      switch segment.source {
      case .samples: break
      case .same(let level), .rest(let level):
        part = try steps(of: series, segment, level, selection, samplesMax: left)
      }
      let read = if let part { part } else { try samples(of: series, conditions, segment, samplesMax: left) }
      left -= read.samples.sampleCount
      parts.append(read)
    }
    return parts.isEmpty ? SeriesSamples() : PortionSamples.joined(parts, of: series)
  }

  private func samples(
    of series: ArraySlice<IndexedSeries>, _ conditions: [SQLFragment], _ segment: SampleSegment, samplesMax: Int
  ) throws(SeriesError) -> PortionSamples {
    let buckets = SampleBlock.bucket(of: segment.after + 1)...SampleBlock.bucket(of: segment.through)
    var select = Select(
      ["series_id", "reinterpretAsInt64(time) AS milliseconds", "number", "scale"], from: .samples,
      where: conditions + [
        "bucket >= \(Int64(buckets.lowerBound))", "bucket <= \(Int64(buckets.upperBound))",
        "time > fromUnixTimestamp64Milli(\(segment.after))", "time <= fromUnixTimestamp64Milli(\(segment.through))",
      ],
      limit: samplesMax + 1)
    // Each part of the table has a granule at least of each bucket, so a long range is worth several threads.
    if series.count < 500, buckets.count <= Self.bucketsPerThread { select.threadCount = 1 }
    let result = try rows(select)
    guard result.rowCount <= samplesMax else { throw tooManySamples }
    return SampleSorter(series).samples(of: result)
  }

  var tooManySamples: SeriesError {
    .limitExceeded(
      "the query reads more than \(limits.samplesMax) samples; ask for a shorter time, or for fewer series")
  }
}

extension SeriesError {
  init(_ failure: QueryFailure) {
    self =
      switch failure.reason {
      case .timeout: .timeout
      case .cancelled: .cancelled
      case .tooLarge:
        .limitExceeded(
          "the query needs more memory than one may have (query.memory); ask for a shorter time, or for fewer series")
      case .unavailable, .overloaded, .invalidRegex, .defect: .unavailable("\(failure)")
      }
  }
}
