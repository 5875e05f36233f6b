import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import MetricsTables
import Schema
import Series
import System
import Telemetry
import Testing

/// Goal: every level says of each series and step what its samples say, whenever they came.
///
/// Method: what the levels hold is compared with what is computed here from the same samples.
@Suite struct SampleLevelTests {
  private typealias Sample = (series: UInt64, time: Int64, value: Double)

  private static func store() throws -> EmbeddedStore {
    var options = EmbeddedStoreOptions(folder: "")
    // The samples of these tests are some days old.
    options.retention[SampleLevel.minutes.retention] = .seconds(30 * 86_400)
    return try EngineFixture.store(
      name: EngineFixture.newName(), options,
      schema: StoreSchema(tables: MetricsTables.all, steps: MetricsTables.steps))
  }

  /// The beginning of a day that every table keeps, in milliseconds since 1970.
  private static let start: Int64 = WallClock.now.rawValue / 86_400_000_000_000 * 86_400_000 - 5 * 86_400_000

  private static func commit(_ samples: [Sample], into store: EmbeddedStore) throws {
    let block = SampleBlock()
    for (series, time, value) in samples {
      block.tenant.append(1)
      block.metric.append(7)
      block.bucket.append(SampleBlock.bucket(of: start + time))
      block.seriesID.append(series)
      block.time.append((start + time) * 1_000_000)
      block.append(value: value)
      block.batchID.append(1)
    }
    try store.insert(block.columns, into: "samples")
  }

  /// The rows of a level, one line each: series, end of the step in seconds, then its columns in order.
  private static func lines(_ level: SampleLevel, of store: EmbeddedStore) throws -> [String] {
    let result = try store.query(
      SQLStatement(
        """
        SELECT concat(toString(series_id), ' @', toString(toInt64(toUnixTimestamp(time)) - \(start / 1_000)), ': ',
          toString(sum(count)), ' ', toString(sum(nan_count)), ' ', toString(sum(sum)), ' ', toString(min(min)), ' ',
          toString(max(max)),
          ' first ', toString(reinterpretAsInt64(min(first).1) - \(start)), ' ', toString(min(first).2), ' ',
          toString(-min(first).3),
          ' last ', toString(reinterpretAsInt64(max(last).1) - \(start)), ' ', toString(max(last).2), ' ',
          toString(max(last).3),
          ' stale ', toString(reinterpretAsInt64(max(stale)) - \(start))) AS line
        FROM \(level.table) GROUP BY series_id, time ORDER BY series_id, time
        """))
    return (0..<result.rowCount).map { result["line"].string($0) ?? "" }
  }

