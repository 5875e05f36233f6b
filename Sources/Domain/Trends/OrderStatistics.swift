/// Medians, quantiles and spreads of values, none of which may be NaN.
package enum OrderStatistics {
  /// The median; NaN of no values.
  package static func median(_ values: some Sequence<Double>) -> Double { quantile(0.5, ofSorted: values.sorted()) }

  /// A quantile of values in ascending order; NaN of no values.
  ///
  /// Interpolated linearly between the order statistics next to it: type 7 of R. J. Hyndman and Y. Fan, "Sample
  /// Quantiles in Statistical Packages", The American Statistician 50 (1996), as numpy and PromQL have it.
  package static func quantile(_ quantile: Double, ofSorted values: some RandomAccessCollection<Double>) -> Double {
    guard let first = values.first else { return .nan }
    let rank = min(max(quantile, 0), 1) * Double(values.count - 1)
    let lower = Int(rank.rounded(.down))
    let weight = rank - Double(lower)
    let low = lower == 0 ? first : values[values.index(values.startIndex, offsetBy: lower)]
    // Also where the next one is infinite, as 0 times infinity is no number.
    guard weight > 0 else { return low }
    let high = values[values.index(values.startIndex, offsetBy: lower + 1)]
    return low == high ? low : low * (1 - weight) + high * weight
  }

  /// The median absolute deviation from a centre, not scaled.
  ///
  /// It is MAD of P. J. Rousseeuw and C. Croux, "Alternatives to the Median Absolute Deviation", JASA 88 (1993), without
  /// the factor 1.4826.
  package static func medianAbsoluteDeviation(_ values: some Sequence<Double>, around centre: Double) -> Double {
    median(values.map { abs($0 - centre) })
  }
}
