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
    let rows = LevelRows(series, segment, level, rowsMax: samplesMax + 1)
    guard let reader = try reader(of: rows, isWhole: !isSame || use != .last, isSame: isSame) else { return nil }
    let sketch = use == .values && use.isAligned(to: level, selection.hints) ? try buckets(of: rows) : nil
    let writer = StepWriter(
      use: use, hints: selection.hints, after: segment.after, through: segment.through, width: level.milliseconds,
      fills: !isSame, countMax: samplesMax)
    let labels = Dictionary(series.map { ($0.id, $0.labels) }) { first, _ in first }
    var portion = PortionSamples()
    try reader.forEachSeries(with: sketch) { (id, steps) throws(SeriesError) in
      let start = portion.samples.sampleCount
      for step in steps { writer.append(step, to: &portion.samples, from: start) }
      guard portion.samples.sampleCount <= writer.countMax else { throw tooManySamples }
      if portion.samples.sampleCount > start, let labels = labels[id] {
        portion.samples.endSeries(labels)
        portion.ids.append(id)
      }
    }
    return portion
  }

  /// Passes on the steps of a level, with what its sketch has, one series after the other.
  func readSteps(
    of series: ArraySlice<IndexedSeries>, _ segment: SampleSegment, _ level: SampleLevel, rowsMax: Int,
    _ body: (_ id: UInt64, [LevelStep]) throws(SeriesError) -> Void
  ) throws(SeriesError) {
    let rows = LevelRows(series, segment, level, rowsMax: rowsMax + 1)
    guard let reader = try reader(of: rows, isWhole: true, isSame: false) else { return }
    try reader.forEachSeries(with: try buckets(of: rows), body)
  }

  private func reader(of rows: LevelRows, isWhole: Bool, isSame: Bool) throws(SeriesError) -> StepReader? {
    let select = rows.select(isWhole: isWhole)
    let result: QueryResult? = try derived.read { (until) throws(SeriesError) in
      // Rows of the last seconds may be missing in what is gone, in nothing that must be the same.
      if until == nil, isSame { return nil }
      if derived.hasNewerCommits { derived.didComputeNewerRows() }
      return try self.rows(select, derivedUntil: derived.hasNewerCommits ? until : nil)
    }
    guard let result else { return nil }
    guard result.rowCount < rows.rowsMax else { throw tooManySamples }
    return StepReader(result)
  }

  /// Nil where the level has no sketch.
  private func buckets(of rows: LevelRows) throws(SeriesError) -> StepBucketReader? {
    guard let select = rows.selectBuckets() else { return nil }
    let result = try self.rows(select)
    guard result.rowCount < rows.rowsMax else { throw tooManySamples }
    return StepBucketReader(result)
  }
}

/// Which rows of a level are read.
private struct LevelRows {
  let rowsMax: Int
  private let level: SampleLevel
  private let conditions: [SQLFragment]
  private let step: SQLFragment
  private let threadCount: Int?

  init(_ series: ArraySlice<IndexedSeries>, _ segment: SampleSegment, _ level: SampleLevel, rowsMax: Int) {
    self.level = level
    self.rowsMax = rowsMax
    threadCount = series.count < 500 ? 1 : nil
    let seconds = Int64(level.seconds)
    step = "intDiv(toUnixTimestamp(time) + \(seconds - 1), \(seconds)) AS step"
    let metrics = Set(series.map { UInt64($0.metric) })
    // A step that reaches beyond the segment may have samples within it.
    let last = SegmentPlanner.roundedUp(segment.through, to: level.milliseconds) / 1_000
    let first = segment.after < 0 ? 0 : segment.after / 1_000 + 1
    conditions = [
      "has(\(metrics.sorted()), toUInt64(metric))", "time >= fromUnixTimestamp(\(first))",
      "time <= fromUnixTimestamp(\(last))",
      "series_id IN \(series.map(\.id))",
    ]
  }

  func select(isWhole: Bool) -> Select {
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
    var select = Select(
      [
        "series_id", "toInt64(step) AS step_number", "reinterpretAsInt64(tupleElement(max(last), 1)) AS last_time",
        "if(tupleElement(max(last), 2) = 0, nan, tupleElement(max(last), 3)) AS last_value",
        "reinterpretAsInt64(max(stale)) AS stale_time",
      ] + merged,
      from: .union([
        Select(states, from: SQLTable(level), where: conditions),
        Select(states, from: .commits(of: .sampleMinutes), where: conditions),
      ]), groupBy: ["series_id", "step"], orderBy: ["series_id", "step"], limit: rowsMax)
    select.threadCount = threadCount
    return select
  }

  func selectBuckets() -> Select? {
    guard let sketch = SampleSketch(of: level) else { return nil }
    var select = StepBucketReader.select(sketch, where: conditions, step: step, rowsMax: rowsMax)
    select.threadCount = threadCount
    return select
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

  func forEachSeries(
    with sketch: StepBucketReader?, _ body: (_ id: UInt64, [LevelStep]) throws(SeriesError) -> Void
  ) throws(SeriesError) {
    var sketch = sketch
    var row = 0
    while row < result.rowCount {
      let id = id(row)
      var steps: [LevelStep] = []
      while row < result.rowCount, self.id(row) == id {
        var step = step(row)
        if let buckets = sketch?.buckets(of: id, step: step.number, from: step.min, through: step.max) {
          step.buckets = buckets
        }
        steps.append(step)
        row += 1
      }
      try body(id, steps)
    }
  }

  private func id(_ row: Int) -> UInt64 { result["series_id"].unsigned(row) ?? 0 }

  private func step(_ row: Int) -> LevelStep {
    let last = (time: int("last_time", row), value: double("last_value", row))
    guard isWhole else {
      return LevelStep(
        first: last, last: last, stale: int("stale_time", row), count: last.time > 0 ? 1 : 0, sum: 0, min: 0, max: 0,
        number: int("step_number", row))
    }
    let (count, nanCount) = (Int(int("value_count", row)), Int(int("nans", row)))
    let hasNumber = count > nanCount
    return LevelStep(
      first: (int("first_time", row), double("first_value", row)), last: last,
      stale: int("stale_time", row), count: count, sum: double("total", row),
      min: hasNumber ? double("least", row) : .nan, max: hasNumber ? double("greatest", row) : .nan,
      nanCount: nanCount, number: int("step_number", row))
  }

  private func int(_ column: String, _ row: Int) -> Int64 { result[column].int(row) ?? 0 }
  private func double(_ column: String, _ row: Int) -> Double { result[column].double(row) ?? .nan }
}
