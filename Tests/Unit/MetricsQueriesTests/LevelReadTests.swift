import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import MetricsIndex
import MetricsTables
import PromQL
import Schema
import Series
import SeriesPatterns
import System
import Telemetry
import Testing

@testable import MetricsQueries

/// Goal: a question has the same result from roll-ups as from samples while these are there, and a close one later.
///
/// Method: three days of samples with gaps, NaN, stale markers, late and double samples. Random questions are answered
/// from the samples alone and with roll-ups, and compared bit by bit.
@Suite struct LevelReadTests {
  private static let day: Int64 = 86_400_000
  /// The beginning of a day that every table keeps.
  private static let start: Int64 = WallClock.now.rawValue / 86_400_000_000_000 * day - 5 * day
  private static let end = start + 3 * day

  private let store: EmbeddedStore
  private let index = SeriesIndex()

  init() throws {
    var options = EmbeddedStoreOptions(folder: "")
    options.retention[SampleLevel.minutes.retention] = .seconds(30 * 86_400)
    store = try EngineFixture.store(
      name: EngineFixture.newName(), options, schema: StoreSchema(tables: MetricsTables.all, steps: MetricsTables.steps)
    )
    var random = SplitMix(state: 7)
    var rows: [Row] = []
    for series in 1...4 as ClosedRange<UInt64> {
      for day in [Self.start, Self.end] {
        index.insert(series, of: .default, metric: 7, day: UInt32(day / Self.day)) {
          LabelSet([Label("__name__", "work_total"), Label("host", "h\(series)")])
        }
      }
      rows += Self.samples(of: series, &random)
    }
    // Some come late, and some twice, the second time with another value.
    var late: [Row] = []
    var inTime: [Row] = []
    for row in rows {
      if random.next() % 20 == 0 { late.append(row) } else { inTime.append(row) }
      if random.next() % 50 == 0 { late.append(Row(series: row.series, time: row.time, value: row.value + 3)) }
    }
    try insert(inTime)
    try store.rollUp()
    try insert(late)
    try store.rollUp()
    // What no roll-up has yet.
    try insert(rows.suffix(40).map { Row(series: $0.series, time: $0.time + 1, value: $0.value + 1) })
  }

  private struct Row {
    let series: UInt64
    let time: Int64
    let value: Double
  }

  private static func samples(of series: UInt64, _ random: inout SplitMix) -> [Row] {
    var rows: [Row] = []
    var time = start
    var value = 0.0
    while time < end {
      // Mostly every 30 s, on the full minute too.
      time += 30_000 + (random.next() % 10 == 0 ? Int64(random.next() % 20_000) : 0)
      switch random.next() % 200 {
      case 0: value = 0
      case 1:
        rows.append(Row(series: series, time: time, value: StaleMarker.value))
        time += Int64(random.next() % 3_600_000)
        continue
      case 2:
        rows.append(Row(series: series, time: time, value: .nan))
        continue
      default: value += Double(random.next() % 100) / 7
      }
      rows.append(Row(series: series, time: time, value: value))
    }
    return rows
  }

  private func insert(_ rows: [Row]) throws {
    let block = SampleBlock()
    for row in rows {
      block.tenant.append(1)
      block.metric.append(7)
      block.bucket.append(SampleBlock.bucket(of: row.time))
      block.seriesID.append(row.series)
      block.time.append(row.time * 1_000_000)
      block.append(value: row.value)
      block.batchID.append(1)
    }
    try store.insert(block.columns, into: "samples")
  }

  /// What a question has for a result, one line for each series; values by their bits, NaN as such.
  ///
  /// - Parameter retention: nil to read samples alone.
  private func lines(
    _ query: String, first: Int64, last: Int64, step: Int64, retention: RetentionPolicy?
  ) throws -> [String] {
    let reader = SeriesReader(
      index: index, engine: store, pending: NothingPending(), derived: store.derivedTables(of: "samples"),
      retention: retention, now: { UnixNanoseconds(Self.end * 1_000_000) },
      queryLimits: QueryLimits(timeout: .seconds(60), memoryBytesMax: 1 << 30))
    let source = reader.series(of: .default, during: QueryActivity { .seconds(60) })
    let expression = try PromQLParser(patterns: SeriesPatternCompiler()).parse(query)
    let result = try PromQLEngine(compiler: SeriesPatternCompiler()).range(
      expression, from: first, through: last, step: step, over: source, isCancelled: { false })
    guard case .matrix(let series) = result.value else { return ["\(result.value)"] }
    return (0..<series.seriesCount).map { index in
      let points = series.range(of: index).map { "\(series.times[$0]):\(Self.text(series.values[$0]))" }
      return "\(series.labels[index]) \(points.joined(separator: " "))"
    }
    .sorted()
  }

  /// Whatever the bits of NaN are, no reader sees them.
  private static func text(_ value: Double) -> String { value.isNaN ? "NaN" : String(value.bitPattern) }

  private static let kept: RetentionPolicy = {
    var policy = RetentionPolicy()
    policy[.samples] = .seconds(30 * 86_400)
    return policy
  }()

