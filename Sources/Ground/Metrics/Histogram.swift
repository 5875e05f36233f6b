import Synchronization

/// Counts of values by fixed buckets, with their sum.
///
/// No lock, no allocation.
///
/// A reader that runs beside writers may see a value in its bucket before it sees it in the sum.
package final class Histogram: Sendable {
  /// The inclusive upper bounds of the buckets, ascending; values beyond the last one count in a bucket of their own.
  package let bounds: [Double]
  private let buckets: [Counter]
  private let sum = Atomic<Double>(0)

  /// - Parameter bounds: finite and ascending, at least one.
  package init(bounds: [Double]) {
    precondition(!bounds.isEmpty && bounds.allSatisfy(\.isFinite), "a histogram needs finite bounds, not \(bounds)")
    precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds must ascend: \(bounds)")
    self.bounds = bounds
    buckets = (0...bounds.count).map { _ in Counter() }
  }

  /// Counts one value; NaN is ignored, since it would spoil the sum for good.
  package func observe(_ value: Double) {
    guard !value.isNaN else { return }
    var index = 0
    while index < bounds.count, value > bounds[index] { index += 1 }
    buckets[index].add()
    sum.accumulate(value)
  }

  /// Counts a duration in seconds.
  package func observe(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    observe(Double(seconds) + Double(attoseconds) * 1e-18)
  }

  /// The statistics at this moment; `counts` has one more entry than there are bounds.
  package func snapshot() -> HistogramSnapshot {
    HistogramSnapshot(bounds: bounds, counts: buckets.map(\.value), sum: sum.load(ordering: .relaxed))
  }

  /// Upper bounds in seconds for requests, from 0.5 ms to 10 s.
  package static let requestSeconds: [Double] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  /// Upper bounds in bytes, from 256 B to 64 MiB by powers of four.
  package static let bytes: [Double] = (0...9).map { Double(256 << (2 * $0)) }

  /// Upper bounds for counts of items in a batch, from 1 to 100,000.
  package static let items: [Double] = [1, 10, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100_000]
}

/// The statistics of a histogram at one moment.
package struct HistogramSnapshot: Sendable, Equatable {
  package let bounds: [Double]
  /// How many values each bucket holds, not cumulated; the last one is beyond every bound.
  package let counts: [UInt64]
  package let sum: Double

  package init(bounds: [Double], counts: [UInt64], sum: Double) {
    self.bounds = bounds
    self.counts = counts
    self.sum = sum
  }

  package var count: UInt64 { counts.reduce(0, +) }
}
