package import Base

/// The port to the store that rows go to.
package protocol IngestStore: AnalyticsEngine, BlockInserter {
  /// The time of the latest commit, in nanoseconds since 1970; that of every later one is greater.
  var latestCommit: Int64 { get }

  /// The requests whose rows were stored lately, by tenant.
  ///
  /// - Parameter countMax: the most ids; the latest ones.
  func recentBatches(
    of table: String, within age: Duration, countMax: Int
  ) throws(EngineError) -> [TenantID: [UInt64]]

  /// The requests of which rows were stored after a time, by the UTC days of these rows, since 1970.
  func storedBatches(of table: String, after time: Int64) throws(EngineError) -> [StoredBatch: Set<Int64>]
}
