import Glibc

/// Durations in buckets that grow by a constant factor, from which quantiles are estimated within 1.1 %.
///
/// Counts of buckets add up, which quantiles do not, and they add up hundreds of times faster than sketches merge.
/// Bucket `b` begins at 2^(b / 32) microseconds of 1,024 ns: 32 buckets for each doubling, the scheme of OpenTelemetry's
/// exponential histogram with scale 5.
package enum DurationBucket {
  private static let perDoubling = 32.0
  private static let unitNanoseconds = 1024.0

  /// The bucket of a duration in nanoseconds as SQL.
  ///
  /// Shorter ones than 1,024 ns are in the first; the last is far beyond any duration.
  package static func sql(of column: String) -> String {
    "toUInt16(\(Int(perDoubling)) * log2(greatest(\(column), \(Int(unitNanoseconds))) / \(Int(unitNanoseconds))))"
  }

  /// The bucket of a duration in nanoseconds, as the engine computes it.
  package static func bucket(of nanoseconds: Int64) -> Double {
    (perDoubling * log2(max(Double(nanoseconds), unitNanoseconds) / unitNanoseconds)).rounded(.down)
  }

  /// The middle of a bucket in nanoseconds.
  package static func nanoseconds(of bucket: Double) -> Double {
    unitNanoseconds * exp2((bucket + 0.5) / perDoubling)
  }
}
