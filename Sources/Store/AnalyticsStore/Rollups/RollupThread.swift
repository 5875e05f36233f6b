import Base
import System
import Engine
import Synchronization

/// Rolls up every few seconds while the store is open.
final class RollupThread: Sendable {
  private let isStopping = Monitor(false)
  private let rollups: Rollups
  private let interval: Duration
  private let logger: Logger
  private let thread = Mutex<Thread?>(nil)

  init(_ rollups: Rollups, every interval: Duration, logger: Logger) throws(SystemError) {
    self.rollups = rollups
    self.interval = interval
    self.logger = logger
    try thread.withLock { thread throws(SystemError) in thread = try Thread(name: "rollup") { [self] in work() } }
  }

  private func work() {
    do {
      try rollups.countMinutes()
    } catch {
      logger.warning("minutes not counted; searches read more than they need", .init("error", error))
    }
    repeat {
      do {
        try rollups.roll()
      } catch {
        // Readers compute what is not derived themselves, so answers stay whole; the next turn tries again.
        logger.warning("roll-up failed", .init("error", error))
      }
    } while waitForTurn()
  }

  /// True when the interval has passed, false at the end.
  private func waitForTurn() -> Bool {
    let next = Instant.now + interval
    return isStopping.wait { isStopping, now, wakeAt in
      if isStopping { return false }
      if now >= next { return true }
      wakeAt = next
      return nil
    }
  }

  func stop() {
    isStopping.withLock { $0 = true }
    isStopping.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }
}
