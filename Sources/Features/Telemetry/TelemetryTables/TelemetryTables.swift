package import Schema
import Telemetry

/// The tables of spans and logs.
package enum TelemetryTables {
  package static let all = inserted + derived

  package static let steps = [
    // The last step before the first release made the same tables.
    SchemaStep(
      number: 1, name: "telemetry-0001-tables", formerName: "durations by label",
      file: PackageResources.telemetry_0001_tables_sql)
  ]

  /// What ingest inserts.
  ///
  /// Resources, scopes and attribute keys are few and stay.
  private static let inserted = [
    StoredTable(SpanBlock.table.declaration, retention: StoredTable.Retention(.traces, by: "toDateTime(start_time)")),
    StoredTable(LogBlock.table.declaration, retention: StoredTable.Retention(.logs, by: "toDateTime(time)")),
    StoredTable(ResourceBlock.table.declaration, retention: nil),
    StoredTable(ScopeBlock.table.declaration, retention: nil),
    StoredTable(.attributeKeys, retention: nil),
    StoredTable(.lateOuterSpans, retention: StoredTable.Retention(.traces, by: "toDateTime(received_at)")),
  ]
}
