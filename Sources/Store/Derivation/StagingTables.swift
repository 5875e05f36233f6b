import Columns
import Engine
import Schema

/// The tables in which roll-ups prepare the rows of tables of sums, `NAME_staging`.
enum StagingTables {
  /// Drops those whose table has got other columns since, by a later step of the schema; a move needs the same columns.
  static func dropOutdated(of plans: [RollUpPlan], run: SchemaRunner.Run) throws(EngineError) {
    let result = try run(
      """
      SELECT table, name, type FROM system.columns WHERE database = currentDatabase() ORDER BY table, position
      """)
    var columns: [String: [String]] = [:]
    for row in 0..<result.rowCount {
      func text(_ column: String) -> String { result[column].string(row) ?? "" }
      columns[text("table"), default: []].append("\(text("name")) \(text("type"))")
    }
    for table in plans.flatMap(\.sums) {
      guard let staging = columns["\(table)_staging"], staging != columns[table] else { continue }
      _ = try run("DROP TABLE \(table)_staging SYNC")
    }
  }
}