  private static let functions = [
    "work_total", "last_over_time(work_total[W])", "max_over_time(work_total[W])", "min_over_time(work_total[W])",
    "sum_over_time(work_total[W])", "count_over_time(work_total[W])", "avg_over_time(work_total[W])",
    "rate(work_total[W])", "increase(work_total[W])", "timestamp(work_total)", "sum(work_total)",
    "max_over_time(work_total[W]) - work_total", "work_total offset 5m", "changes(work_total[W])",
    "max_over_time(work_total[W] @ end())", "quantile_over_time(0.5, work_total[W])",
  ]

  @Test func `random questions have the same result with roll-ups while the samples are there`() throws {
    var random = SplitMix(state: 3)
    var nonEmptyCount = 0
    for round in 0..<64 {
      let unit = [15_000, 60_000, 300_000, 3_600_000, 86_400_000][Int(random.next() % 5)] as Int64
      let step = unit * Int64(1 + random.next() % 3)
      let window = "\(unit * Int64(1 + random.next() % 4))ms"
      let offset = random.next() % 4 == 0 ? Int64(random.next() % 60_000) : 0
      let first = Self.start + Int64(random.next() % 24) * 3_600_000 + offset
      let last = min(first + step * Int64(10 + random.next() % 300), Self.end)
      let query = Self.functions[round % Self.functions.count].split(separator: "W").joined(separator: window)
      let wanted = try lines(query, first: first, last: last, step: step, retention: nil)
      let found = try lines(query, first: first, last: last, step: step, retention: Self.kept)
      #expect(found == wanted, "\(query) from \(first - Self.start) through \(last - Self.start) by \(step)")
      if !wanted.isEmpty { nonEmptyCount += 1 }
    }
    #expect(nonEmptyCount > 50)
  }

  private static let coarse: [(query: String, step: Int64)] = [
    ("work_total", 60_000), ("max_over_time(work_total[2m])", 120_000),
    ("work_total", 300_000), ("work_total", 3_600_000), ("last_over_time(work_total[5m])", 300_000),
    ("last_over_time(work_total[1h])", 3_600_000), ("last_over_time(work_total[1d])", day),
    ("max_over_time(work_total[5m])", 300_000), ("max_over_time(work_total[10m])", 600_000),
    ("max_over_time(work_total[1h])", 3_600_000), ("max_over_time(work_total[1d])", day),
    ("sum(max_over_time(work_total[1h]))", 3_600_000),
  ]

  /// Drops the days of samples that end before the last one, and keeps samples since some time of that.
  private func dropSamples(keepingSince seconds: Int64) throws -> RetentionPolicy {
    let gone = try store.query(
      SQLStatement(
        "SELECT DISTINCT toString(toDate(time)) AS day FROM samples "
          + "WHERE time < fromUnixTimestamp64Milli(\(Self.end - Self.day)) ORDER BY day"))
    for row in 0..<gone.rowCount {
      try store.execute(SQLStatement("ALTER TABLE samples DROP PARTITION '\(gone["day"].string(row) ?? "")'"))
    }
    let left = try store.query(SQLStatement("SELECT reinterpretAsInt64(min(time)) AS first FROM samples"))
    #expect((left["first"].int(0) ?? 0) >= Self.end - Self.day)
    var policy = RetentionPolicy()
    policy[.samples] = .seconds(86_400 - seconds)
    policy[SampleLevel.minutes.retention] = .seconds(30 * 86_400)
    return policy
  }

  /// Right at the seam, and where the oldest samples that are kept begin within a step.
  @Test(arguments: [0, 1_387] as [Int64])
  func `where samples are gone, roll-ups have the same extremes and last values up to the seam`(
    seconds: Int64
  ) throws {
    let wanted = try Self.coarse.map {
      try lines($0.query, first: Self.start + $0.step, last: Self.end, step: $0.step, retention: nil)
    }
    let rate = "rate(work_total[1h])"
    let rates = try lines(rate, first: Self.start + 3_600_000, last: Self.end, step: 3_600_000, retention: nil)
    let policy = try dropSamples(keepingSince: seconds)
    for (question, wanted) in zip(Self.coarse, wanted) {
      let found = try lines(
        question.query, first: Self.start + question.step, last: Self.end, step: question.step, retention: policy)
      #expect(found == wanted, "\(question.query) by \(question.step)")
      #expect(!wanted.isEmpty)
    }
    // Rates are close, and of the same steps.
    let found = try lines(rate, first: Self.start + 3_600_000, last: Self.end, step: 3_600_000, retention: policy)
    #expect(found.map(Self.times) == rates.map(Self.times))
    #expect(!rates.isEmpty)
    // The last day alone would be a third of it.
    let samples = try lines("work_total", first: Self.start, last: Self.end, step: 3_600_000, retention: nil)
    let whole = try lines("work_total", first: Self.start, last: Self.end, step: 3_600_000, retention: policy)
    #expect(samples.map { Self.times($0).count }.max() ?? 0 <= 25)
    #expect(whole.map { Self.times($0).count }.min() ?? 0 > 48)
  }

  /// The times of the points of a line.
  private static func times(_ line: String) -> [Substring] {
    line.split(separator: " ").filter { $0.contains(":") && $0.first?.isNumber == true }
      .map { $0.prefix { $0 != ":" } }
  }
}

/// The same numbers in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
