package import Base

/// The port to rows that were acknowledged and are not in the engine yet.
package protocol PendingRows: Sendable {
  /// Has the rows of a tenant that wait for a table stored, and returns when a question can see them.
  ///
  /// MUST return within the duration, and soon while the store cannot take rows: what it has can be read all the same.
  /// - Parameter table: of a table for which no rows ever wait, every row can be seen.
  /// - Returns: whether every row that was acknowledged before the call can be seen.
  func settle(_ table: String, of tenant: TenantID, within duration: Duration) -> Bool
}

/// Where nothing ever waits.
package struct NothingPending: PendingRows {
  package init() {}
  package func settle(_ table: String, of tenant: TenantID, within duration: Duration) -> Bool { true }
}
