import Base
import Columns
import MetricsIndex
import MetricsTables
import Series
import Synchronization
import Telemetry
import Testing

@testable import MetricsQueries

/// Goal: what is in memory is bounded, and is that of metrics that are asked for.
@Suite struct RecentSamplesTests {
  private final class Clock: Sendable {
    let milliseconds = Mutex<Int64>(1_000_000_000)
    var now: Int64 { milliseconds.withLock { $0 } }
    func advance(by step: Int64) { milliseconds.withLock { $0 += step } }
  }

  private let clock = Clock()

  private func recent(bytesMax: Int) -> RecentSamples {
    RecentSamples(bytesMax: bytesMax) { [clock] in UnixNanoseconds(clock.now * 1_000_000) }
  }

  private static func key(_ metric: UInt32, tenant: UInt32 = 1) -> RecentSamples.Key {
    RecentSamples.Key(tenant: tenant, metric: metric)
  }

  private func block(_ rows: [(metric: UInt32, series: UInt64, time: Int64, value: Double)]) -> ColumnBlock {
    let block = SampleBlock()
    for row in rows {
      block.tenant.append(1)
      block.metric.append(row.metric)
      block.bucket.append(SampleBlock.bucket(of: row.time))
      block.seriesID.append(row.series)
      block.time.append(row.time * 1_000_000)
      block.append(value: row.value)
      block.batchID.append(1)
    }
    return block.columns
  }

  /// Has a metric watched.
  private func watch(_ recent: RecentSamples, _ metric: UInt32, tenant: UInt32 = 1) throws -> RecentMetric {
    let key = Self.key(metric, tenant: tenant)
    #expect(recent.ask(key) == nil)
    let found = try #require(recent.ask(key))
    recent.didLoad(key, grewBy: found.load([], [], []))
    return found
  }

  private func samples(_ metric: RecentMetric, _ ids: [UInt64], after: Int64, isLatestOnly: Bool = false) -> [Int64]? {
    let series = ids.map { IndexedSeries(id: $0, metric: 0, labels: LabelSet([Label("id", "\($0)")])) }
    return metric.samples(of: series[...], after: after, through: clock.now, isLatestOnly: isLatestOnly)?.times
  }

  @Test func `a metric is watched from the second question on`() throws {
    let recent = recent(bytesMax: 1 << 20)
    #expect(recent.ask(Self.key(7)) == nil)
    #expect(recent.metric(Self.key(7)) == nil)
    #expect(recent.ask(Self.key(7, tenant: 2)) == nil, "another tenant's questions do not count")
    #expect(recent.ask(Self.key(7)) != nil)
    #expect(recent.ask(Self.key(7)) == nil, "it is loaded once")
    clock.advance(by: RecentSamples.idleMax + 1)
    #expect(recent.ask(Self.key(8)) == nil)
    clock.advance(by: RecentSamples.idleMax + 1)
    #expect(recent.ask(Self.key(8)) == nil, "the first question is long ago")
    #expect(recent.metric(Self.key(7)) == nil, "nobody asked for it")
  }

