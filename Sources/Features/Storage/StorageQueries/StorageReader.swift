import Base
import Columns
package import Engine
package import Schema

/// Reads what the store keeps, from what the engine notes of the parts of its tables.
package struct StorageReader: Sendable {
  private let engine: any AnalyticsEngine
  private let tables: [StoredTable]
  private let retention: RetentionPolicy

  package init(engine: any AnalyticsEngine, schema: StoreSchema, retention: RetentionPolicy) {
    self.engine = engine
    tables = schema.tables
    self.retention = retention
  }

  /// Every table that a feature declares, in their order.
  ///
  /// One statement, however much is stored.
  package func tables(during activity: QueryActivity) throws(EngineError) -> [KeptTable] {
    // The engine keeps for each part when its first and its last row become too old. Rows of tables that are divided by
    // days go with their part, those of others one by one.
    let result = try engine.query(
      SQLStatement(
        """
        SELECT
          table, toInt64(sum(rows)) AS row_count, toInt64(sum(bytes_on_disk)) AS byte_count,
          toInt64(toUnixTimestamp(minIf(delete_ttl_info_min, delete_ttl_info_max > toDateTime(0)))) AS first_end,
          toInt64(toUnixTimestamp(max(delete_ttl_info_max))) AS last_end,
          toInt64(toUnixTimestamp(minIf(delete_ttl_info_max, delete_ttl_info_max > toDateTime(0)))) AS first_part_end
        FROM system.parts WHERE database = currentDatabase() AND active GROUP BY table
        """), during: activity)
    var rows: [String: Int] = [:]
    for row in 0..<result.rowCount { rows[result["table"].string(row) ?? ""] = row }
    return tables.map { table in
      let time = table.retention.map { retention[$0.period] }.flatMap { $0 == .forever ? nil : $0 }
      var kept = KeptTable(name: table.name, retention: time)
      guard let row = rows[table.name] else { return kept }
      func number(_ column: String) -> Int64 { result[column].int(row) ?? 0 }
      kept.rowCount = number("row_count")
      kept.byteCount = number("byte_count")
      guard let seconds = time?.components.seconds, number("last_end") > 0 else { return kept }
      kept.oldest = Self.time(number("first_end") - seconds)
      kept.newest = Self.time(number("last_end") - seconds)
      kept.nextDeletion = Self.time(number(table.dayColumn == nil ? "first_end" : "first_part_end"))
      return kept
    }
  }

  private static func time(_ seconds: Int64) -> UnixNanoseconds { UnixNanoseconds(seconds * 1_000_000_000) }
}
