/// The port to threads that may block: engine calls run there, never on an event loop or a cooperative thread.
package protocol BlockingWorkers: Sendable {
  /// Runs work on a worker thread and returns what it returns, or throws what it throws.
  ///
  /// Work that has not begun when the calling task is cancelled MAY be skipped by throwing `CancellationError`. A full
  /// queue MUST be refused by throwing an error whose ``ErrorReport/code`` is `overloaded`; the queue is bounded.
  func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result
}
