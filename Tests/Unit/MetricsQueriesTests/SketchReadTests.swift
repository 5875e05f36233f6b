import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Glibc
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

/// Goal: quantiles of samples that are gone are less than 1 % from those that they had, for each tenant.
///
/// Method: two days of samples of all kinds; quantiles are computed from the samples here, and read from sketches when the
/// samples are dropped.
@Suite struct SketchReadTests {
  private static let hour: Int64 = 3_600_000
  private static let day: Int64 = 24 * hour
  private static let start: Int64 = WallClock.now.rawValue / 86_400_000_000_000 * day - 5 * day
  private static let end = start + 2 * day
  private static let others = TenantID(2)

  private typealias Sample = (time: Int64, value: Double)

  private let store: EmbeddedStore
  private let index = SeriesIndex()
  private let samples: [TenantID: [UInt64: [Sample]]]

  init() throws {
    store = try EngineFixture.store(
      name: EngineFixture.newName(), schema: StoreSchema(tables: MetricsTables.all, steps: MetricsTables.steps))
    var random = SplitMix(state: 5)
    var samples: [TenantID: [UInt64: [Sample]]] = [:]
    for tenant in [TenantID.default, Self.others] {
      for series in 1...4 as ClosedRange<UInt64> {
        samples[tenant, default: [:]][series] = Self.samples(of: series, scale: tenant == .default ? 1 : 1_000, &random)
        index.insert(series, of: tenant, metric: 7, day: UInt32(Self.start / Self.day)) {
          LabelSet([Label("__name__", "work"), Label("host", "h\(series)")])
        }
      }
    }
    self.samples = samples
    // Several commits and roll-ups, in no order of time.
    for part in 0..<3 {
      for (tenant, all) in samples {
        try insert(tenant, all.mapValues { $0.enumerated().filter { $0.offset % 3 == part }.map(\.element) })
      }
      try store.rollUp()
    }
    try store.execute(SQLStatement("OPTIMIZE TABLE sample_hour_sketches FINAL"))
    for day in 0...2 as ClosedRange<Int64> {
      try store.execute(
        SQLStatement("ALTER TABLE samples DROP PARTITION '\(try date(Self.start + day * Self.day))'"))
    }
  }

  private func date(_ time: Int64) throws -> String {
    let result = try store.query(
      SQLStatement("SELECT toString(toDate(fromUnixTimestamp64Milli(\(time)), 'UTC')) AS day"))
    return result["day"].string(0) ?? ""
  }

  /// Every minute: a wide gauge, one around zero with all special values, a constant, and a counter.
  private static func samples(of series: UInt64, scale: Double, _ random: inout SplitMix) -> [Sample] {
    (1...(2 * day / 60_000)).map { step in
      let part = Double(random.next() % 100_000) / 100_000
      let value: Double
      switch series {
      case 1: value = scale / (0.0001 + part)
      case 2:
        value =
          switch random.next() % 60 {
          case 0: .infinity
          case 1: -.infinity
          case 2: .nan
          case 3: StaleMarker.value
          case 4: 0
          default: (part - 0.5) * 100 * scale
          }
      case 3: value = 3.7 * scale
      default: value = Double(step) * 12.5 * scale
      }
      return (start + step * 60_000, value)
    }
  }

  private func insert(_ tenant: TenantID, _ series: [UInt64: [Sample]]) throws {
    let block = SampleBlock()
    for (id, samples) in series {
      for sample in samples {
        block.tenant.append(tenant.rawValue)
        block.metric.append(7)
        block.bucket.append(SampleBlock.bucket(of: sample.time))
        block.seriesID.append(id)
        block.time.append(sample.time * 1_000_000)
        block.append(value: sample.value)
        block.batchID.append(1)
      }
    }
    try store.insert(block.columns, into: "samples")
  }

  private func source(of tenant: TenantID) -> TenantSeriesSource {
    var policy = RetentionPolicy()
    policy[.samples] = .seconds(3_600)
    let reader = SeriesReader(
      index: index, engine: store, pending: NothingPending(), derived: store.derivedTables(of: "samples"),
      retention: policy, now: { UnixNanoseconds((Self.end + Self.day) * 1_000_000) },
      queryLimits: QueryLimits(timeout: .seconds(60), memoryBytesMax: 1 << 30))
    return reader.series(of: tenant, during: QueryActivity { .seconds(60) })
  }

  /// Type 7, as numpy and PromQL have it; NaN is the least.
  private static func quantile(_ quantile: Double, of values: [Double]) -> Double {
    let sorted = values.sorted { $0.isNaN ? !$1.isNaN : $0 < $1 }
    let rank = quantile * Double(sorted.count - 1)
    let (low, weight) = (Int(rank), rank - rank.rounded(.down))
    // Where the weight is 0 this is NaN beside an infinity, in Prometheus too.
    return sorted[low] * (1 - weight) + sorted[min(low + 1, sorted.count - 1)] * weight
  }

  private func values(_ tenant: TenantID, _ series: UInt64, after: Int64, through: Int64) -> [Double] {
    (samples[tenant]?[series] ?? [])
      .filter { $0.time > after && $0.time <= through && !StaleMarker.isStale($0.value) }.map(\.value)
  }

