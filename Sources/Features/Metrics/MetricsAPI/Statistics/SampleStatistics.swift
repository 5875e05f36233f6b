import API
import Trends

/// How several samples become one value.
enum SeriesAggregation: String, CaseIterable, Sendable, Hashable {
  case mean, min, max, p50, p95, p99
}

/// Statistics of samples: exact, of the samples themselves.
struct SampleStatistics: Sendable, Hashable {
  let count: Int
  private let mean: Double
  /// Least, greatest, and the quantiles.
  private let ranks: [Double]

  /// NaN and stale markers are no values; nil where nothing else is left.
  init?(_ values: some Sequence<Double>) {
    let sorted = values.filter { !$0.isNaN }.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    ranks =
      [first, last] + [0.5, 0.95, 0.99].map { OrderStatistics.quantile($0, ofSorted: sorted) }
    count = sorted.count
    mean = sorted.reduce(0, +) / Double(sorted.count)
  }

  subscript(aggregation: SeriesAggregation) -> Double {
    switch aggregation {
    case .mean: mean
    case .min: ranks[0]
    case .max: ranks[1]
    case .p50: ranks[2]
    case .p95: ranks[3]
    case .p99: ranks[4]
    }
  }
}
