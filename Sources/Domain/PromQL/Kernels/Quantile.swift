/// Quantiles of plain numbers.
enum Quantile {
  /// The quantile, interpolated between the two values next to it; NaN for no values.
  ///
  /// Sorts the values.
  static func value(_ quantile: Double, of values: inout [Double]) -> Double {
    guard !values.isEmpty, !quantile.isNaN else { return .nan }
    guard quantile >= 0 else { return -.infinity }
    guard quantile <= 1 else { return .infinity }
    // What is not a number counts as the least.
    values.sort { ($0.isNaN && !$1.isNaN) || $0 < $1 }
    let rank = quantile * Double(values.count - 1)
    let lower = max(0, Int(rank.rounded(.down)))
    let upper = min(values.count - 1, lower + 1)
    let weight = rank - rank.rounded(.down)
    return values[lower] * (1 - weight) + values[upper] * weight
  }

  static func isValid(_ quantile: Double) -> Bool { quantile >= 0 && quantile <= 1 }

  static func warning(_ quantile: Double) -> String {
    "quantile value should be between 0 and 1, got \(FloatText.short(quantile))"
  }
}
