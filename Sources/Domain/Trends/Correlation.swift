/// How two series of aligned steps go together.
package struct Correlation: Sendable, Hashable {
  /// The product-moment coefficient of Pearson (1895); NaN where a series has one value only.
  package let pearson: Double
  /// The coefficient of Spearman (1904): Pearson's of the ranks, where equal values share the mean of theirs.
  package let spearman: Double
  /// Steps at which both series have a value.
  package let pairCount: Int

  package init(_ left: [Double?], _ right: [Double?]) {
    let pairs = Self.pairs(left[...], right[...])
    pearson = Self.pearson(pairs.left, pairs.right)
    spearman = Self.pearson(Self.ranks(pairs.left), Self.ranks(pairs.right))
    pairCount = pairs.left.count
  }

  /// The lag with the strongest Pearson coefficient, by its absolute value; of equally strong ones the shortest.
  ///
  /// At a lag of k steps, the left value of each step is paired with the right one k steps later: where the lag is
  /// positive, the right series follows the left one. A lag counts if at least `pairCountMin` steps have both values.
  package static func bestLag(
    _ left: [Double?], _ right: [Double?], within lagMax: Int, pairCountMin: Int = 3
  ) -> (lag: Int, pearson: Double, pairCount: Int)? {
    var best: (lag: Int, pearson: Double, pairCount: Int)?
    let count = min(left.count, right.count)
    let order = (0...max(0, lagMax)).flatMap { $0 == 0 ? [0] : [$0, -$0] }
    for lag in order where abs(lag) < count {
      let pairs =
        lag >= 0
        ? pairs(left[..<(count - lag)], right[lag..<count]) : pairs(left[(-lag)..<count], right[..<(count + lag)])
      guard pairs.left.count >= max(2, pairCountMin) else { continue }
      let value = pearson(pairs.left, pairs.right)
      if !value.isNaN, abs(value) > abs(best?.pearson ?? 0) + 1e-12 { best = (lag, value, pairs.left.count) }
    }
    return best
  }

  private static func pairs(
    _ left: ArraySlice<Double?>, _ right: ArraySlice<Double?>
  ) -> (left: [Double], right: [Double]) {
    var pairs: (left: [Double], right: [Double]) = ([], [])
    for (first, second) in zip(left, right) {
      guard let first, let second, first.isFinite, second.isFinite else { continue }
      pairs.left.append(first)
      pairs.right.append(second)
    }
    return pairs
  }

  private static func pearson(_ left: [Double], _ right: [Double]) -> Double {
    let count = Double(left.count)
    guard count >= 2 else { return .nan }
    let leftMean = left.reduce(0, +) / count
    let rightMean = right.reduce(0, +) / count
    var (product, leftSquares, rightSquares) = (0.0, 0.0, 0.0)
    for (first, second) in zip(left, right) {
      let (first, second) = (first - leftMean, second - rightMean)
      product += first * second
      leftSquares += first * first
      rightSquares += second * second
    }
    guard leftSquares > 0, rightSquares > 0 else { return .nan }
    // Rounding may lead beyond 1.
    return min(1, max(-1, product / (leftSquares.squareRoot() * rightSquares.squareRoot())))
  }

  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
      start = end
    }
    return ranks
  }
}
