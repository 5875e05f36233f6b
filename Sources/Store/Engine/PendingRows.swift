package import Base

/// The port to rows that were acknowledged and are not in the engine yet.
package protocol PendingRows: Sendable {
  /// Has the rows of a tenant that wait for a table stored, and returns when a question can see those of a time range.
  ///
  /// The time of a row is the one by which it is found: the start of a span, the time of a point or a log record.
  ///
  /// MUST return within the duration, and soon while the store cannot take rows: what it has can still be read.
  /// - Parameters:
  ///   - table: of a table for which no rows ever wait, every row can be seen.
  ///   - range: nil for any time.
  /// - Returns: whether every such row that was acknowledged before the call can be seen.
  func settle(_ table: String, of tenant: TenantID, in range: TimeRange?, within duration: Duration) -> Bool
}

/// Where nothing ever waits.
package struct NothingPending: PendingRows {
  package init() {}
  package func settle(
    _ table: String, of tenant: TenantID, in range: TimeRange?, within duration: Duration
  ) -> Bool { true }
}
