/// The scores of one name and kind on one thing, together.
package struct ScoreTally: Sendable, Hashable {
  package var name: String
  package var kind: ScoreKind
  package var count: UInt64
  /// The mean of numbers, the share of true among booleans; nil for categories.
  package var mean: Double?
  /// The newest value.
  package var latest: ScoreValue

  package init(name: String, kind: ScoreKind, count: UInt64, mean: Double?, latest: ScoreValue) {
    self.name = name
    self.kind = kind
    self.count = count
    self.mean = mean
    self.latest = latest
  }
}
