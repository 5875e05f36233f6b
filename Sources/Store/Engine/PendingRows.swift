package import Base

/// The port to rows that were acknowledged and are not in the engine yet.
package protocol PendingRows: Sendable {
  /// Has the rows of a tenant that wait now stored, and returns when a question can see them.
  ///
  /// MUST return within the duration, and soon while the store cannot take rows: what it has can be read all the same.
  /// - Returns: whether every row that was acknowledged before the call can be seen.
  func settle(_ signal: PendingSignal, of tenant: TenantID, within duration: Duration) -> Bool
}

/// A kind of rows that wait together.
package enum PendingSignal: Sendable, Hashable, CaseIterable {
  case spans, metricPoints, logs
}

/// Where nothing ever waits.
package struct NothingPending: PendingRows {
  package init() {}
  package func settle(_ signal: PendingSignal, of tenant: TenantID, within duration: Duration) -> Bool { true }
}
