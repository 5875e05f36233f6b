import Base
package import Schema
import Telemetry

/// A table that has for each series what its samples were in steps of one length.
///
/// A step ends at its time and includes it, like a window of PromQL.
package struct SampleLevel: Sendable, Hashable {
  package let table: String
  package let seconds: Int
  package let retention: RetentionPeriod
  /// The length of a step as durations are written, such as `5m`.
  package let name: String

  package var milliseconds: Int64 { Int64(seconds) * 1_000 }

  package static let minutes = SampleLevel(
    "sample_minutes", 60, "1m", retention: RetentionPeriod("sample_minutes", default: .seconds(2 * 86_400)))
  package static let fiveMinutes = SampleLevel(
    "sample_five_minutes", 300, "5m", retention: RetentionPeriod("sample_five_minutes", default: .seconds(30 * 86_400)))
  package static let hours = SampleLevel(
    "sample_hours", 3_600, "1h", retention: RetentionPeriod("sample_hours", default: .seconds(365 * 86_400)))
  package static let days = SampleLevel(
    "sample_days", 86_400, "1d", retention: RetentionPeriod("sample_days", default: .forever))

  /// The finest first.
  package static let all = [minutes, fiveMinutes, hours, days]

  private init(_ table: String, _ seconds: Int, _ name: String, retention: RetentionPeriod) {
    self.table = table
    self.seconds = seconds
    self.name = name
    self.retention = retention
  }
}

extension MetricsTables {
  /// What the levels are derived from.
  ///
  /// Every two minutes, or when as many rows wait as one statement takes: of samples that are 15 s apart a row of a minute has three,
  /// instead of one. Whoever reads a level computes what it lacks of a few series, which is as quick as reading their samples.
  package static let samples = RollUpSource(SampleBlock.table.declaration.name, interval: .seconds(120))

  /// The levels, each added up from the one below.
  static let rollUps = zip(SampleLevel.all, [nil] + SampleLevel.all).map { level, below in
    StoredTable(
      level.table, below.map { .added(rows(of: level, above: $0)) } ?? .sums(of: samples),
      retention: StoredTable.Retention(level.retention, by: "time"), columns(of: level))
  }

  private static func rows(of level: SampleLevel, above below: SampleLevel) -> AddedRows {
    .level(
      above: below.table, keys: ["tenant", "metric", "series_id", "time"], time: "time", seconds: level.seconds,
      at: .end,
      states: [
        .sum("count"), .sum("nan_count"), .sum("sum"), .min("min"), .max("max"), .earliest("first"),
        .latest("last"), .max("stale"),
      ])
  }

  private static func columns(of level: SampleLevel) -> [DerivedColumn] {
    [
      DerivedColumn("tenant", "Whose samples they are."),
      DerivedColumn("metric", "Hash of the metric's name, which keeps its series together."),
      DerivedColumn("series_id", "The series, as in `series`."),
      DerivedColumn(
        "time",
        "The end of the step of \(level.name): the row has the samples of the \(level.name) up to and including it."),
      DerivedColumn("count", "Values, NaN among them, without stale markers."),
      DerivedColumn("nan_count", "Those of them that are NaN."),
      DerivedColumn("sum", "Their sum; NaN where one of them is."),
      DerivedColumn("min", "The smallest that is not NaN; infinite for none."),
      DerivedColumn("max", "The greatest that is not NaN; negative and infinite for none."),
      DerivedColumn(
        "first", "The time of the first value, whether it is NaN, and the value times -1; the year 2200 for none."),
      DerivedColumn("last", "The time of the last value, whether it is a number, and the value; 1970 for none."),
      DerivedColumn("stale", "The time of the last stale marker, which ends the series; 1970 for none."),
      DerivedColumn("rolled_until", "The row has commits up to this time."),
    ]
  }
}
