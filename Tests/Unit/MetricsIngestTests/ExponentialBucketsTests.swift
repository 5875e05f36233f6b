import Testing

@testable import MetricsIngest

@Suite struct ExponentialBucketsTests {
  private static func buckets(
    scale: Int, zero: UInt64 = 0, threshold: Double = 0, positive: (Int, [UInt64]) = (0, []),
    negative: (Int, [UInt64]) = (0, [])
  ) -> ExponentialBuckets {
    var buckets = ExponentialBuckets()
    buckets.scale = scale
    buckets.zeroCount = zero
    buckets.zeroThreshold = threshold
    buckets.positive = .init(offset: positive.0, counts: positive.1)
    buckets.negative = .init(offset: negative.0, counts: negative.1)
    return buckets
  }

  @Test(
    arguments: [
      (buckets(scale: 0), []),
      (buckets(scale: 0, zero: 3, threshold: 0.25), [(0.25, 3)]),
      (buckets(scale: 0, positive: (-2, [0, 1, 2, 0])), [(0.5, 0), (1, 1), (2, 3)]),
      (buckets(scale: -1, positive: (0, [1, 1])), [(1, 0), (4, 1), (16, 2)]),
      (buckets(scale: 1, positive: (1, [5])), [(1.4142135623730951, 0), (2, 5)]),
      (
        buckets(scale: 0, zero: 1, positive: (0, [4]), negative: (0, [2, 3])),
        [(-4, 0), (-2, 3), (-1, 5), (0, 6), (1, 6), (2, 10)]
      ),
      // A bucket within that of zero is a part of it.
      (buckets(scale: 0, zero: 1, threshold: 2, positive: (0, [4, 5])), [(2, 5), (4, 10)]),
      // Beyond what a Double holds: in the bucket of +Inf, whose count is the point's.
      (buckets(scale: -10, positive: (0, [1, 1])), [(1, 0)]),
    ] as [(ExponentialBuckets, [(Double, UInt64)])])
  func `buckets are counted up to their exact bounds`(buckets: ExponentialBuckets, classic: [(Double, UInt64)]) {
    let found = buckets.classic()
    #expect(found.map(\.bound) == classic.map(\.0))
    #expect(found.map(\.count) == classic.map(\.1))
  }

  @Test(arguments: [1, 160, 161, 320, 5_000, 16_384]) func `neighbours are merged until few are left`(count: Int) {
    for offset in [-20_000, -1, 0, 12_345] {
      let wide = Self.buckets(
        scale: 8, positive: (offset, Array(repeating: 1, count: count)), negative: (7, [1, 0, 1]))
      let merged = wide + ExponentialBuckets()
      let left = merged.positive.counts.count + merged.negative.counts.count
      #expect(left <= ExponentialBuckets.countMax)
      #expect(merged.positive.counts.reduce(0, +) == UInt64(count))
      // Not more than needed: one step less would leave too many.
      if merged.scale < 8 { #expect(left > ExponentialBuckets.countMax / 2 - 4) }
      // A bound is one of the finer buckets too, and at most it there are as many values.
      let fine = 1 << (8 - merged.scale)
      let end = (merged.positive.offset + 1) * fine
      #expect(merged.positive.counts[0] == UInt64(max(0, min(count, end - offset))))
    }
  }

  @Test func `indexes far from each other are merged too`() {
    let far = Self.buckets(scale: 20, positive: (Int(Int32.max) - 2, [1, 1]), negative: (Int(Int32.min), [1]))
    let merged = far + Self.buckets(scale: -10, positive: (Int(Int32.min), [1]))
    #expect(merged.positive.counts.reduce(0, +) == 3)
    #expect(merged.positive.counts.count + merged.negative.counts.count <= ExponentialBuckets.countMax)
  }
}
