/// A line through points that outliers hardly move.
///
/// The slope is the median of the slopes of all pairs of points (H. Theil, 1950; P. K. Sen, "Estimates of the
/// Regression Coefficient Based on Kendall's Tau", JASA 63 (1968)); up to 29 % of the points may be arbitrarily wrong.
/// The line goes through the median of the times and the median of the values, as `scipy.stats.theilslopes` has it.
package struct TheilSenLine: Sendable, Hashable {
  package let slope: Double
  /// Where the slope lies with 95 % confidence, by Sen's interval from the variance of Kendall's tau with ties.
  ///
  /// It supposes that the errors are independent of each other; those of samples that follow each other closely are
  /// not, and the true slope is then less certain than this says.
  package let slopeRange: ClosedRange<Double>
  /// The medians.
  package let time: Double
  package let value: Double

  /// The most points, since all pairs of them are looked at.
  ///
  /// 500: 125,000 slopes, 1 MB.
  package static let pointCountMax = 500

  /// The line through points in ascending order of time, of which no two have the same; nil of fewer than two, or where
  /// a value is not finite.
  package init?(times: [Double], values: [Double]) {
    let count = times.count
    guard count >= 2, count == values.count, count <= Self.pointCountMax, values.allSatisfy(\.isFinite) else {
      return nil
    }
    var slopes: [Double] = []
    slopes.reserveCapacity(count * (count - 1) / 2)
    for first in 0..<count {
      for second in first + 1..<count {
        slopes.append((values[second] - values[first]) / (times[second] - times[first]))
      }
    }
    time = OrderStatistics.quantile(0.5, ofSorted: times)
    value = OrderStatistics.median(values)
    let deviation = Self.tauDeviation(values)
    let pairs = Double(slopes.count)
    let reach = Self.normalQuantile * deviation
    let lower = max(0, Int(((pairs - reach) / 2).rounded(.toNearestOrEven)) - 1)
    let upper = min(slopes.count - 1, Int(((pairs + reach) / 2).rounded(.toNearestOrEven)))
    let middle = (slopes.count - 1) / 2
    OrderStatistics.place([min(lower, upper), middle, slopes.count / 2, upper].sorted(), in: &slopes)
    slope = OrderStatistics.quantile(0.5, ofSorted: slopes[middle...slopes.count / 2])
    slopeRange = slopes[min(lower, upper)]...slopes[upper]
  }

  /// The 0.975 quantile of the normal distribution.
  static let normalQuantile = 1.959_963_984_540_054

  /// The standard deviation of Kendall's score, with a correction for equal values (Sen, equation 2.6).
  private static func tauDeviation(_ values: [Double]) -> Double {
    func term(_ count: Double) -> Double { count * (count - 1) * (2 * count + 5) }
    let sorted = values.sorted()
    var variance = term(Double(sorted.count))
    var start = 0
    for index in 1...sorted.count where index == sorted.count || sorted[index] != sorted[start] {
      variance -= term(Double(index - start))
      start = index
    }
    return max(0, variance / 18).squareRoot()
  }

  package func value(at time: Double) -> Double { value + slope * (time - self.time) }

  /// What the line may be at a time, by the range of the slope.
  package func range(at time: Double) -> ClosedRange<Double> {
    let distance = time - self.time
    let ends = [value + slopeRange.lowerBound * distance, value + slopeRange.upperBound * distance]
    return min(ends[0], ends[1])...max(ends[0], ends[1])
  }

  /// When the line reaches a value after a time; nil where it never does.
  package func crossing(_ threshold: Double, after now: Double) -> ThresholdCrossing? {
    let towards = threshold - value(at: now)
    if towards == 0 { return ThresholdCrossing(expected: now, earliest: now, latest: now) }
    // Every line pivots at the medians, so one that reaches the value does so at a time of its own.
    func crossing(_ slope: Double) -> Double? {
      guard slope != 0 else { return nil }
      let crossing = time + (threshold - value) / slope
      return crossing.isFinite && crossing >= now ? crossing : nil
    }
    let expected = slope * towards > 0 ? crossing(slope) : nil
    let (fast, slow) =
      towards > 0 ? (slopeRange.upperBound, slopeRange.lowerBound) : (slopeRange.lowerBound, slopeRange.upperBound)
    // A line of the fastest slope may have passed the value already.
    let earliest = fast * towards > 0 ? crossing(fast) ?? now : nil
    let latest = slow * towards > 0 ? crossing(slow) : nil
    guard expected != nil || earliest != nil else { return nil }
    return ThresholdCrossing(expected: expected, earliest: earliest, latest: latest)
  }
}

/// When a forecast reaches a value; all are nil where it does not.
package struct ThresholdCrossing: Sendable, Hashable {
  /// By the forecast itself.
  package let expected: Double?
  /// By the end of the forecast's 95 % interval that reaches it first.
  package let earliest: Double?
  /// By the other end; nil where that one never reaches it, so that it may not happen at all.
  package let latest: Double?
}
