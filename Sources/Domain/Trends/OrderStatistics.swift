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

  /// Puts values at the places that they have in ascending order: those of some ranks, which MUST ascend.
  ///
  /// It is quickselect of C. A. R. Hoare, "Algorithm 65: Find", CACM 4 (1961), of several ranks at once: O(n) for few of
  /// them, where sorting is O(n log n).
  static func place(_ ranks: [Int], in values: inout [Double]) {
    place(ranks[...], in: &values, values.startIndex..<values.endIndex, divisionsLeft: 64)
  }

  private static func place(
    _ ranks: ArraySlice<Int>, in values: inout [Double], _ range: Range<Int>, divisionsLeft: Int
  ) {
    let ranks = ranks.drop { $0 < range.lowerBound }.prefix { $0 < range.upperBound }
    guard !ranks.isEmpty else { return }
    // Whatever the values are, no more divisions than that are made.
    guard range.count > 32, divisionsLeft > 0 else { return values[range].sort() }
    let pivot = median(
      values[range.lowerBound], values[range.lowerBound + range.count / 2], values[range.upperBound - 1])
    var (left, right) = (range.lowerBound, range.upperBound - 1)
    while true {
      while values[left] < pivot { left += 1 }
      while values[right] > pivot { right -= 1 }
      guard left < right else { break }
      values.swapAt(left, right)
      left += 1
      right -= 1
    }
    place(ranks, in: &values, range.lowerBound..<right + 1, divisionsLeft: divisionsLeft - 1)
    place(ranks, in: &values, right + 1..<range.upperBound, divisionsLeft: divisionsLeft - 1)
  }

  private static func median(_ first: Double, _ second: Double, _ third: Double) -> Double {
    max(min(first, second), min(max(first, second), third))
  }

  /// The median absolute deviation from a centre, not scaled.
  ///
  /// It is MAD of P. J. Rousseeuw and C. Croux, "Alternatives to the Median Absolute Deviation", JASA 88 (1993), without
  /// the factor 1.4826.
  package static func medianAbsoluteDeviation(_ values: some Sequence<Double>, around centre: Double) -> Double {
    median(values.map { abs($0 - centre) })
  }
}
