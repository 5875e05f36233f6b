import Testing

@testable import PromQL

/// Goal: kernels are what their definitions say.
///
/// Method: definitions written down anew, sample by sample, over random windows.
@Suite("Kernels")
struct KernelTests {
  private struct Window {
    let times: [Int64]
    let values: [Double]
    let start: Int64
    let end: Int64
  }

  /// The windows of 2 minutes at every 20 seconds of a random series, by the kernel and by hand.
  private func compare(_ kernel: some WindowKernel, _ expected: (Window) -> Double?) throws {
    var random = SplitMix(state: 7)
    let samples = random.samples(interval: 15_000).filter { !$0.1.isNaN }
    let (times, values) = (samples.map(\.0), samples.map(\.1))
    let grid = StepGrid(start: 0, step: 20_000, count: 70)
    let window = PlannedWindow(
      content: .selector(fetch: 0, matchers: [], mode: .plain), length: 120_000, time: PlannedTime(at: nil, offset: 0))
    var output = Array(repeating: Absent.marker, count: grid.count)
    var kernel = kernel
    try WindowGrid(window, on: grid, lookback: 300_000)
      .apply(&kernel, times.span, values.span, to: &output) { (_: Int) throws(EvaluationError) in }
    for step in 0..<grid.count {
      let end = grid.time(step)
      let inside = samples.filter { $0.0 > end - 120_000 && $0.0 <= end }
      let result =
        inside.isEmpty
        ? nil
        : expected(Window(times: inside.map(\.0), values: inside.map(\.1), start: end - 120_000, end: end))
      if let result {
        #expect(abs(output[step] - result) <= 1e-9 * max(1, abs(result)), "step \(step)")
      } else {
        #expect(Absent.isAbsent(output[step]), "step \(step)")
      }
    }
  }

  @Test("increase goes on to the bounds of the window, but not below 0")
  func increase() throws {
    try compare(RateKernel(isCounter: true, isRate: false, length: 120_000)) { window in
      guard window.values.count > 1 else { return nil }
      var change = window.values[window.values.count - 1] - window.values[0]
      for (before, value) in zip(window.values, window.values.dropFirst()) where value < before { change += before }
      let covered = Double(window.times[window.times.count - 1] - window.times[0]) / 1_000
      let distance = covered / Double(window.times.count - 1)
      var before = Double(window.times[0] - window.start) / 1_000
      if before >= distance * 1.1 { before = distance / 2 }
      if change > 0 { before = min(before, covered * window.values[0] / change) }
      var after = Double(window.end - window.times[window.times.count - 1]) / 1_000
      if after >= distance * 1.1 { after = distance / 2 }
      return change * (covered + before + after) / covered
    }
  }

  @Test("delta takes a fall for a fall")
  func delta() throws {
    try compare(RateKernel(isCounter: false, isRate: false, length: 120_000)) { window in
      guard window.values.count > 1 else { return nil }
      let change = window.values[window.values.count - 1] - window.values[0]
      let covered = Double(window.times[window.times.count - 1] - window.times[0]) / 1_000
      let distance = covered / Double(window.times.count - 1)
      let gaps = [window.times[0] - window.start, window.end - window.times[window.times.count - 1]].map {
        Double($0) / 1_000 >= distance * 1.1 ? distance / 2 : Double($0) / 1_000
      }
      return change * (covered + gaps[0] + gaps[1]) / covered
    }
  }

  @Test("the mean of values whose sum overflows is finite")
  func overflowingMean() {
    var mean = CompensatedMean(first: 1e308)
    for _ in 0..<9 { mean.add(1e308) }
    #expect(abs(mean.mean - 1e308) < 1e294)
  }

  @Test("small values are not lost beside a large one that cancels out")
  func compensatedSum() {
    var sum = CompensatedSum()
    for value in [1, 1e100, 1, -1e100] { sum.add(value) }
    #expect(sum.total == 2)
  }

  @Test(
    "quantiles are interpolated",
    arguments: [
      (0, 1), (1, 4), (0.5, 2.5), (-0.1, -.infinity), (1.1, .infinity),
    ] as [(Double, Double)])
  func quantile(quantile: Double, expected: Double) {
    var values = [4.0, 1, 3, 2]
    #expect(Quantile.value(quantile, of: &values) == expected)
  }

  private static let buckets = [(0.1, 10.0), (1, 30), (.infinity, 40)].map { ClassicBucket(bound: $0.0, count: $0.1) }

