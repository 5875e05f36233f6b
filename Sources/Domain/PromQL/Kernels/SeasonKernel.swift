import Trends

/// `axonize_baseline` and `axonize_anomaly_score`: what the step at the end of a window had at the same time of earlier
/// seasons.
///
/// Steps are whole multiples of their width since 1970. O(log n) for each season and window of n samples.
struct SeasonKernel: WindowKernel {
  let function: PromQLFunction
  /// In milliseconds.
  private let season: Int64
  /// The width of a step in seconds.
  private let width: StepScalar
  /// What is wrong with the width.
  private(set) var failure: String?

  /// - Parameter season: A word of ``PromQLFunction/words``.
  init(_ function: PromQLFunction, season: String, width: StepScalar?) {
    self.function = function
    self.season = (season == "week" ? 7 : 1) * 86_400_000
    self.width = width ?? .constant(Self.widthSeconds)
  }

  /// A window has to be longer than this to have enough earlier seasons, in milliseconds.
  var pastMin: Int64 { Int64(SeasonalBaseline.valueCountMin) * season }

  /// As of the API.
  private static let widthSeconds: Double = 300

  func begin(_ times: Span<Int64>, _ values: Span<Double>) {}

  func cost(_ sampleCount: Int) -> Int { min(sampleCount, 1_024) }

  mutating func value(
    _ samples: Range<Int>, _ times: Span<Int64>, _ values: Span<Double>, _ bounds: WindowBounds
  ) -> Double {
    let milliseconds = (width[bounds.step] * 1_000).rounded()
    guard milliseconds >= 1, milliseconds <= Double(season) else {
      failure =
        "invalid step in \(function.rawValue)(). Expected: at least 1 ms and at most a season of \(season / 1_000) s, got: "
        + "\(NumberNotation.text(width[bounds.step])) s"
      return Absent.marker
    }
    let width = Int64(milliseconds)
    let start = bounds.end - StepMeans.remainder(bounds.end, width)
    var before: [Double] = []
    var slot = start - season
    // A step that the window cuts off is not whole.
    while slot > bounds.start, slot + width > times[samples.lowerBound] {
      let mean = StepMeans.mean(from: slot, before: slot + width, samples, times, values)
      if let mean, mean.isFinite { before.append(mean) }
      slot -= season
    }
    guard let baseline = SeasonalBaseline(before) else { return Absent.marker }
    guard function == .anomalyScore else { return baseline.median }
    let mean = StepMeans.mean(from: start, before: start + width, samples, times, values)
    guard let mean, mean.isFinite else { return Absent.marker }
    return baseline.score(mean)
  }
}

/// Means of the samples of steps; NaN is no value.
enum StepMeans {
  /// How far a time is behind the multiple of a step before it.
  static func remainder(_ time: Int64, _ step: Int64) -> Int64 {
    let remainder = time % step
    return remainder < 0 ? remainder + step : remainder
  }

  /// The mean of the samples between two times; nil for none.
  static func mean(
    from start: Int64, before end: Int64, _ samples: Range<Int>, _ times: Span<Int64>, _ values: Span<Double>
  ) -> Double? {
    var (lower, upper) = (samples.lowerBound, samples.upperBound)
    while lower < upper {
      let middle = lower + (upper - lower) / 2
      if times[middle] < start { lower = middle + 1 } else { upper = middle }
    }
    var (sum, count) = (0.0, 0)
    while lower < samples.upperBound, times[lower] < end {
      if !values[lower].isNaN {
        sum += values[lower]
        count += 1
      }
      lower += 1
    }
    return count > 0 ? sum / Double(count) : nil
  }
}
