/// `rate`, `increase` and `delta`: the change over a window, extrapolated to its bounds.
struct RateKernel: WindowKernel {
  /// Whether a value below the one before it means that the counter began anew at 0.
  let isCounter: Bool
  /// Whether the result is per second.
  let isRate: Bool
  /// The length of the window, in milliseconds.
  let length: Int64

  /// The indices of the samples at which the counter of the series began anew, and the first that is in the window.
  private var resets: [Int] = []
  private var nextReset = 0

  init(isCounter: Bool, isRate: Bool, length: Int64) {
    self.isCounter = isCounter
    self.isRate = isRate
    self.length = length
  }

  mutating func begin(_ times: Span<Int64>, _ values: Span<Double>) {
    resets.removeAll(keepingCapacity: true)
    nextReset = 0
    guard isCounter, values.count > 1 else { return }
    var previous = values[0]
    for index in 1..<values.count {
      let value = values[index]
      if value < previous { resets.append(index) }
      previous = value
    }
  }

  @inline(__always)
  mutating func value(
    _ samples: Range<Int>, _ times: Span<Int64>, _ values: Span<Double>, _ bounds: WindowBounds
  ) -> Double {
    let first = samples.lowerBound
    let last = samples.upperBound - 1
    guard first < last else { return Absent.marker }
    var change = values[last] - values[first]
    while nextReset < resets.count, resets[nextReset] <= first { nextReset += 1 }
    var reset = nextReset
    while reset < resets.count, resets[reset] <= last {
      change += values[resets[reset] - 1]
      reset += 1
    }
    return change
      * factor(
        first: times[first], last: times[last], gaps: last - first, firstValue: values[first], change: change, bounds)
  }

  /// By how much the change grows when the samples' slope goes on to the bounds of the window.
  ///
  /// A bound that is further away than 1.1 times the mean distance of samples counts as half that distance away: the
  /// series begins or ends within the window. A counter does not go on below 0.
  @inline(__always)
  private func factor(
    first: Int64, last: Int64, gaps: Int, firstValue: Double, change: Double, _ bounds: WindowBounds
  ) -> Double {
    let interval = Double(last - first) / 1_000
    let distance = interval / Double(gaps)
    let threshold = distance * 1.1
    var toStart = Double(first - bounds.start) / 1_000
    var toEnd = Double(bounds.end - last) / 1_000
    if toStart >= threshold { toStart = distance / 2 }
    if isCounter, change > 0, firstValue >= 0 {
      let toZero = interval * (firstValue / change)
      if toZero < toStart { toStart = toZero }
    }
    if toEnd >= threshold { toEnd = distance / 2 }
    let factor = (interval + toStart + toEnd) / interval
    return isRate ? factor / (Double(length) / 1_000) : factor
  }
}

/// `rate`, `increase` and `delta` of an anchored or a smoothed window: the change between its bounds, where the sample
/// before the window stands for its start or values are interpolated.
struct ExtendedRateKernel: WindowKernel {
  let isCounter: Bool
  let isRate: Bool
  let isSmoothed: Bool
  /// The length of the window, in milliseconds.
  let length: Int64

  func begin(_ times: Span<Int64>, _ values: Span<Double>) {}

  func value(
    _ samples: Range<Int>, _ times: Span<Int64>, _ values: Span<Double>, _ bounds: WindowBounds
  ) -> Double {
    guard
      var edges = WindowEdges(samples, times, bounds, isSmoothed: isSmoothed),
      !(isSmoothed && times[edges.first] > bounds.end)
    else { return Absent.marker }
    let left = edges.left(times, values, isCounter: isCounter)
    let right = edges.right(times, values, isCounter: isCounter)
    var change = right - left
    if isCounter {
      edges.excludeBounds(times)
      var previous = left
      for index in edges.inner {
        if values[index] < previous { change += previous }
        previous = values[index]
      }
      if right < previous { change += previous }
    }
    return isRate ? change / (Double(length) / 1_000) : change
  }
}

/// Which samples stand for the bounds of an anchored or smoothed window.
struct WindowEdges {
  private(set) var first: Int
  private(set) var last: Int
  private let start: Int64
  private let end: Int64
  private let isSmoothed: Bool
  private let lowest: Int

  /// Nil where no sample is after the window's start.
  init?(_ samples: Range<Int>, _ times: Span<Int64>, _ bounds: WindowBounds, isSmoothed: Bool) {
    start = bounds.start
    end = bounds.end
    self.isSmoothed = isSmoothed
    lowest = samples.lowerBound
    last = samples.upperBound - 1
    first = lowest
    while first < last, times[first] <= bounds.start { first += 1 }
    first = max(lowest, first - 1)
    if isSmoothed {
      var index = lowest
      while index < last, times[index] < bounds.end { index += 1 }
      last = index
    }
    if times[last] <= bounds.start { return nil }
  }

  func left(_ times: Span<Int64>, _ values: Span<Double>, isCounter: Bool) -> Double {
    guard isSmoothed, times[first] < start else { return values[first] }
    return Self.interpolated(first, first + 1, times, values, at: start, isCounter: isCounter)
  }

  func right(_ times: Span<Int64>, _ values: Span<Double>, isCounter: Bool) -> Double {
    guard isSmoothed, last > lowest, times[last] > end else { return values[last] }
    return Self.interpolated(last - 1, last, times, values, at: end, isCounter: isCounter)
  }

  /// Leaves out the samples at the bounds and beyond.
  mutating func excludeBounds(_ times: Span<Int64>) {
    if times[first] <= start { first += 1 }
    if times[last] >= end { last -= 1 }
  }

  var inner: Range<Int> { first..<max(first, last + 1) }

  /// On the line between two samples; a counter that began anew between them rises from 0.
  static func interpolated(
    _ left: Int, _ right: Int, _ times: Span<Int64>, _ values: Span<Double>, at time: Int64, isCounter: Bool
  ) -> Double {
    let high = values[right]
    let low = isCounter && high < values[left] ? 0 : values[left]
    return low + (high - low) * Double(time - times[left]) / Double(times[right] - times[left])
  }
}
