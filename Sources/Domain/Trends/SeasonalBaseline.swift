/// What is usual at one slot of a season, by the values that the slot had in seasons before.
package struct SeasonalBaseline: Sendable, Hashable {
  package let median: Double
  /// The median absolute deviation from the median, not scaled.
  package let medianAbsoluteDeviation: Double
  /// The mean absolute deviation from the median, for the case that more than half of the values are equal.
  let meanAbsoluteDeviation: Double
  package let valueCount: Int

  /// The fewest values of a slot that make a baseline.
  ///
  /// 3: of two values the median is their mean, and each is as far from it as the other.
  package static let valueCountMin = 3

  /// The baseline of a slot's values, of which none may be NaN; nil of fewer than ``valueCountMin``.
  package init?(_ values: [Double]) {
    guard values.count >= Self.valueCountMin else { return nil }
    let centre = OrderStatistics.median(values)
    median = centre
    medianAbsoluteDeviation = OrderStatistics.medianAbsoluteDeviation(values, around: centre)
    meanAbsoluteDeviation = values.reduce(0) { $0 + abs($1 - centre) } / Double(values.count)
    valueCount = values.count
  }

  /// The robust z-score of a value: 0.6745 · (x − median) / MAD.
  ///
  /// It is the modified z-score of B. Iglewicz and D. C. Hoaglin, "How to Detect and Handle Outliers" (ASQC, 1993), who
  /// call a value of more than 3.5 an outlier. 0.6745 is the upper quartile of the normal distribution, so that normal
  /// values get the scores that mean and deviation would give. Where MAD is 0, more than half of the values are equal,
  /// and the mean absolute deviation takes its place: (x − median) / (1.253314 · MeanAD), where 1.253314 is √(π/2).
  /// Where that is 0 too, the slot always had one value: the score of another one is infinite.
  package func score(_ value: Double) -> Double {
    let distance = value - median
    if distance == 0 { return 0 }
    if medianAbsoluteDeviation > 0 { return Self.upperQuartile * distance / medianAbsoluteDeviation }
    if meanAbsoluteDeviation > 0 { return distance / (Self.normalMeanFactor * meanAbsoluteDeviation) }
    return distance > 0 ? .infinity : -.infinity
  }

  private static let upperQuartile = 0.6745
  private static let normalMeanFactor = 1.253314
}
