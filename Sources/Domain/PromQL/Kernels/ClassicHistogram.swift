/// A bucket of a classic histogram: how many observations are at most its bound.
struct ClassicBucket {
  var bound: Double
  var count: Double
}

/// What a histogram with cumulative buckets says about its observations.
struct ClassicHistogram {
  /// By bound, each once.
  private var buckets: [ClassicBucket]

  /// Below this relative difference, counts of two buckets differ by rounding errors only.
  private static let tolerance = 1e-12

  /// Nil unless the last bucket has all observations, that is, its bound is `+Inf`.
  ///
  /// MUST have a bucket.
  init?(_ unsorted: [ClassicBucket]) {
    buckets = []
    for bucket in unsorted.sorted(by: { $0.bound < $1.bound }) {
      if let last = buckets.last, last.bound == bucket.bound {
        buckets[buckets.count - 1].count += bucket.count
      } else {
        buckets.append(bucket)
      }
    }
    guard buckets.last?.bound == .infinity else { return nil }
  }

  /// Makes counts grow with the bounds: lifts what is below the bucket before it.
  ///
  /// - Returns: What was lifted by more than a rounding error; nil for nothing.
  mutating func makeMonotonic(at time: Int64) -> BucketRepair? {
    var repair: BucketRepair?
    var previous = buckets[0].count
    for index in buckets.indices.dropFirst() {
      let count = buckets[index].count
      if count == previous { continue }
      let isRoundingError = Self.areAlmostEqual(previous, count)
      guard isRoundingError || count < previous else {
        previous = count
        continue
      }
      buckets[index].count = previous
      if isRoundingError { continue }
      let bound = buckets[index].bound
      let found = BucketRepair(
        firstTime: time, lastTime: time, leastBound: bound, greatestBound: bound, greatestDifference: previous - count)
      repair?.merge(found)
      repair?.count = 1
      repair = repair ?? found
    }
    return repair
  }

  /// The quantile, interpolated within its bucket.
  ///
  /// The buckets MUST be monotonic.
  ///
  /// In the last bucket it is the greatest finite bound. The first bucket begins at 0 where its bound is positive, and
  /// counts as its bound elsewhere.
  func quantile(_ quantile: Double) -> Double {
    let last = buckets.count - 1
    guard last > 0, buckets[last].count != 0 else { return .nan }
    var rank = quantile * buckets[last].count
    let index = buckets[..<last].firstIndex { $0.count >= rank } ?? last
    if index == last { return buckets[last - 1].bound }
    if index == 0, buckets[0].bound <= 0 { return buckets[0].bound }
    var start = 0.0
    var count = buckets[index].count
    if index > 0 {
      start = buckets[index - 1].bound
      count -= buckets[index - 1].count
      rank -= buckets[index - 1].count
    }
    return start + (buckets[index].bound - start) * (rank / count)
  }

  /// The share of observations between two values, interpolated within buckets.
  func fraction(from lower: Double, to upper: Double) -> Double {
    let total = buckets[buckets.count - 1].count
    guard total != 0, !lower.isNaN, !upper.isNaN else { return .nan }
    guard lower < upper else { return 0 }
    return (rank(of: upper, total: total) - rank(of: lower, total: total)) / total
  }

  /// How many observations are below a value.
  private func rank(of value: Double, total: Double) -> Double {
    // Observations are taken for positive where the first bound is.
    var start = buckets[0].bound <= 0 ? -Double.infinity : 0
    var rank = 0.0
    for bucket in buckets {
      if start >= value { return min(rank, total) }
      if bucket.bound > value {
        // A bucket without a lower bound cannot be divided: it counts whole.
        guard start > -.infinity else { return min(bucket.count, total) }
        return min(rank + (bucket.count - rank) * (value - start) / (bucket.bound - start), total)
      }
      rank = bucket.count
      start = bucket.bound
    }
    return total
  }

  private static func areAlmostEqual(_ left: Double, _ right: Double) -> Bool {
    let sum = left.magnitude + right.magnitude
    let difference = (left - right).magnitude
    guard left != 0, right != 0, sum >= Double.leastNormalMagnitude else {
      return difference < tolerance * Double.leastNormalMagnitude
    }
    return difference / min(sum, Double.greatestFiniteMagnitude) < tolerance
  }
}
