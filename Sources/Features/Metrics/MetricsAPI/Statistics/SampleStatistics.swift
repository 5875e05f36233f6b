import API
import MetricsQueries
import Trends

/// How several samples become one value.
enum SeriesAggregation: String, CaseIterable, Sendable, Hashable {
  case mean, min, max, p50, p95, p99
}

/// Statistics of samples: exact, of the samples themselves, or of what is left of them.
struct SampleStatistics: Sendable, Hashable {
  let count: Int
  /// Whether they are of roll-ups: quantiles are then less than 1 % from those of the samples.
  let isOfRollUps: Bool
  /// Nil where it is not known.
  private let mean: Double?
  /// Least, greatest, and the quantiles, unless these are not known.
  private let ranks: [Double]
  private static let quantiles = [0.5, 0.95, 0.99]

  /// NaN and stale markers are no values; nil where nothing else is left.
  init?(_ values: some Sequence<Double>) {
    let sorted = values.filter { !$0.isNaN }.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    ranks =
      [first, last] + Self.quantiles.map { OrderStatistics.quantile($0, ofSorted: sorted) }
    count = sorted.count
    mean = sorted.reduce(0, +) / Double(sorted.count)
    isOfRollUps = false
  }

  /// Those of several steps of roll-ups; nil for none.
  init?(_ steps: some Collection<StepSummary>) {
    guard let least = steps.map(\.min).min(), let greatest = steps.map(\.max).max() else { return nil }
    let ranked = steps.allSatisfy { !$0.buckets.isEmpty } ? RankedValues(steps.flatMap(\.buckets)) : RankedValues([])
    ranks =
      [least, greatest] + (ranked.isEmpty ? [] : Self.quantiles.map { OrderStatistics.quantile($0, ofSorted: ranked) })
    count = steps.reduce(0) { $0 + $1.count }
    let sums = steps.compactMap(\.knownSum)
    mean = sums.count == steps.count ? sums.reduce(0, +) / Double(count) : nil
    isOfRollUps = true
  }

  /// Nil where it is not known: quantiles of roll-ups that are shorter than an hour, and the mean of such with NaN.
  subscript(aggregation: SeriesAggregation) -> Double? {
    let rank: Int
    switch aggregation {
    case .mean: return mean
    case .min: rank = 0
    case .max: rank = 1
    case .p50: rank = 2
    case .p95: rank = 3
    case .p99: rank = 4
    }
    return rank < ranks.count ? ranks[rank] : nil
  }
}

extension StepSummary {
  /// Of a step with NaN the sum is not known; its buckets say it nearly.
  fileprivate var knownSum: Double? {
    if let sum { return sum }
    return buckets.isEmpty ? nil : buckets.reduce(0) { $0 + $1.value * Double($1.count) }
  }
}

/// The values of buckets in ascending order, each as often as it counts.
private struct RankedValues: RandomAccessCollection {
  private let values: [Double]
  /// For each value the index after its last one.
  private let ends: [Int]

  init(_ buckets: [ValueBucket]) {
    let sorted = buckets.sorted { $0.value < $1.value }
    values = sorted.map(\.value)
    var end = 0
    ends = sorted.map { bucket in
      end += bucket.count
      return end
    }
  }

  var startIndex: Int { 0 }
  var endIndex: Int { ends.last ?? 0 }

  subscript(index: Int) -> Double {
    var (low, high) = (0, ends.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] > index { high = middle } else { low = middle + 1 }
    }
    return values[low]
  }
}
