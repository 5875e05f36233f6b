/// The functions over windows that have no kernel of their own.
struct OverTimeKernel: WindowKernel {
  let function: PromQLFunction
  /// The arguments besides the window, in their order.
  let scalars: [StepScalar]
  let isAnchored: Bool
  /// What is wrong with an argument, in Prometheus' words, once a window needed it.
  private(set) var failure: String?
  /// For functions that sort.
  private var sorted: [Double] = []

  init(_ function: PromQLFunction, scalars: [StepScalar], isAnchored: Bool) {
    self.function = function
    self.scalars = scalars
    self.isAnchored = isAnchored
  }

  func begin(_ times: Span<Int64>, _ values: Span<Double>) {}

  mutating func value(
    _ samples: Range<Int>, _ times: Span<Int64>, _ values: Span<Double>, _ bounds: WindowBounds
  ) -> Double {
    let last = samples.upperBound - 1
    switch function {
    case .countOverTime: return Double(samples.count)
    case .presentOverTime, .absentOverTime: return 1
    case .firstOverTime: return values[samples.lowerBound]
    case .lastOverTime: return values[last]
    case .tsOfFirstOverTime: return Double(times[samples.lowerBound]) / 1_000
    case .tsOfLastOverTime: return Double(times[last]) / 1_000
    case .sumOverTime: return sum(samples, values)
    case .avgOverTime: return mean(samples, values)
    case .stddevOverTime: return variance(samples, values).squareRoot()
    case .stdvarOverTime: return variance(samples, values)
    case .quantileOverTime:
      fill(samples, values)
      return Quantile.value(scalars[0][bounds.step], of: &sorted)
    case .madOverTime: return medianDeviation(samples, values)
    case .irate: return lastChange(samples, times, values, isRate: true)
    case .idelta: return lastChange(samples, times, values, isRate: false)
    case .changes:
      return count(samples, times, values, bounds) { $0 != $1 && !($0.isNaN && $1.isNaN) }
    case .resets: return count(samples, times, values, bounds) { $1 < $0 }
    case .deriv:
      guard samples.count > 1 else { return Absent.marker }
      return Regression(samples, times, values, origin: times[samples.lowerBound]).slope
    case .predictLinear:
      guard samples.count > 1 else { return Absent.marker }
      let line = Regression(samples, times, values, origin: bounds.time)
      return line.slope * scalars[0][bounds.step] + line.intercept
    case .doubleExponentialSmoothing: return smoothed(samples, values, bounds.step)
    default: preconditionFailure("\(function.rawValue) is not a function over windows")
    }
  }

  // MARK: Statistics

  @inline(__always)
  private func sum(_ samples: Range<Int>, _ values: Span<Double>) -> Double {
    var sum = CompensatedSum()
    for index in samples { sum.add(values[index]) }
    return sum.total
  }

  @inline(__always)
  private func mean(_ samples: Range<Int>, _ values: Span<Double>) -> Double {
    var mean = CompensatedMean(first: values[samples.lowerBound])
    for index in samples.dropFirst() { mean.add(values[index]) }
    return mean.mean
  }

  /// Welford's algorithm, with the rounding errors of both sums.
  private func variance(_ samples: Range<Int>, _ values: Span<Double>) -> Double {
    var count = 0.0
    var mean = CompensatedSum()
    var squares = CompensatedSum()
    for index in samples {
      count += 1
      let delta = values[index] - (mean.sum + mean.compensation)
      mean.add(delta / count)
      squares.add(delta * (values[index] - (mean.sum + mean.compensation)))
    }
    return (squares.sum + squares.compensation) / count
  }

  private mutating func fill(_ samples: Range<Int>, _ values: Span<Double>) {
    sorted.removeAll(keepingCapacity: true)
    for index in samples { sorted.append(values[index]) }
  }

