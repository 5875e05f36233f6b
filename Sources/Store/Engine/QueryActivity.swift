import Synchronization

/// What the statements of one request share: the time that is left for them, and whether the client still waits.
///
/// A request asks several statements, one after another. Each is checked against the request's own deadline before it
/// begins, and the one that runs is interrupted when the request is cancelled.
package final class QueryActivity: Sendable {
  private struct State {
    var isCancelled = false
    var interrupt: (@Sendable () -> Void)?
  }

  private let remaining: @Sendable () -> Duration
  private let state = Mutex(State())

  /// - Parameter remaining: The time until the request's deadline; zero or less when it has passed.
  package init(remaining: @escaping @Sendable () -> Duration) { self.remaining = remaining }

  /// The activity of work that no request waits for: without a deadline, and never cancelled.
  package static var background: QueryActivity { QueryActivity { .seconds(Int64(Int32.max)) } }

  package var isCancelled: Bool { state.withLock(\.isCancelled) }

  /// Ends the statement that runs, and every later one before it begins.
  ///
  /// May be called from any thread, more than once.
  package func cancel() {
    state.withLock { state in
      guard !state.isCancelled else { return }
      state.isCancelled = true
      state.interrupt?()
    }
  }

  /// The time that the next statement may take.
  ///
  /// Throws when it must not begin.
  package func timeLeft() throws(QueryInterruption) -> Duration {
    if isCancelled { throw .cancelled }
    let left = remaining()
    guard left > .zero else { throw .deadline }
    return left
  }

  /// Runs a statement that can be interrupted.
  ///
  /// - Parameter interrupt: Has the statement end soon. Called under a lock at most once, and never after the statement
  ///   has ended; MUST NOT block.
  package func run<Result, Failure: Error>(
    interrupt: @escaping @Sendable () -> Void, _ statement: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    state.withLock { state in
      state.interrupt = interrupt
      if state.isCancelled { interrupt() }
    }
    defer { state.withLock { $0.interrupt = nil } }
    return try statement()
  }
}

/// Why a statement did not begin.
package enum QueryInterruption: Error, Sendable, Hashable {
  /// The response is no longer needed.
  case cancelled
  /// The request's deadline has passed.
  case deadline
}
