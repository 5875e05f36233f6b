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
  /// MUST end soon after the activity is cancelled, by throwing an error of kind `interrupted` unless it just ended.
  func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult
}

extension AnalyticsEngine {
  /// Runs a query that no request waits for.
  package func query(_ statement: SQLStatement) throws(EngineError) -> QueryResult {
    try query(statement, during: .background)
  }
}

/// What an engine says when a statement fails.
package struct EngineError: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable {
    /// The statement itself is wrong; the same call fails again.
    case rejected
    /// The query ran past its time or memory limit.
    case limitExceeded
    /// The caller gave the query up.
    case interrupted
    /// The engine cannot work at present (no disk, read-only, closed); the same call may succeed later.
    case unavailable
  }

  package let kind: Kind
  /// ClickHouse's error number, 0 when there is none.
  package let code: Int
  package let message: String

  package init(kind: Kind, code: Int, message: String) {
    self.kind = kind
    self.code = code
    self.message = message
  }

  package var description: String { "analytics engine: \(message) (code \(code))" }
}