  @Test func `without memory nothing is watched`() {
    let recent = recent(bytesMax: 0)
    for _ in 0..<3 { #expect(recent.ask(Self.key(7)) == nil) }
    #expect(!recent.mayHave(after: clock.now))
  }

  @Test func `rows of watched metrics are added, in whatever order they come`() throws {
    let recent = recent(bytesMax: 1 << 20)
    let metric = try watch(recent, 7)
    let now = clock.now
    recent.note(
      block([
        (7, 1, now - 10, 1), (8, 1, now - 9, 2), (7, 2, now - 8, 3), (7, 1, now - 12, 4), (7, 1, now - 10, 5),
        (7, 1, now - 700_000, 6), (7, 1, now - 5, StaleMarker.value),
      ]), 0..<7)
    #expect(samples(metric, [1, 2, 3], after: now - 60_000) == [now - 12, now - 10, now - 5, now - 8])
    #expect(samples(metric, [1, 2], after: now - 60_000, isLatestOnly: true) == [now - 5, now - 8])
    #expect(samples(metric, [1, 2], after: now - 6, isLatestOnly: true) == [now - 5])
    #expect(samples(metric, [1], after: now - 660_001) == nil, "it does not reach back as far")
    recent.note(block([(7, 1, now - 3, 1), (7, 1, now - 2, 1), (7, 1, now - 1, 1)]), 1..<2)
    #expect(samples(metric, [1], after: now - 4) == [now - 2])
  }

  @Test func `many late rows are sorted in`() throws {
    let recent = recent(bytesMax: 1 << 20)
    let metric = try watch(recent, 7)
    let now = clock.now
    recent.note(block((0..<500).map { (7, UInt64($0 % 2), now - Int64($0 / 2), Double($0)) }), 0..<500)
    #expect(samples(metric, [1], after: now - 60_000) == (0..<250).map { now - 249 + $0 })
  }

  @Test func `what is too old is forgotten, and series with nothing left`() throws {
    let recent = recent(bytesMax: 1 << 20)
    let metric = try watch(recent, 7)
    let start = clock.now
    recent.note(block([(7, 1, start, 1), (7, 2, start, 1)]), 0..<2)
    for _ in 0..<100 {
      clock.advance(by: 15_000)
      _ = recent.ask(Self.key(7))
      recent.note(block([(7, 1, clock.now, 1)]), 0..<1)
    }
    let times = try #require(samples(metric, [1, 2], after: clock.now - 600_000))
    #expect(times.count == 40)
    #expect(recent.heldBytes < 1_600, "\(recent.heldBytes)")
    clock.advance(by: RecentSamples.idleMax + 1)
    recent.note(block([(9, 1, clock.now, 1)]), 0..<1)
    #expect(recent.heldBytes == 0)
    #expect(recent.metric(Self.key(7)) == nil)
  }

  @Test func `the metric that was asked for the longest ago makes room`() throws {
    let recent = recent(bytesMax: 4_000)
    _ = try watch(recent, 7)
    recent.note(block((0..<40).map { (7, 1, clock.now + Int64($0), 1) }), 0..<40)
    clock.advance(by: RecentSamples.keptMin + 1)
    _ = try watch(recent, 8)
    recent.note(block((0..<80).map { (8, 1, clock.now + Int64($0), 1) }), 0..<80)
    #expect(recent.metric(Self.key(7)) != nil)
    // The second one grows until both have no room.
    recent.note(block((0..<80).map { (8, 1, clock.now + 80 + Int64($0), 1) }), 0..<80)
    #expect(recent.metric(Self.key(7)) == nil)
    #expect(recent.metric(Self.key(8)) != nil)
    #expect(recent.heldBytes <= 4_000)
    // One that was asked for a moment ago does not make room for another.
    let other = Self.key(9)
    #expect(recent.ask(other) == nil)
    let metric = try #require(recent.ask(other))
    let times = (0..<120).map { clock.now + Int64($0) }
    recent.didLoad(other, grewBy: metric.load([(1, 0..<120)], times, times.map(Double.init)))
    #expect(recent.metric(other) == nil)
    #expect(recent.metric(Self.key(8)) != nil)
    #expect(recent.heldBytes <= 4_000)
    _ = recent.ask(other)
    #expect(recent.ask(other) == nil, "it is refused for some minutes")
  }

  @Test func `a metric that was let go takes no rows and no bytes`() throws {
    let recent = recent(bytesMax: 1 << 20)
    let metric = try watch(recent, 7)
    recent.note(block([(7, 1, clock.now, 1)]), 0..<1)
    recent.refuse(Self.key(7))
    #expect(recent.heldBytes == 0)
    #expect(metric.append(RecentRows(block([(7, 1, clock.now, 1)]), 0..<1)) == 0)
    #expect(metric.load([(1, 0..<1)], [clock.now], [1]) == 0)
    #expect(samples(metric, [1], after: clock.now - 1) == nil)
  }

  @Test func `no more metrics are watched than may be`() throws {
    let recent = recent(bytesMax: 1 << 20)
    for metric in 0..<UInt32(RecentSamples.metricCountMax) { _ = try watch(recent, metric) }
    #expect(recent.ask(Self.key(5_000)) == nil)
    #expect(recent.ask(Self.key(5_000)) == nil)
    clock.advance(by: RecentSamples.keptMin + 1)
    _ = try watch(recent, 5_001)
    #expect(recent.metric(Self.key(5_001)) != nil)
  }
}
