package import Base

/// The port to threads that may block: engine calls run there, never on an event loop or a cooperative thread.
package protocol BlockingWorkers: Sendable {
  /// Runs the work of a request on a worker thread and returns what it returns, or throws what it throws.
  ///
  /// The activity that the work gets MUST carry the request's deadline, counted from this call, and MUST be cancelled
  /// when the calling task is. Work that has not begun by then MUST be skipped by throwing `CancellationError`.
  /// The queue is bounded, as is what one owner may take of it and of the threads; a full queue MUST be refused by
  /// throwing an error whose ``ErrorReport/code`` is `overloaded`.
  func run<Result: Sendable>(
    for owner: WorkOwner, _ work: @escaping @Sendable (QueryActivity) throws -> Result
  ) async throws -> Result
}

/// Whose work it is.
///
/// Owners take turns at the worker threads.
package struct WorkOwner: Sendable, Hashable {
  package let tenant: TenantID
  /// Identifies a client of the tenant: the id of an API key, or an address where no key is needed.
  package let client: String

  package init(tenant: TenantID, client: String) {
    self.tenant = tenant
    self.client = client
  }
}
