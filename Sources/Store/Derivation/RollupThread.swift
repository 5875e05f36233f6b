package import Base
import Engine
import Synchronization
package import System

/// Rolls up what came while the server runs: many rows or old ones, or after a question that had to compute newer ones
/// itself.
///
/// It sleeps while nothing comes.
package final class RollupThread: Sendable {
  private let rollups: Rollups
  private let logger: Logger
  private let thread = Mutex<Thread?>(nil)

  package init(_ rollups: Rollups, logger: Logger) {
    self.rollups = rollups
    self.logger = logger
  }

  /// Starts the thread, which first rolls up what an earlier process left.
  ///
  /// Called once.
  package func start() throws(SystemError) {
    try thread.withLock { thread throws(SystemError) in thread = try Thread(name: "rollup") { [self] in work() } }
  }

  /// Ends the roll-up that is under way; what it did not derive is derived after the next start.
  package func stop() {
    rollups.stop()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }

  private func work() {
    do {
      try rollups.countMinutes()
    } catch {
      logger.warning("minutes could not be counted; searches read more than they need", .init("error", error))
    }
    repeat {
      var hasFailed = false
      do {
        try rollups.rollDue()
      } catch {
        if rollups.isStopped { return }
        // Readers compute what is not derived themselves, so results stay complete; the next turn tries again.
        logger.warning("roll-up failed", .init("error", error))
        hasFailed = true
      }
      rollups.demand.rolled(failed: hasFailed, nextAt: rollups.dueAt)
    } while rollups.demand.waitForTurn()
  }
}
