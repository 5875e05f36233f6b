import Columns
import OTLP

/// A row of `metric_points`, the table of earlier versions: a data point of OpenTelemetry.
struct StoredPoint {
  /// What the points of one metric share.
  struct Header: Hashable {
    var kind: OTLPMetricKind
    var unit: String
    var description: String
    /// As in OTLP: 1 delta, 2 cumulative.
    var temporality: UInt64
    var isMonotonic: Bool

    /// Whether the points are added up, as ingest does.
    ///
    /// A sum that may fall is not: what it was before is not known.
    var isAddedUp: Bool {
      temporality == 1
        && (kind == .sum && isMonotonic || kind == .histogram || kind == .exponentialHistogram)
    }
  }

  enum Number: Hashable {
    case int(Int64)
    case double(Double)
  }

  var header: Header
  var resourceID: UInt64
  /// Of the resource.
  var service: String
  var scopeName: String
  var scopeVersion: String
  /// Hash of everything that tells series of a metric apart.
  var series: UInt64
  /// Nanoseconds since 1970.
  var time: Int64
  /// With the text that labels have.
  var attributes: [StoredAttributeText]
  var flags: UInt64
  var number: Number?
  var count: UInt64
  var sum: Double?
  var bucketCounts: [UInt64]
  var bounds: [Double]
  var exponential: ExponentialBuckets
  var quantiles: [Double]
  var quantileValues: [Double]
  /// Messages `Exemplar`; nil where their text could not be read.
  var exemplars: [[UInt8]]?

  /// Bit 0 of `flags`, `DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK`.
  var isStale: Bool { flags & 1 != 0 }
}

/// An attribute as text.
struct StoredAttributeText: Hashable {
  let key: String
  let value: String
}

/// Adds up the deltas of one series after another, each from 0.
struct PointSums {
  private var series: UInt64?
  private var point: StoredPoint?

  /// The point with the sum up to it in place of a delta; others stay as they are.
  ///
  /// - Parameter delta: points of one series MUST follow one another, by time.
  mutating func add(_ delta: StoredPoint) -> StoredPoint {
    guard delta.header.isAddedUp else { return delta }
    var sum = delta
    sum.header.temporality = 2
    if delta.isStale { return sum }
    if delta.series == series, let before = point {
      switch delta.header.kind {
      case .histogram where before.bounds == delta.bounds && before.bucketCounts.count == delta.bucketCounts.count:
        sum.bucketCounts = zip(before.bucketCounts, delta.bucketCounts).map { $0 &+ $1 }
        sum.addTotals(of: before)
      case .exponentialHistogram:
        sum.exponential = before.exponential + delta.exponential
        sum.addTotals(of: before)
      case .sum: sum.number = .double(before.value + delta.value)
      // Other bounds than before: the histogram begins anew.
      case .histogram, .gauge, .summary: break
      }
    }
    series = delta.series
    point = sum
    return sum
  }
}

extension StoredPoint {
  fileprivate var value: Double {
    switch number {
    case .int(let value): Double(value)
    case .double(let value): value
    case nil: 0
    }
  }

  fileprivate mutating func addTotals(of before: StoredPoint) {
    count &+= before.count
    sum = sum.flatMap { sum in before.sum.map { $0 + sum } }
  }
}
