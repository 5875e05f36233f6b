import Base
package import Schema
import Telemetry

/// The tables of samples, series and exemplars.
package enum MetricsTables {
  package static let all =
    [
      StoredTable(SampleBlock.table.declaration, retention: StoredTable.Retention(.samples, by: "toDateTime(time)")),
      StoredTable(
        SeriesBlock.table.declaration, retention: StoredTable.Retention(.series, by: "toDateTime(day * 86400)")),
      StoredTable(MetricFamilyBlock.table.declaration, retention: nil),
      StoredTable(ExemplarBlock.table.declaration, retention: StoredTable.Retention(.samples, by: "toDateTime(time)")),
    ] + rollUps + sketches

  package static let steps = [
    SchemaStep(number: 1, name: "metrics-0001-tables", file: PackageResources.metrics_0001_tables_sql),
    SchemaStep(number: 2, name: "metrics-0002-rollups", file: PackageResources.metrics_0002_rollups_sql),
    SchemaStep(number: 3, name: "metrics-0003-exemplars", file: PackageResources.metrics_0003_exemplars_sql),
    SchemaStep(number: 4, name: "metrics-0004-views", file: PackageResources.metrics_0004_views_sql),
  ]
}

extension RetentionPeriod {
  /// Samples as they came.
  ///
  /// Default 15 days.
  package static let samples = RetentionPeriod("samples", default: .seconds(15 * 86_400))
  /// Which series had samples on a day.
  ///
  /// Default for ever: as long as the days of them.
  package static let series = RetentionPeriod("series", default: .forever)
}
