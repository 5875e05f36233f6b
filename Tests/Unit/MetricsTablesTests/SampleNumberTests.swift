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

/// Goal: every value comes back with the bits that it had, and those that exporters write are small numbers.
@Suite struct SampleNumberTests {
  @Test(
    arguments: [
      (0, 0, 3), (1, 1_000, 3), (-1, -1_000, 3), (49.9, 49_900, 3), (12_345.678, 12_345_678, 3), (0.25, 250, 3),
      (17.560473, 17_560_473, 6), (0.000_000_001, 1, 9), (4.2e-7, 420, 9), (9e12, 9_000_000_000_000_000, 3),
      (9_007_199_254_741, 9_007_199_254_741, 0), (0x1p53, 0x20_0000_0000_0000, 0),
    ] as [(Double, Int64, UInt8)])
  func `decimals are whole numbers`(value: Double, number: Int64, scale: UInt8) {
    let stored = SampleNumber(value)
    #expect(stored.number == number)
    #expect(stored.scale == scale)
  }

  private static let odd: [Double] = [
    -0.0, .nan, StaleMarker.value, .infinity, -.infinity, .pi, 1.0 / 3, .greatestFiniteMagnitude,
    .leastNonzeroMagnitude, 0x1p53 + 2, 1e300, -1e-300, 0.1 + 0.2,
  ]

  @Test(arguments: odd) func `what is no short decimal is kept by its bits`(value: Double) {
    let stored = SampleNumber(value)
    #expect(stored.scale == SampleNumber.bits)
    #expect(UInt64(bitPattern: stored.number) == value.bitPattern)
  }

  @Test func `values of every kind come back bit by bit`() {
    var random = SplitMix(state: 5)
    for _ in 0..<20_000 {
      let bits = random.next()
      let whole = Double(Int64(bitPattern: random.next()) >> Int64(random.next() % 63))
      let values = [
        Double(bitPattern: bits), whole, whole / 10, whole / 1_000, whole / 1e6, whole / 1e9, whole * 0.1, whole * 1e3,
      ]
      for value in values {
        let stored = SampleNumber(value)
        #expect(SampleNumber.value(stored.number, scale: stored.scale).bitPattern == value.bitPattern)
      }
    }
  }

  /// The engine computes values for roll-ups, the program for questions: both have to agree.
  @Test func `roll-ups read the same values`() throws {
    let store = try EngineFixture.store(
      name: EngineFixture.newName(), schema: StoreSchema(tables: MetricsTables.all, steps: MetricsTables.steps))
    let values = [0, 1, 49.9, 12_345.678, 17.560473, 4.2e-7, 9_007_199_254_741, .pi, 0.1 + 0.2, 1e300, -123.4]
    let start: Int64 = WallClock.now.rawValue / 86_400_000_000_000 * 86_400_000 - 2 * 86_400_000
    let block = SampleBlock()
    for (index, value) in values.enumerated() {
      let time = start + Int64(index) * 3_600_000
      block.tenant.append(1)
      block.metric.append(7)
      block.bucket.append(SampleBlock.bucket(of: time))
      block.seriesID.append(1)
      block.time.append(time * 1_000_000)
      block.append(value: value)
      block.batchID.append(1)
    }
    try store.insert(block.columns, into: "samples")
    try store.rollUp()
    let result = try store.query(
      SQLStatement("SELECT sum(sum) AS value FROM sample_five_minutes GROUP BY time ORDER BY time"))
    #expect((0..<result.rowCount).map { result["value"].double($0) } == values)
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
