import Columns
import Engine

/// What the store holds and takes, as of the last roll-up.
package struct StoreStatistics: Sendable, Hashable {
  /// Rows that queries read, by table.
  package var rowCounts: [String: Int] = [:]
  /// Parts of tables that queries read.
  package var activePartCount = 0
  /// Parts that were merged into others and are deleted a minute later.
  package var mergedPartCount = 0
  /// Memory that the engine accounts for: queries, inserts, merges and its caches.
  ///
  /// Its allocator holds more.
  package var engineMemoryBytes = 0

  static let sql = """
    SELECT
      table, toInt64(sumIf(rows, active)) AS rows, toInt64(countIf(active)) AS active_parts,
      toInt64(countIf(NOT active)) AS merged_parts,
      (SELECT toInt64(value) FROM system.metrics WHERE metric = 'MemoryTracking') AS memory
    FROM system.parts WHERE database = currentDatabase() GROUP BY table
    """

  init() {}

  /// Reads a result of ``sql``.
  init(_ result: QueryResult) {
    for row in 0..<result.rowCount {
      func number(_ column: String) -> Int { Int(result[column].int(row) ?? 0) }
      rowCounts[result["table"].string(row) ?? ""] = number("rows")
      activePartCount += number("active_parts")
      mergedPartCount += number("merged_parts")
      engineMemoryBytes = number("memory")
    }
  }
}
