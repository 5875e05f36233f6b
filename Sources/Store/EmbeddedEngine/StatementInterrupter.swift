import Base
import EmbeddedClickHouse
import Synchronization
import System

/// Ends statements whose callers have gone, from a thread of its own: the engine's `KILL QUERY` blocks for a moment.
///
/// The driver's own cancellation (`AdbcStatementCancel`) reports success and ends nothing (engine 26.9). So each
/// connection of readers has a mark, its `log_comment`, by which a statement on it is found.
final class StatementInterrupter: Sendable {
  private struct State {
    /// The marks of connections on which a statement runs, and whether it is to end.
    var running: [String: Bool] = [:]
    /// The marks whose statements are being ended now; their connections are not lent to anybody until this is over.
    var ending: Set<String> = []
    var isStopping = false
  }

  /// How long to wait before a statement that still runs is ended again: it may not have begun in the engine when it was
  /// looked for.
  private static let pause = Duration.milliseconds(20)

  private let state = Monitor(State())
  private let kill: @Sendable (_ marks: Set<String>) throws(EngineFailure) -> Void
  private let logger: Logger
  private let thread = Mutex<Thread?>(nil)

  /// - Parameter kill: Ends the statements with these marks.
  init(
    logger: Logger, kill: @escaping @Sendable (_ marks: Set<String>) throws(EngineFailure) -> Void
  ) throws(SystemError) {
    self.kill = kill
    self.logger = logger
    try thread.withLock { thread throws(SystemError) in thread = try Thread(name: "interrupt") { [self] in work() } }
  }

  /// The mark of a connection's statements.
  static func mark(of connection: EngineConnection) -> String {
    "axonize-\(UInt(bitPattern: ObjectIdentifier(connection).hashValue))"
  }

  /// Runs a statement on a connection that has a mark.
  ///
  /// `body` gets what interrupts it, which never blocks.
  func whileRunning<Result, Failure: Error>(
    _ mark: String, _ body: (_ interrupt: @escaping @Sendable () -> Void) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    state.withLock { $0.running[mark] = false }
    defer {
      // A kill that is under way would end the next statement of this connection.
      state.wait { state, _, _ -> Void? in
        guard !state.ending.contains(mark) else { return nil }
        state.running[mark] = nil
        return ()
      }
    }
    return try body { [state] in
      let isRunning = state.withLock { state in
        guard state.running[mark] != nil else { return false }
        state.running[mark] = true
        return true
      }
      if isRunning { state.notifyAll() }
    }
  }

  private func work() {
    var next = Instant.now
    while true {
      let marks = state.wait { state, now, wakeAt -> Set<String>? in
        if state.isStopping { return [] }
        let marks = Set(state.running.filter(\.value).keys)
        guard !marks.isEmpty else { return nil }
        guard now >= next else {
          wakeAt = next
          return nil
        }
        state.ending = marks
        return marks
      }
      if marks.isEmpty { return }
      do throws(EngineFailure) {
        try kill(marks)
      } catch {
        // The statement still ends at its time limit.
        logger.warning("an abandoned query could not be stopped", LogField("error", error.message))
      }
      state.withLock { $0.ending = [] }
      state.notifyAll()
      next = Instant.now + Self.pause
    }
  }

  /// Ends the thread; statements that run are left alone.
  func stop() {
    state.withLock { $0.isStopping = true }
    state.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }
}
