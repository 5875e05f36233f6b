/// A window of one evaluation: samples after its start, up to and including its end, in milliseconds since 1970.
struct WindowBounds {
  let start: Int64
  let end: Int64
  /// The time of the evaluation.
  let time: Int64
  /// Its place in the grid.
  let step: Int
}

/// A function over the samples of a window.
protocol WindowKernel {
  /// How many samples a window costs; as many as it has by default.
  func cost(_ sampleCount: Int) -> Int

  /// Before the windows of a series, whose samples these are.
  mutating func begin(_ times: Span<Int64>, _ values: Span<Double>)

  /// The value of a window that has at least one sample; ``Absent/marker`` for none.
  mutating func value(
    _ samples: Range<Int>, _ times: Span<Int64>, _ values: Span<Double>, _ bounds: WindowBounds
  ) -> Double
}

extension WindowKernel {
  @inline(__always)
  func cost(_ sampleCount: Int) -> Int { sampleCount }
}

/// The windows of a grid.
struct WindowGrid {
  let grid: StepGrid
  let length: Int64
  let time: PlannedTime
  /// How far beyond the window samples are passed on: before its start, and after its end.
  let before: Int64
  let after: Int64

  init(_ window: PlannedWindow, on grid: StepGrid, lookback: Int64) {
    self.grid = grid
    length = window.length
    time = window.time
    before = window.mode == .plain ? 0 : lookback
    after = window.mode == .smoothed ? lookback : 0
  }

  @inline(__always)
  func bounds(_ step: Int) -> WindowBounds {
    let time = grid.time(step)
    let end = self.time.resolved(time)
    return WindowBounds(start: end - length, end: end, time: time, step: step)
  }

  /// Applies a function to the windows of one series, whose samples are passed once by two pointers.
  ///
  /// - Parameter account: Called with the number of samples passed since the last call. Windows that overlap pass many.
  @inline(__always)
  func apply<Kernel: WindowKernel>(
    _ kernel: inout Kernel, _ times: Span<Int64>, _ values: Span<Double>, to output: inout [Double],
    _ account: (Int) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    kernel.begin(times, values)
    var lower = 0
    var upper = 0
    var work = times.count
    for step in 0..<grid.count {
      let bounds = bounds(step)
      while upper < times.count, times[upper] <= bounds.end + after { upper += 1 }
      while lower < upper, times[lower] <= bounds.start - before { lower += 1 }
      guard lower < upper else { continue }
      output[step] = kernel.value(lower..<upper, times, values, bounds)
      work += kernel.cost(upper - lower)
      if work > Self.workOfCall {
        try account(work)
        work = 0
      }
    }
    try account(work + grid.count)
  }

  /// Often enough that a window of many samples, which are sorted, does not delay a stop for long.
  private static let workOfCall = 1 << 16
}
