import MetricsTables
import Series
import Testing

@testable import MetricsQueries

/// Goal: the samples that stand for a step have the result that those of the step had, as close as it can be.
@Suite struct StepWriterTests {
  private static let minute = LevelStep(
    first: (5, 10), last: (50, 40), stale: 0, count: 4, sum: 100, min: 10, max: 40)

  private static func write(
    _ steps: [LevelStep], _ function: String, step: Int64 = 60, window: Int64 = 1_000_000, fills: Bool = true,
    after: Int64 = 0, through: Int64 = 1_000
  ) -> [String] {
    var hints = SeriesSelection.Hints()
    hints.function = function
    hints.step = step
    hints.window = window
    let writer = StepWriter(
      use: LevelUse(hints), hints: hints, after: after, through: through, width: 60, fills: fills, countMax: 1_000)
    var samples = SeriesSamples()
    for step in steps { writer.append(step, to: &samples, from: 0) }
    return zip(samples.times, samples.values).map { StaleMarker.isStale($1) ? "\($0) end" : "\($0) \($1)" }
  }

  @Test(
    arguments: [
      ("last_over_time", ["50 40.0"]), ("min_over_time", ["50 10.0"]), ("max_over_time", ["50 40.0"]),
      ("sum_over_time", ["50 100.0"]), ("avg_over_time", ["5 25.0", "20 25.0", "35 25.0", "50 25.0"]),
      ("count_over_time", ["5 25.0", "20 25.0", "35 25.0", "50 25.0"]), ("rate", ["5 10.0", "50 40.0"]),
    ] as [(String, [String])])
  func `each function has what it needs`(function: String, samples: [String]) {
    #expect(Self.write([Self.minute], function) == samples)
  }

  @Test func `the last value is there at every evaluation in the step, once the samples are gone`() {
    #expect(Self.write([Self.minute], "", step: 15) == ["15 40.0", "30 40.0", "45 40.0", "50 40.0"])
    #expect(Self.write([Self.minute], "", step: 15, fills: false) == ["50 40.0"])
  }

  @Test func `a counter that began anew has its peak, and its trough where the last value is above both`() {
    var reset = Self.minute
    reset.max = 90
    reset.min = 2
    #expect(Self.write([reset], "increase") == ["5 10.0", "20 90.0", "35 2.0", "50 40.0"])
    reset.max = 40
    #expect(Self.write([reset], "increase") == ["5 10.0", "35 2.0", "50 40.0"])
  }

  @Test func `a stale marker ends the series behind the last value, and none that is older`() {
    var ended = Self.minute
    ended.stale = 55
    #expect(Self.write([ended], "last_over_time") == ["50 40.0", "55 end"])
    ended.stale = 30
    #expect(Self.write([ended], "last_over_time") == ["50 40.0"])
    let only = LevelStep(first: (0, .nan), last: (0, .nan), stale: 70, count: 0, sum: 0, min: .nan, max: .nan)
    #expect(Self.write([Self.minute, only], "last_over_time") == ["50 40.0", "70 end"])
  }

  @Test func `samples are those of the segment, ascending`() {
    #expect(Self.write([Self.minute], "avg_over_time", after: 20, through: 40) == ["35 25.0"])
    #expect(Self.write([Self.minute, Self.minute], "last_over_time") == ["50 40.0"])
  }

  @Test func `a rate over less than two steps finds values on the line between first and last`() {
    let hour = LevelStep(
      first: (0, 0), last: (12_000, 120), stale: 0, count: 9, sum: 0, min: 0, max: 120)
    var hints = SeriesSelection.Hints()
    hints.function = "rate"
    hints.window = 12_000
    var samples = SeriesSamples()
    StepWriter(use: .shape, hints: hints, after: -1, through: 20_000, width: 12_000, fills: true, countMax: 100)
      .append(hour, to: &samples, from: 0)
    #expect(samples.times == [0, 3_000, 6_000, 9_000, 12_000])
    #expect(samples.values == [0, 30, 60, 90, 120])
  }
}
