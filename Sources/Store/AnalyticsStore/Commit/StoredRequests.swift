package import Engine

/// Finds out what a failed insert has stored all the same.
///
/// An insert can fail after the engine committed its rows, e.g. in a view that an operator added to the table. To insert
/// them again would store them twice.
package final class StoredRequests: Sendable {
  private let engine: any AnalyticsEngine

  package init(engine: any AnalyticsEngine) { self.engine = engine }

  /// Whether the rows of all these requests came into a table within the last minute, which is more than one commit with
  /// all its attempts takes, and little to read. Those of requests with several days have no batch ids, so
  /// they are never found, and are rather stored twice than never.
  func areStored(_ keys: [RetryFilter.Key], in table: String) throws(EngineError) -> Bool {
    let found = try engine.query(
      SQLStatement(
        """
        SELECT uniqExact(tenant, batch_id) AS n FROM \(table)
        WHERE received_at >= now() - 60 AND batch_id IN {batches:Array(UInt64)}
          AND tenant IN {tenants:Array(UInt64)}
        """,
        [
          "batches": .unsigneds(keys.map(\.batchID)),
          "tenants": .unsigneds(Set(keys.map { UInt64($0.tenant) }).sorted()),
        ]))
    return found["n"].unsigned(0) == UInt64(Set(keys).count)
  }
}