  @Test func `a step ends at its time, and includes it`() throws {
    let store = try Self.store()
    try Self.commit([(1, 0, 5), (1, 1, 2), (1, 299_999, 3), (1, 300_000, 4), (1, 300_001, 8)], into: store)
    try store.rollUp()
    let none = -Self.start
    #expect(
      try Self.lines(.fiveMinutes, of: store) == [
        "1 @0: 1 0 5 5 5 first 0 0 5 last 0 1 5 stale \(none)",
        "1 @300: 3 0 9 2 4 first 1 0 2 last 300000 1 4 stale \(none)",
        "1 @600: 1 0 8 8 8 first 300001 0 8 last 300001 1 8 stale \(none)",
      ])
    #expect(
      try Self.lines(.days, of: store) == [
        "1 @0: 1 0 5 5 5 first 0 0 5 last 0 1 5 stale \(none)",
        "1 @86400: 4 0 17 2 8 first 1 0 2 last 300001 1 8 stale \(none)",
      ])
  }

  @Test func `NaN is counted and is in no extreme; a stale marker is no value`() throws {
    let store = try Self.store()
    try Self.commit([(1, 10, .nan), (1, 20, 3), (1, 30, StaleMarker.value), (2, 10, .nan)], into: store)
    try Self.commit([(3, 10, StaleMarker.value)], into: store)
    try store.rollUp()
    let none = -Self.start
    let noFirst = 7_258_118_400_000 - Self.start
    let wanted = [
      "1 @300: 2 1 nan 3 3 first 10 1 0 last 20 1 3 stale 30",
      "2 @300: 1 1 nan inf -inf first 10 1 0 last 10 0 0 stale \(none)",
      "3 @300: 0 0 0 inf -inf first \(noFirst) 1 0 last \(none) 0 0 stale 10",
    ]
    #expect(try Self.lines(.fiveMinutes, of: store) == wanted)
    #expect(
      try Self.lines(.hours, of: store)
        == wanted.map { $0.split(separator: "300:", maxSplits: 1) }
        .map { "\($0[0])3600:\($0[1])" })
  }

  @Test func `of one time the greatest value counts, once in a commit and as an extreme from another`() throws {
    let store = try Self.store()
    try Self.commit([(1, 10, 1), (1, 10, 4), (1, 10, .nan), (1, 10, StaleMarker.value), (1, 10, 2)], into: store)
    try store.rollUp()
    let none = -Self.start
    #expect(try Self.lines(.fiveMinutes, of: store) == ["1 @300: 1 0 4 4 4 first 10 0 4 last 10 1 4 stale \(none)"])
    try Self.commit([(1, 10, 9), (1, 20, 9)], into: store)
    try Self.commit([(1, 20, 9)], into: store)
    try store.rollUp()
    #expect(try Self.lines(.fiveMinutes, of: store) == ["1 @300: 3 0 22 4 9 first 10 0 9 last 20 1 9 stale \(none)"])
  }

  private static let ofOneTime =
    [
      ("negative numbers", [-5, -2, -9], "1 0 -2 -2 -2 first 10 0 -2 last 10 1 -2"),
      ("negative infinity", [-.infinity], "1 0 -inf -inf -inf first 10 0 -inf last 10 1 -inf"),
      ("a number and negative infinity", [-.infinity, -8], "1 0 -8 -8 -8 first 10 0 -8 last 10 1 -8"),
      ("negative infinity and NaN", [.nan, -.infinity], "1 0 -inf -inf -inf first 10 0 -inf last 10 1 -inf"),
      ("infinity", [3, .infinity, .nan], "1 0 inf inf inf first 10 0 inf last 10 1 inf"),
      ("NaN and the end of the series", [StaleMarker.value, .nan], "1 1 nan inf -inf first 10 1 0 last 10 0 0"),
      ("the smallest number", [.leastNonzeroMagnitude], "1 0 5e-324 5e-324 5e-324 first 10 0 5e-324 last 10 1 5e-324"),
    ] as [(name: String, values: [Double], wanted: String)]

  @Test(arguments: ofOneTime)
  func `of several values of one time one counts`(name: String, values: [Double], wanted: String) throws {
    let store = try Self.store()
    try Self.commit(values.map { (1, 10, $0) }, into: store)
    try store.rollUp()
    for (level, seconds) in zip(SampleLevel.all, [60, 300, 3_600, 86_400]) {
      let line = "1 @\(seconds): \(wanted) stale \(-Self.start)"
      #expect(try Self.lines(level, of: store) == [line], "\(name), \(level.name)")
    }
  }

  @Test(arguments: SampleLevel.all)
  func `late samples reach their step once, in every level`(level: SampleLevel) throws {
    let store = try Self.store()
    var samples: [Sample] = []
    var random = SplitMix(state: 11)
    for series in 1...3 as ClosedRange<UInt64> {
      var time: Int64 = 0
      while time < 9_000_000 {
        samples.append((series, time, Double(random.next() % 1_000)))
        time += 10_000 + Int64(random.next() % 40_000)
      }
    }
    // A third at a time, in no order.
    samples.shuffle(using: &random)
    let third = samples.count / 3
    for part in [samples[..<third], samples[third..<(2 * third)], samples[(2 * third)...]] {
      try Self.commit(Array(part), into: store)
      try store.rollUp()
    }
    let groups = Dictionary(grouping: samples) { sample in
      Step(
        series: sample.series, end: (sample.time + level.milliseconds - 1) / level.milliseconds * Int64(level.seconds))
    }
    let wanted = groups.sorted { ($0.key.series, $0.key.end) < ($1.key.series, $1.key.end) }.map { step, samples in
      let sorted = samples.sorted { $0.time < $1.time }
      let values = sorted.map { Int($0.value) }
      return """
        \(step.series) @\(step.end): \(values.count) 0 \(values.reduce(0, +)) \(values.min() ?? 0) \(values.max() ?? 0) \
        first \(sorted[0].time) 0 \(values[0]) last \(sorted[sorted.count - 1].time) 1 \(values[values.count - 1]) \
        stale \(-Self.start)
        """
    }
    let zeroes = try Self.lines(level, of: store).map { $0.split(separator: "0 -0 ").joined(separator: "0 0 ") }
    #expect(zeroes == wanted)
    #expect(wanted.count >= 3)
    try store.execute(SQLStatement("OPTIMIZE TABLE \(level.table) FINAL"))
    #expect(try Self.lines(level, of: store).count == wanted.count)
  }

  @Test func `a level that is kept for longer has samples that are too old for the one below`() throws {
    let store = try EngineFixture.store(
      name: EngineFixture.newName(), schema: StoreSchema(tables: MetricsTables.all, steps: MetricsTables.steps))
    for value in 0..<10 as Range<Int64> {
      try Self.commit([(1, value * 60_000, Double(value))], into: store)
      try store.rollUp()
    }
    let staged = try store.query(
      SQLStatement(
        "SELECT count() AS count FROM system.merges WHERE database = currentDatabase() AND table LIKE '%_staging'"))
    #expect(staged["count"].unsigned(0) == 0)
    #expect(
      try Self.lines(.fiveMinutes, of: store).compactMap { $0.split(separator: ":").first } == [
        "1 @0", "1 @300", "1 @600",
      ])
    #expect(try Self.lines(.days, of: store).count == 2)
    try store.execute(SQLStatement("OPTIMIZE TABLE sample_minutes FINAL"))
    #expect(try Self.lines(.minutes, of: store).isEmpty)
    #expect(try Self.lines(.fiveMinutes, of: store).count == 3)
  }

  private struct Step: Hashable {
    let series: UInt64
    let end: Int64
  }
}

/// The same numbers in every run.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