  /// Whether a value is less than 1 % from another; with a size for values around zero, of which one is between two.
  private static func isClose(_ found: Double, _ wanted: Double, around size: Double) -> Bool {
    if wanted.isNaN { return found.isNaN }
    return found == wanted || abs(found - wanted) <= 0.01 * max(abs(wanted), size)
  }

  @Test func `quantile_over_time is close where samples are gone`() throws {
    for quantile in [0, 0.5, 0.95, 0.99, 1] {
      for step in [Self.hour, 3 * Self.hour, Self.day] { try expectQuantiles(quantile, step: step) }
    }
    try expectEstimates()
  }

  private func expectQuantiles(_ quantile: Double, step: Int64) throws {
    for (tenant, scale) in [(TenantID.default, 1.0), (Self.others, 1_000)] {
      let expression = try PromQLParser(patterns: SeriesPatternCompiler())
        .parse("quantile_over_time(\(quantile), work[\(step)ms])")
      let result = try PromQLEngine(compiler: SeriesPatternCompiler()).range(
        expression, from: Self.start + step, through: Self.end, step: step, over: source(of: tenant),
        isCancelled: { false })
      guard case .matrix(let found) = result.value else {
        Issue.record("\(result.value)")
        return
      }
      #expect(found.seriesCount == 4)
      for place in 0..<found.seriesCount {
        let series = UInt64(found.labels[place]["host"].dropFirst()) ?? 0
        #expect(found.range(of: place).count == Int(2 * Self.day / step))
        for point in found.range(of: place) {
          let time = found.times[point]
          let wanted = Self.quantile(quantile, of: values(tenant, series, after: time - step, through: time))
          #expect(
            Self.isClose(found.values[point], wanted, around: series == 2 ? scale : 0),
            "\(quantile) of \(series) at \(time - Self.start): \(found.values[point]), not \(wanted)")
        }
      }
    }
  }

  /// Windows that are no whole hours are between the least and the greatest value.
  private func expectEstimates() throws {
    let expression = try PromQLParser(patterns: SeriesPatternCompiler())
      .parse("quantile_over_time(0.5, work{host=\"h1\"}[10m])")
    let result = try PromQLEngine(compiler: SeriesPatternCompiler()).range(
      expression, from: Self.start + Self.hour, through: Self.end, step: 600_000, over: source(of: .default),
      isCancelled: { false })
    guard case .matrix(let found) = result.value else {
      Issue.record("\(result.value)")
      return
    }
    #expect(found.seriesCount == 1)
    #expect(found.values.allSatisfy { $0 >= 0.99 && $0 <= 10_001 })
  }

  @Test func `a history has the count, the extremes and close quantiles of its steps`() throws {
    for step in [Self.hour, 2 * Self.hour, Self.day] { try expectHistory(step: step) }
  }

  private func expectHistory(step: Int64) throws {
    for tenant in [TenantID.default, Self.others] {
      let source = source(of: tenant)
      let found = try source.find([], after: Self.start, through: Self.end).sorted { $0.id < $1.id }
      var summaries: [LabelSet: [StepSummary]] = [:]
      try source.history(
        of: found, after: Self.start, through: Self.end, step: step, isCancelled: { false }
      ) { part in
        guard case .steps(let labels, let steps) = part else {
          Issue.record("samples are gone")
          return
        }
        summaries[labels, default: []] += steps
      }
      #expect(summaries.count == 4)
      for one in found {
        let groups = Dictionary(grouping: summaries[one.labels] ?? []) { $0.end / step }
        #expect(groups.count == Int(2 * Self.day / step))
        for (index, steps) in groups {
          let all = values(tenant, one.id, after: index * step, through: (index + 1) * step)
          let numbers = all.filter { !$0.isNaN }
          #expect(steps.reduce(0) { $0 + $1.count } == numbers.count)
          #expect(steps.map(\.min).min() == numbers.min())
          #expect(steps.map(\.max).max() == numbers.max())
          #expect(steps.flatMap(\.buckets).reduce(0) { $0 + $1.count } == numbers.count)
          let ranked = steps.flatMap(\.buckets).flatMap { Array(repeating: $0.value, count: $0.count) }
          for quantile in [0.5, 0.95, 0.99] {
            let (close, wanted) = (Self.quantile(quantile, of: ranked), Self.quantile(quantile, of: numbers))
            #expect(
              Self.isClose(close, wanted, around: one.id == 2 ? 1 : 0),
              "\(quantile) of \(one.id): \(close), not \(wanted)")
          }
        }
      }
    }
  }

  @Test(arguments: [1, 2, 35, 36, 37, 1_441, 4_320])
  func `the value of a bucket is less than 1 % from those in it`(bucket: Int) {
    let least = exp2(Double(bucket - 1) / 36 - 40)
    let value = SampleSketch.value(ofBucket: bucket)
    for bound in [least, exp2(Double(bucket) / 36 - 40)] { #expect(abs(value / bound - 1) < 0.01) }
    #expect(SampleSketch.value(ofBucket: -bucket) == -value)
  }
}
