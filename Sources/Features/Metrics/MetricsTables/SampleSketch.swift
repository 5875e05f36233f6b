import Glibc
import Schema
import Telemetry

/// A table that has for each series how many of its values lay where in each step of a level, for percentiles.
///
/// A value is known to less than 1 %: buckets grow by the 36th root of 2.
package struct SampleSketch: Sendable, Hashable {
  package let level: SampleLevel
  package let table: String

  package static let hours = SampleSketch(.hours, "sample_hour_sketches")
  package static let days = SampleSketch(.days, "sample_day_sketches")

  /// The finest first.
  package static let all = [hours, days]

  private init(_ level: SampleLevel, _ table: String) {
    self.level = level
    self.table = table
  }

  /// The sketch of a level; nil where it has none.
  package init?(of level: SampleLevel) {
    guard let sketch = Self.all.first(where: { $0.level == level }) else { return nil }
    self = sketch
  }

  private static let bucketsPerDoubling = 36.0
  /// Sizes of 2 to the power of less are 0: 9e-13.
  private static let exponentMin = -40.0
  /// That of infinity.
  private static let bucketMax = 4_321

  /// The value that stands for those of a bucket: as far from the least as from the greatest, in parts of them.
  package static func value(ofBucket bucket: Int) -> Double {
    guard bucket != 0 else { return 0 }
    let size = abs(bucket)
    if size >= bucketMax { return bucket > 0 ? .infinity : -.infinity }
    let growth = exp2(1 / bucketsPerDoubling)
    let least = exp2(Double(size - 1) / bucketsPerDoubling + exponentMin)
    let middle = least * 2 * growth / (1 + growth)
    return bucket > 0 ? middle : -middle
  }
}

extension MetricsTables {
  /// The same commits as those of the levels, but rolled up less often: sketches are read of samples that are gone.
  ///
  /// Ten minutes: of samples that are 15 s apart a row has 40, instead of one or two.
  private static let sketchedSamples = RollUpSource(
    SampleBlock.table.declaration.name, name: "sample_sketches", interval: .seconds(600))

  static let sketches = zip(SampleSketch.all, [nil] + SampleSketch.all).map { sketch, below in
    StoredTable(
      sketch.table, below.map { .added(rows(of: sketch, above: $0)) } ?? .sums(of: sketchedSamples),
      retention: StoredTable.Retention(sketch.level.retention, by: "time"),
      [
        DerivedColumn("tenant", "Whose samples they are."),
        DerivedColumn("metric", "Hash of the metric's name, which keeps its series together."),
        DerivedColumn("series_id", "The series, as in `series`."),
        DerivedColumn("time", "The end of the step of \(sketch.level.name), as in `\(sketch.level.table)`."),
        DerivedColumn("buckets", "Numbers of buckets, and how many values each has; without NaN."),
        DerivedColumn("rolled_until", "The row has commits up to this time."),
      ])
  }

  private static func rows(of sketch: SampleSketch, above below: SampleSketch) -> AddedRows {
    .level(
      above: below.table, keys: ["tenant", "metric", "series_id", "time"], time: "time",
      seconds: sketch.level.seconds, at: .end, states: [.sumMap("buckets")])
  }
}
