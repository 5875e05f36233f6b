import Glibc

/// The buckets of an exponential histogram.
///
/// A bucket of the index `i` holds what is greater than `base^i` and at most `base^(i+1)`, where the base is
/// `2^(2^-scale)` (metrics.proto, `ExponentialHistogramDataPoint`); those of negative values likewise by their
/// magnitude.
struct ExponentialBuckets: Equatable {
  /// Buckets of positive and negative values together that series are made of.
  ///
  /// SDKs have 160 of each by default.
  static let countMax = 160
  /// The scales that OpenTelemetry's SDKs use.
  static let scales = -10...20

  /// Buckets of values of one sign, of neighbouring indexes.
  struct Side: Equatable {
    /// The index of the first.
    var offset = 0
    var counts: [UInt64] = []

    /// The indexes that have values; nil for none.
    fileprivate var indexes: ClosedRange<Int>? {
      guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }) else {
        return nil
      }
      return offset + first...offset + last
    }

    /// The buckets with 2 to the power of `shift` neighbours merged into each, and none outside of `indexes`.
    fileprivate func merged(by shift: Int, into indexes: ClosedRange<Int>?) -> Side {
      guard let indexes else { return Side() }
      var result = Side(offset: indexes.lowerBound, counts: Array(repeating: 0, count: indexes.count))
      for (place, count) in counts.enumerated() where count > 0 {
        result.counts[((offset + place) >> shift) - indexes.lowerBound] &+= count
      }
      return result
    }
  }

  var scale = 0
  var zeroThreshold = 0.0
  var zeroCount: UInt64 = 0
  var positive = Side()
  var negative = Side()

  private var hasBuckets: Bool { positive.indexes != nil || negative.indexes != nil }

  /// The sum of two, at the greatest scale at which at most ``countMax`` buckets are left.
  static func + (left: Self, right: Self) -> Self {
    // The scale of one without buckets says nothing.
    let common = [left, right].filter(\.hasBuckets).map(\.scale).min() ?? min(left.scale, right.scale)
    var (leftShift, rightShift) = (left.scale - common, right.scale - common)
    // Ends: at 64 steps each side has two indexes at most, -1 and 0.
    while true {
      let positive = union(left.positive, leftShift, right.positive, rightShift)
      let negative = union(left.negative, leftShift, right.negative, rightShift)
      if (positive?.count ?? 0) + (negative?.count ?? 0) <= countMax {
        var result = Self()
        result.scale = left.scale - leftShift
        result.zeroThreshold = max(left.zeroThreshold, right.zeroThreshold)
        result.zeroCount = left.zeroCount &+ right.zeroCount
        result.positive = sum(left.positive, leftShift, right.positive, rightShift, positive)
        result.negative = sum(left.negative, leftShift, right.negative, rightShift, negative)
        return result
      }
      leftShift += 1
      rightShift += 1
    }
  }

  private static func union(_ left: Side, _ leftShift: Int, _ right: Side, _ rightShift: Int) -> ClosedRange<Int>? {
    let ranges = [(left.indexes, leftShift), (right.indexes, rightShift)].compactMap { indexes, shift in
      indexes.map { $0.lowerBound >> shift...$0.upperBound >> shift }
    }
    guard let first = ranges.first, let last = ranges.last else { return nil }
    return min(first.lowerBound, last.lowerBound)...max(first.upperBound, last.upperBound)
  }

  private static func sum(
    _ left: Side, _ leftShift: Int, _ right: Side, _ rightShift: Int, _ indexes: ClosedRange<Int>?
  ) -> Side {
    var result = left.merged(by: leftShift, into: indexes)
    let other = right.merged(by: rightShift, into: indexes)
    for place in result.counts.indices { result.counts[place] &+= other.counts[place] }
    return result
  }

  /// Where index `i` begins.
  private func bound(_ index: Int) -> Double { exp2(Double(index) * exp2(-Double(scale))) }

  /// The buckets of a classic histogram: how many values are at most each bound, the bounds ascending and finite.
  ///
  /// A bound where the buckets of one sign begin is among them, so that quantiles are interpolated from there.
  func classic() -> [(bound: Double, count: UInt64)] {
    let buckets = self + Self()
    var result: [(bound: Double, count: UInt64)] = []
    var count: UInt64 = 0
    func append(_ bound: Double, _ added: UInt64) {
      count &+= added
      guard bound.isFinite else { return }
      // A bound that a Double does not tell from the one before, or within the bucket of zero.
      if let last = result.last, bound <= last.bound {
        result[result.count - 1].count = count
      } else {
        result.append((bound, count))
      }
    }
    if !buckets.negative.counts.isEmpty {
      append(-buckets.bound(buckets.negative.offset + buckets.negative.counts.count), 0)
    }
    for place in buckets.negative.counts.indices.reversed() {
      append(-buckets.bound(buckets.negative.offset + place), buckets.negative.counts[place])
    }
    if buckets.zeroCount > 0 || !buckets.negative.counts.isEmpty { append(buckets.zeroThreshold, buckets.zeroCount) }
    if !buckets.positive.counts.isEmpty { append(buckets.bound(buckets.positive.offset), 0) }
    for place in buckets.positive.counts.indices {
      append(buckets.bound(buckets.positive.offset + place + 1), buckets.positive.counts[place])
    }
    return result
  }
}
