/// Durations in a fixed number of buckets, each at most 3 % wide; no allocation per record.
struct Latencies {
  private static let bucketsPerDoubling = 32
  private var counts = [UInt64](repeating: 0, count: 64 * bucketsPerDoubling)
  private(set) var count: UInt64 = 0
  private(set) var maximum: UInt64 = 0

  mutating func record(nanoseconds: UInt64) {
    counts[Self.bucket(of: nanoseconds)] += 1
    count += 1
    maximum = max(maximum, nanoseconds)
  }

  /// The upper edge, in milliseconds, of the bucket that holds the `fraction` quantile; 0 when nothing was recorded.
  func milliseconds(at fraction: Double) -> Double {
    let rank = UInt64((Double(count) * fraction).rounded(.up))
    var seen: UInt64 = 0
    for (bucket, inBucket) in counts.enumerated() where inBucket > 0 {
      seen += inBucket
      if seen >= rank { return Double(min(Self.upperEdge(of: bucket), maximum)) / 1e6 }
    }
    return 0
  }

  private static func bucket(of value: UInt64) -> Int {
    guard value >= UInt64(bucketsPerDoubling) else { return Int(value) }
    let exponent = 63 - value.leadingZeroBitCount
    let fraction = Int((value >> UInt64(exponent - 5)) & 31)
    return (exponent - 4) * bucketsPerDoubling + fraction
  }

  private static func upperEdge(of bucket: Int) -> UInt64 {
    guard bucket >= bucketsPerDoubling else { return UInt64(bucket) }
    let exponent = bucket / bucketsPerDoubling + 4
    let fraction = UInt64(bucket % bucketsPerDoubling)
    return (32 + fraction + 1) << UInt64(exponent - 5)
  }
}
