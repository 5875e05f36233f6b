/// How many series and labels a tenant has, and where the most are.
package struct SeriesStatistics: Sendable {
  package typealias Count = (name: String, count: Int)

  package var seriesCount = 0
  /// Distinct pairs of a name and a value.
  package var labelPairCount = 0
  /// The UTC days, from 1970, of the earliest and the latest sample; nil without series.
  package var days: ClosedRange<UInt32>?
  /// The lists have the greatest first.
  package var seriesCountByMetric: [Count] = []
  package var valueCountByLabel: [Count] = []
  /// UTF-8 bytes of the values of each label.
  package var valueBytesByLabel: [Count] = []
  /// Pairs are written `name=value`.
  package var seriesCountByPair: [Count] = []

  package init() {}
}

/// The items with the greatest counts; of equal ones those with the lesser key.
///
/// O(log limit) for each that is added.
struct GreatestCounts {
  private let limit: Int
  private var items: [(key: UInt64, count: Int)] = []

  init(limit: Int) { self.limit = max(1, limit) }

  mutating func add(_ key: UInt64, _ count: Int) {
    items.append((key, count))
    if items.count >= limit * 2 { cut() }
  }

  private mutating func cut() {
    items.sort { $0.count > $1.count || ($0.count == $1.count && $0.key < $1.key) }
    items.removeLast(max(0, items.count - limit))
  }

  /// The greatest first.
  mutating func result(_ name: (UInt64) -> String) -> [SeriesStatistics.Count] {
    cut()
    return items.map { (name($0.key), $0.count) }
  }
}