  @Test(
    "quantiles of buckets are interpolated within them",
    arguments: [(0.125, 0.05), (0.5, 0.55), (0.75, 1), (0.9, 1)])
  func bucketQuantile(quantile: Double, expected: Double) throws {
    let histogram = try #require(ClassicHistogram(Self.buckets.reversed()))
    #expect(abs(histogram.quantile(quantile) - expected) < 1e-12)
  }

  @Test("shares of buckets", arguments: [(0, 0.1, 0.25), (0.05, 0.55, 0.375), (-1, 2, 0.75), (2, 1, 0)])
  func bucketFraction(lower: Double, upper: Double, expected: Double) throws {
    let histogram = try #require(ClassicHistogram(Self.buckets))
    #expect(abs(histogram.fraction(from: lower, to: upper) - expected) < 1e-12)
  }

  @Test("a bucket below the one before it is lifted, and said so")
  func monotonic() throws {
    var histogram = try #require(
      ClassicHistogram(
        [(1, 10), (2, 8), (4, 10 + 1e-13), (.infinity, 12)].map { ClassicBucket(bound: $0.0, count: $0.1) }))
    let found = histogram.makeMonotonic(at: 5)
    let repair = try #require(found)
    #expect(repair.leastBound == 2)
    #expect(repair.greatestBound == 2)
    #expect(repair.greatestDifference == 2)
    #expect(histogram.quantile(0.5) == 0.6)
    let again = histogram.makeMonotonic(at: 5)
    #expect(again == nil)
  }

  @Test("a histogram without +Inf has no quantiles")
  func openHistogram() { #expect(ClassicHistogram([ClassicBucket(bound: 1, count: 2)]) == nil) }
}

/// Goal: the extremes of windows are those that a search through each window finds, bit by bit.
@Suite("Extremes of windows")
struct ExtremeKernelTests {
  private static let functions: [(PromQLFunction, isBetter: @Sendable (Double, Double) -> Bool)] = [
    (.minOverTime, { $0 < $1 }), (.maxOverTime, { $0 > $1 }), (.tsOfMinOverTime, { $0 <= $1 }),
    (.tsOfMaxOverTime, { $0 >= $1 }),
  ]

  @Test(arguments: [0, 1, 2, 3], [(1, 1), (7, 2), (30, 3), (3, 30), (45, 1), (120, 7), (500, 1)])
  func `are those of a search`(place: Int, window: (length: Int64, step: Int64)) throws {
    let (function, isBetter) = Self.functions[place]
    var random = SplitMix(state: UInt64(window.length))
    let times = (0..<400).map { Int64($0) * 1_000 + Int64(random.next() % 900) }
    let choices = [0.0, -0.0, 1, -1, 2, .infinity, -.infinity, .nan, .nan, .nan]
    // In the second half values go up and down for long, and few are extremes of all.
    let values = times.indices.map { index in
      index < 200 ? choices[Int(random.next() % 10)] : Double((index * index) % 97) - 40
    }
    let grid = StepGrid(start: -5_000, step: window.step * 1_000, count: 420_000 / Int(window.step * 1_000))
    let planned = PlannedWindow(
      content: .selector(fetch: 0, matchers: [], mode: .plain), length: window.length * 1_000,
      time: PlannedTime(at: nil, offset: 0))
    var kernel = try #require(ExtremeKernel(function))
    // Twice, as for two series.
    for _ in 0..<2 {
      var output = Array(repeating: Absent.marker, count: grid.count)
      try WindowGrid(planned, on: grid, lookback: 0)
        .apply(&kernel, times.span, values.span, to: &output) { (_: Int) throws(EvaluationError) in }
      for step in 0..<grid.count {
        let end = grid.time(step)
        var found: Int?
        for index in times.indices where times[index] > end - window.length * 1_000 && times[index] <= end {
          guard let best = found else {
            found = index
            continue
          }
          if isBetter(values[index], values[best]) || values[best].isNaN { found = index }
        }
        let isTime = function == .tsOfMinOverTime || function == .tsOfMaxOverTime
        let expected = found.map { isTime ? Double(times[$0]) / 1_000 : values[$0] } ?? Absent.marker
        #expect(output[step].bitPattern == expected.bitPattern, "step \(step)")
      }
    }
  }

  @Test func `other functions have none`() { #expect(ExtremeKernel(.avgOverTime) == nil) }
}
