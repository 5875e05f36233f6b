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
import Synchronization
import System
import Telemetry
import Testing

@testable import MetricsQueries

/// Goal: a question has the same result from memory as from the engine, whenever it is asked.
///
/// Method: the clock goes on in random steps, in which samples of two tenants arrive: late, twice, out of order, NaN and
/// stale markers among them. Random questions are answered with and without memory, and compared bit by bit.
@Suite struct RecentReadTests {
  private static let metrics: [(name: String, id: UInt32)] = [("a_total", 7), ("b", 8), ("c", 9)]
  private static let tenants: [TenantID] = [.default, TenantID(2)]

  private final class Clock: Sendable {
    let milliseconds: Mutex<Int64>
    init(_ start: Int64) { milliseconds = Mutex(start) }
    var now: Int64 { milliseconds.withLock { $0 } }
    func advance(by step: Int64) { milliseconds.withLock { $0 += step } }
  }

  private let store: EmbeddedStore
  private let index = SeriesIndex()
  private let clock = Clock(WallClock.now.rawValue / 1_000_000 - 7_200_000)

  init() throws {
    store = try EngineFixture.store(
      name: EngineFixture.newName(), schema: StoreSchema(tables: MetricsTables.all, steps: MetricsTables.steps))
    for tenant in Self.tenants {
      for metric in Self.metrics {
        for series in 0..<4 as Range<UInt64> {
          for time in [clock.now - 86_400_000, clock.now + 86_400_000] {
            index.insert(
              UInt64(metric.id) * 10 + series, of: tenant, metric: metric.id, day: UInt32(time / 86_400_000)
            ) {
              LabelSet([
                Label("__name__", metric.name), Label("host", "h\(series % 2)"), Label("tenant", "\(tenant.rawValue)"),
                Label("series", "\(series)"),
              ])
            }
          }
        }
      }
    }
  }

  /// A commit of some samples, of which `recent` hears after the engine has them.
  private func commit(_ recent: RecentSamples, _ random: inout SplitMix) throws {
    let block = SampleBlock()
    for _ in 0..<random.next() % 60 {
      let metric = Self.metrics[Int(random.next() % 3)]
      var time = clock.now - Int64(random.next() % 20_000)
      switch random.next() % 12 {
      // Late, some beyond the window.
      case 0: time -= Int64(random.next() % 1_200_000)
      // Of a moment that others have too.
      case 1...4: time -= time % 15_000
      case 5: time += Int64(random.next() % 60_000)
      default: break
      }
      block.tenant.append(Self.tenants[Int(random.next() % 2)].rawValue)
      block.metric.append(metric.id)
      block.bucket.append(SampleBlock.bucket(of: time))
      block.seriesID.append(UInt64(metric.id) * 10 + random.next() % 4)
      block.time.append(time * 1_000_000)
      block.append(
        value: random.next() % 20 == 0
          ? (random.next() % 2 == 0 ? StaleMarker.value : .nan) : Double(random.next() % 100) / 7)
      block.batchID.append(1)
    }
    guard block.rowCount > 0 else { return }
    try store.insert(block.columns, into: "samples")
    recent.note(block.columns, 0..<block.rowCount)
  }

  private func lines(
    _ query: String, at time: Int64, last: Int64?, of tenant: TenantID, recent: RecentSamples?
  ) throws -> [String] {
    let reader = SeriesReader(
      index: index, engine: store, pending: NothingPending(), derived: store.derivedTables(of: "samples"),
      retention: RetentionPolicy(), now: { UnixNanoseconds(clock.now * 1_000_000) },
      queryLimits: QueryLimits(timeout: .seconds(60), memoryBytesMax: 1 << 30), recent: recent)
    let source = reader.series(of: tenant, during: QueryActivity { .seconds(60) })
    let expression = try PromQLParser(patterns: SeriesPatternCompiler()).parse(query)
    let engine = PromQLEngine(compiler: SeriesPatternCompiler())
    let value =
      if let last {
        try engine.range(expression, from: time, through: last, step: 15_000, over: source).value
      } else {
        try engine.instant(expression, at: time, over: source).value
      }
    guard case .vector(let series) = value else {
      guard case .matrix(let series) = value else { return ["\(value)"] }
      return Self.lines(series)
    }
    return Self.lines(series)
  }

