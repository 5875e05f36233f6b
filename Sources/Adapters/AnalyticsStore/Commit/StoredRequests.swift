import Ground
package import StorePorts
import Synchronization

/// Finds out what a failed insert has stored all the same, and completes it.
///
/// The engine commits the rows of a table before those that its views derive from them. An insert that fails at a view,
/// e.g. because the disk became full in between, has stored its rows; to insert them again would store them twice.
package final class StoredRequests: Sendable {
  private let engine: any AnalyticsEngine
  /// Since when derived rows are missing, in seconds since 1970.
  private let incompleteSince = Mutex<Int64?>(nil)

  package init(engine: any AnalyticsEngine) { self.engine = engine }

  /// Whether the rows of all these requests are in a table. Those of requests with several days have no batch ids, so
  /// they are never found, and are rather stored twice than never.
  func areStored(_ keys: [RetryFilter.Key], in table: String) throws(EngineError) -> Bool {
    let found = try engine.query(
      SQLStatement(
        """
        SELECT uniqExact(tenant, batch_id) AS n FROM \(table)
        WHERE received_at >= now() - 600 AND batch_id IN {batches:Array(UInt64)}
          AND tenant IN {tenants:Array(UInt64)}
        """,
        [
          "batches": .unsigneds(keys.map(\.batchID)),
          "tenants": .unsigneds(Set(keys.map { UInt64($0.tenant) }).sorted()),
        ]))
    return found["n"].unsigned(0) == UInt64(Set(keys).count)
  }

  /// Whether rows are stored whose derived rows are missing.
  var isIncomplete: Bool { incompleteSince.withLock { $0 != nil } }

  /// Notes that the derived rows of spans stored in the last minute may be missing.
  func noteIncomplete(now: UnixNanoseconds) {
    let since = now.rawValue / 1_000_000_000 - 60
    incompleteSince.withLock { $0 = min($0 ?? since, since) }
  }

  /// Derives what is missing; does nothing when nothing is. Rows that are there are not changed by it.
  ///
  /// `span_minutes` adds up, so what it misses cannot be told from what it has, and is not derived again.
  func complete() throws(EngineError) {
    guard let since = incompleteSince.withLock({ $0 }) else { return }
    let condition = "s.received_at >= toDateTime(\(since), 'UTC')"
    try engine.execute(SQLStatement("INSERT INTO traces \(DerivedRows.traces(where: condition))"))
    try engine.execute(SQLStatement("INSERT INTO operations \(DerivedRows.operations(where: condition))"))
    incompleteSince.withLock { $0 = nil }
  }
}