  /// The median of the distances to the median; NaN where a value is none.
  private mutating func medianDeviation(_ samples: Range<Int>, _ values: Span<Double>) -> Double {
    fill(samples, values)
    guard !sorted.contains(where: \.isNaN) else { return .nan }
    let median = Quantile.value(0.5, of: &sorted)
    for index in sorted.indices { sorted[index] = (sorted[index] - median).magnitude }
    return Quantile.value(0.5, of: &sorted)
  }

  // MARK: Changes

  /// Between the last two samples.
  private func lastChange(
    _ samples: Range<Int>, _ times: Span<Int64>, _ values: Span<Double>, isRate: Bool
  ) -> Double {
    guard samples.count > 1 else { return Absent.marker }
    let (last, before) = (samples.upperBound - 1, samples.upperBound - 2)
    let isReset = isRate && values[last] < values[before]
    let change = isReset ? values[last] : values[last] - values[before]
    return isRate ? change / (Double(times[last] - times[before]) / 1_000) : change
  }

  /// How often a value and the one after it fulfil a condition.
  ///
  /// An anchored window begins with the sample before it.
  @inline(__always)
  private func count(
    _ samples: Range<Int>, _ times: Span<Int64>, _ values: Span<Double>, _ bounds: WindowBounds,
    _ condition: (Double, Double) -> Bool
  ) -> Double {
    var first = samples.lowerBound
    if isAnchored {
      var index = first
      while index < samples.upperBound, times[index] <= bounds.start { index += 1 }
      guard index < samples.upperBound else { return Absent.marker }
      first = max(first, index - 1)
    }
    var count = 0
    var previous = values[first]
    for index in (first + 1)..<max(first + 1, samples.upperBound) {
      if condition(previous, values[index]) { count += 1 }
      previous = values[index]
    }
    return Double(count)
  }

  // MARK: Trends

  /// Holt's linear trend: the first scalar smooths values, the second their trend.
  private mutating func smoothed(_ samples: Range<Int>, _ values: Span<Double>, _ step: Int) -> Double {
    let (smoothing, trendFactor) = (scalars[0][step], scalars[1][step])
    guard smoothing > 0, smoothing < 1 else {
      failure = "invalid smoothing factor. Expected: 0 < sf < 1, got: \(NumberNotation.text(smoothing))"
      return Absent.marker
    }
    guard trendFactor > 0, trendFactor < 1 else {
      failure = "invalid trend factor. Expected: 0 < tf < 1, got: \(NumberNotation.text(trendFactor))"
      return Absent.marker
    }
    guard samples.count > 1 else { return Absent.marker }
    let first = samples.lowerBound
    var before = 0.0
    var current = values[first]
    var trend = values[first + 1] - values[first]
    for index in samples.dropFirst() {
      if index > first + 1 { trend = trendFactor * (current - before) + (1 - trendFactor) * trend }
      (before, current) = (current, smoothing * values[index] + (1 - smoothing) * (current + trend))
    }
    return current
  }
}

/// The line with the least squares of distances to samples; time is in seconds from an origin.
struct Regression {
  let slope: Double
  let intercept: Double

  init(_ samples: Range<Int>, _ times: Span<Int64>, _ values: Span<Double>, origin: Int64) {
    let first = values[samples.lowerBound]
    var isConstant = true
    var sums = (x: CompensatedSum(), y: CompensatedSum(), xy: CompensatedSum(), xx: CompensatedSum())
    for index in samples {
      let (x, y) = (Double(times[index] - origin) / 1_000, values[index])
      if y != first { isConstant = false }
      sums.x.add(x)
      sums.y.add(y)
      sums.xy.add(x * y)
      sums.xx.add(x * x)
    }
    guard !isConstant else {
      (slope, intercept) = first.isInfinite ? (.nan, .nan) : (0, first)
      return
    }
    let count = Double(samples.count)
    let (x, y) = (sums.x.sum + sums.x.compensation, sums.y.sum + sums.y.compensation)
    let covariance = sums.xy.sum + sums.xy.compensation - x * y / count
    let variance = sums.xx.sum + sums.xx.compensation - x * x / count
    slope = covariance / variance
    intercept = y / count - slope * x / count
  }
}
