import Base
import Columns
import Engine
import MetricsIndex
import MetricsTables
import SQLBuilder
import Series

extension SQLTable {
  static let sampleMinutes = SQLTable("sample_minutes")
  static let sampleFiveMinutes = SQLTable("sample_five_minutes")
  static let sampleHours = SQLTable("sample_hours")
  static let sampleDays = SQLTable("sample_days")

  /// The table of a level.
  init(_ level: SampleLevel) {
    let tables: [SQLTable] = [.sampleMinutes, .sampleFiveMinutes, .sampleHours, .sampleDays]
    guard let table = tables.first(where: { $0.name == level.table }) else {
      preconditionFailure("no statement reads \(level.table)")
    }
    self = table
  }
}

extension TenantSeriesSource {
  /// The steps of a level for some series, as samples; nil where the level lacks the newest, so that the samples must be
  /// read.
  func steps(
    of series: ArraySlice<IndexedSeries>, _ segment: SampleSegment, _ level: SampleLevel, _ selection: SeriesSelection,
    samplesMax: Int
  ) throws(SeriesError) -> PortionSamples? {
    let isSame = segment.source == .same(level)
    let use = LevelUse(selection.hints)
    var select = Self.select(
      series, segment, level, isWhole: !isSame || use != .last, rowsMax: samplesMax + 1)
    if series.count < 500 { select.threadCount = 1 }
    let result: QueryResult? = try derived.read { (until) throws(SeriesError) in
      // Rows of the last seconds may be missing in what is gone, in nothing that must be the same.
      if until == nil, isSame { return nil }
      if derived.hasNewerCommits { derived.didComputeNewerRows() }
      return try rows(select, derivedUntil: derived.hasNewerCommits ? until : nil)
    }
    guard let result else { return nil }
    let writer = StepWriter(
      use: use, hints: selection.hints, after: segment.after, through: segment.through, width: level.milliseconds,
      fills: !isSame, countMax: samplesMax)
    guard result.rowCount <= samplesMax else { throw tooManySamples }
    return try Self.samples(of: result, series, writer) { [tooManySamples] in tooManySamples }
  }

  private static func select(
    _ series: ArraySlice<IndexedSeries>, _ segment: SampleSegment, _ level: SampleLevel, isWhole: Bool, rowsMax: Int
  ) -> Select {
    let metrics = Set(series.map { UInt64($0.metric) })
    let seconds = Int64(level.seconds)
    // A step that reaches beyond the segment may have samples within it.
    let last = SegmentPlanner.roundedUp(segment.through, to: level.milliseconds) / 1_000
    let first = segment.after < 0 ? 0 : segment.after / 1_000 + 1
    let conditions: [SQLFragment] = [
      "has(\(metrics.sorted()), toUInt64(metric))", "time >= fromUnixTimestamp(\(first))",
      "time <= fromUnixTimestamp(\(last))",
      "series_id IN \(series.map(\.id))",
    ]
    let step: SQLFragment = "intDiv(toUnixTimestamp(time) + \(seconds - 1), \(seconds)) AS step"
    let whole: [SQLFragment] = isWhole ? ["first", "count", "nan_count", "sum", "min", "max"] : []
    let states: [SQLFragment] = ["series_id", step, "last", "stale"] + whole
    let merged: [SQLFragment] =
      isWhole
      ? [
        "toInt64(sum(count)) AS value_count", "toInt64(sum(nan_count)) AS nans", "sum(sum) AS total",
        "min(min) AS least", "max(max) AS greatest",
        "reinterpretAsInt64(tupleElement(min(first), 1)) AS first_time",
        "if(tupleElement(min(first), 2) = 1, nan, -tupleElement(min(first), 3)) AS first_value",
      ] : []
    return Select(
      [
        "series_id", "reinterpretAsInt64(tupleElement(max(last), 1)) AS last_time",
        "if(tupleElement(max(last), 2) = 0, nan, tupleElement(max(last), 3)) AS last_value",
        "reinterpretAsInt64(max(stale)) AS stale_time",
      ] + merged,
      from: .union([
        Select(states, from: SQLTable(level), where: conditions),
        Select(states, from: .commits(of: .sampleMinutes), where: conditions),
      ]), groupBy: ["series_id", "step"], orderBy: ["series_id", "step"], limit: rowsMax)
  }

  private static func samples(
    of result: QueryResult, _ series: ArraySlice<IndexedSeries>, _ writer: StepWriter,
    tooMany: () -> SeriesError
  ) throws(SeriesError) -> PortionSamples {
    let labels = Dictionary(series.map { ($0.id, $0.labels) }) { first, _ in first }
    let reader = StepReader(result)
    var portion = PortionSamples()
    var row = 0
    while row < result.rowCount {
      let id = reader.id(row)
      let start = portion.samples.sampleCount
      while row < result.rowCount, reader.id(row) == id {
        writer.append(reader.step(row), to: &portion.samples, from: start)
        row += 1
      }
      guard portion.samples.sampleCount <= writer.countMax else { throw tooMany() }
      if portion.samples.sampleCount > start, let labels = labels[id] {
        portion.samples.endSeries(labels)
        portion.ids.append(id)
      }
    }
    return portion
  }
}

/// Reads the rows of steps.
private struct StepReader {
  private let result: QueryResult
  private let isWhole: Bool

  init(_ result: QueryResult) {
    self.result = result
    isWhole = result.columns.contains { $0.name == "first_time" }
  }

  func id(_ row: Int) -> UInt64 { result["series_id"].unsigned(row) ?? 0 }

  func step(_ row: Int) -> LevelStep {
    let last = (time: int("last_time", row), value: double("last_value", row))
    guard isWhole else {
      return LevelStep(
        first: last, last: last, stale: int("stale_time", row), count: last.time > 0 ? 1 : 0, sum: 0, min: 0, max: 0)
    }
    let count = Int(int("value_count", row))
    let hasNumber = count > Int(int("nans", row))
    return LevelStep(
      first: (int("first_time", row), double("first_value", row)), last: last,
      stale: int("stale_time", row), count: count, sum: double("total", row),
      min: hasNumber ? double("least", row) : .nan, max: hasNumber ? double("greatest", row) : .nan)
  }

  private func int(_ column: String, _ row: Int) -> Int64 { result[column].int(row) ?? 0 }
  private func double(_ column: String, _ row: Int) -> Double { result[column].double(row) ?? .nan }
}