  private static func lines(_ series: SeriesSamples) -> [String] {
    (0..<series.seriesCount).map { index in
      let points = series.range(of: index).map { place in
        let value = series.values[place]
        return "\(series.times[place]):\(value.isNaN ? "NaN" : String(value.bitPattern))"
      }
      return "\(series.labels[index]) \(points.joined(separator: " "))"
    }
    .sorted()
  }

  private static let queries = [
    "a_total", "sum(b)", "rate(a_total[5m])", "a_total{host=\"h1\"} - ignoring (host) b", "max_over_time(c[10m])",
    "b offset 2m", "{__name__=~\"a_total|c\"}", "timestamp(c)", "last_over_time(b[3m])", "a_total[4m]",
    "b @ end()", "count_over_time(c[1m:10s])", "quantile_over_time(0.5, b[6m])", "absent(c{host=\"h7\"})",
    "a_total[30m]",
    "present_over_time(c[10m] offset 5m)",
  ]

  @Test func `random questions have the same result with the newest minutes in memory`() throws {
    let recent = RecentSamples(bytesMax: 1 << 20) { [clock] in UnixNanoseconds(clock.now * 1_000_000) }
    var random = SplitMix(state: 5)
    var nonEmptyCount = 0
    for round in 0..<480 {
      try commit(recent, &random)
      // Now and then nobody asks for so long that metrics are let go.
      clock.advance(by: round % 120 == 119 ? 700_000 : Int64(random.next() % 12_000))
      let query = Self.queries[round % Self.queries.count]
      let tenant = Self.tenants[Int(random.next() % 2)]
      let time = clock.now - Int64(random.next() % 4) * 5_000
      let last = random.next() % 3 == 0 && !query.hasSuffix("]") ? time + Int64(random.next() % 120_000) : nil
      let wanted = try lines(query, at: time, last: last, of: tenant, recent: nil)
      let found = try lines(query, at: time, last: last, of: tenant, recent: recent)
      #expect(found == wanted, "\(query) in round \(round)")
      if !wanted.isEmpty { nonEmptyCount += 1 }
    }
    #expect(nonEmptyCount > 400)
    #expect(recent.readCount > 250, "\(recent.readCount) reads from memory")
  }

  @Test func `rows that are stored while a metric is loaded are not lost`() throws {
    let recent = RecentSamples(bytesMax: 1 << 20) { [clock] in UnixNanoseconds(clock.now * 1_000_000) }
    let key = RecentSamples.Key(tenant: 1, metric: 7)
    #expect(recent.ask(key) == nil)
    let metric = try #require(recent.ask(key))
    var random = SplitMix(state: 11)
    // Before the engine is asked, and after it was.
    try commit(recent, &random)
    let wanted = try lines("a_total[5m]", at: clock.now, last: nil, of: .default, recent: nil)
    let series = index.seriesOfMetric("a_total")
    #expect(metric.samples(of: series[...], after: clock.now - 300_000, through: clock.now, isLatestOnly: false) == nil)
    recent.didLoad(key, grewBy: metric.load([], [], []))
    let samples = metric.samples(
      of: series[...], after: clock.now - 300_000, through: clock.now, isLatestOnly: false)
    let found = Self.lines(try #require(samples)).filter { $0.contains(":") }
    #expect(!found.isEmpty)
    #expect(wanted.count == found.count)
  }

  @Test func `a metric that is too large is read from the engine`() throws {
    let recent = RecentSamples(bytesMax: 600) { [clock] in UnixNanoseconds(clock.now * 1_000_000) }
    var random = SplitMix(state: 3)
    for _ in 0..<10 {
      try commit(recent, &random)
      clock.advance(by: 5_000)
    }
    for _ in 0..<4 {
      let wanted = try lines("a_total", at: clock.now, last: nil, of: .default, recent: nil)
      #expect(try lines("a_total", at: clock.now, last: nil, of: .default, recent: recent) == wanted)
      #expect(!wanted.isEmpty)
    }
    #expect(recent.readCount == 0)
    #expect(recent.heldBytes == 0)
  }
}

extension SeriesIndex {
  fileprivate func seriesOfMetric(_ name: String) -> [IndexedSeries] {
    (try? series(
      of: .default, matching: [LabelMatcher("__name__", equals: name)], days: 0...UInt32.max, countMax: 100)) ?? []
  }
}
