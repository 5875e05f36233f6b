import Columns
package import Engine

/// Finds out what a failed insert has nevertheless stored.
///
/// An insert can fail after the engine committed its rows, e.g. in a view that an operator added to the table. To insert
/// them again would store them twice.
package final class StoredRequests: Sendable {
  private let engine: any AnalyticsEngine

  package init(engine: any AnalyticsEngine) { self.engine = engine }

  /// Whether the rows of all these requests came into a table within the last minute, which is more than one commit with
  /// all its attempts takes, and little to read.
  ///
  /// - Parameter day: the UTC day of the rows, since 1970.
  func areStored(_ keys: [RetryFilter.Key], in table: String, day: Int64) throws(EngineError) -> Bool {
    let time = table == "spans" ? "start_time" : "time"
    let found = try engine.query(
      SQLStatement(
        """
        SELECT uniqExact(tenant, batch_id) AS n FROM \(table)
        WHERE received_at >= now() - 60 AND batch_id IN {batches:Array(UInt64)}
          AND tenant IN {tenants:Array(UInt64)} AND toUnixTimestamp64Second(\(time)) >= {from:Int64}
          AND toUnixTimestamp64Second(\(time)) < {to:Int64}
        """,
        [
          "from": .int(day &* 86_400), "to": .int((day &+ 1) &* 86_400), "batches": .unsigneds(keys.map(\.batchID)),
          "tenants": .unsigneds(Set(keys.map { UInt64($0.tenant) }).sorted()),
        ]))
    return found["n"].unsigned(0) == UInt64(Set(keys).count)
  }
}
