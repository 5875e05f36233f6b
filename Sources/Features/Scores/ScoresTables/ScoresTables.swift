package import Schema
import Telemetry

/// The table of scores.
package enum ScoresTables {
  package static let all = [
    // As long as what they are about, from the time of the judgement.
    StoredTable(ScoreBlock.table.declaration, retention: StoredTable.Retention(.traces, by: "toDateTime(time)"))
  ]

  package static let steps = [
    SchemaStep(number: 1, name: "scores-0001-tables", file: PackageResources.scores_0001_tables_sql)
  ]
}
