package import Columns

/// The port to a ClickHouse engine: embedded in the process, or a cluster over HTTP.
///
/// Every call blocks its thread; callers come from worker threads, never from an event loop. Implementations MUST be
/// callable from any thread and MUST run calls of different threads side by side up to their connection count.
package protocol AnalyticsEngine: Sendable {
  /// Runs a statement that returns no rows.
  func execute(_ statement: SQLStatement) throws(EngineError)

  /// Runs a query and returns all its rows; the result belongs to the caller.
  ///
  /// MUST end soon after the activity is cancelled, by throwing an error that means `interrupted` unless it just ended.
  func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult
}

extension AnalyticsEngine {
  /// Runs a query that no request waits for.
  package func query(_ statement: SQLStatement) throws(EngineError) -> QueryResult {
    try query(statement, during: .background)
  }
}
