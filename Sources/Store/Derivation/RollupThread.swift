package import Base
import Engine
import Synchronization
package import System

/// When the derived tables follow the spans.
package struct RollupSchedule: Sendable {
  /// The least time between two roll-ups. Default 5 s.
  package var intervalMin = Duration.seconds(5)
  /// So many rows are rolled up at once. Default 200,000: a question that computes them itself takes a tenth of a second.
  package var rowsMax = 200_000
  /// Rows that are so old are rolled up at once. Default 15 s: a roll-up costs as much for one row as for thousands.
  package var ageMax = Duration.seconds(15)

  package init() {}
}

/// Rolls up what came while the store is open: many rows or old ones, or after a question that had to compute newer ones
/// itself. It sleeps while nothing comes.
package final class RollupThread: Sendable {
  private struct State: Sendable {
    var isStopping = false
    /// Rows that are not rolled up, and when the first of them came.
    var rowCount = 0
    var oldestAt = Instant.distantFuture
    /// Whether a question has computed some of them.
    var isAsked = false
    var rolledAt = Instant(nanoseconds: 0)
  }

  private let state = Monitor(State())
  private let rollups: Rollups
  private let schedule: RollupSchedule
  private let logger: Logger
  private let thread = Mutex<Thread?>(nil)

  package init(_ rollups: Rollups, schedule: RollupSchedule, logger: Logger) throws(SystemError) {
    self.rollups = rollups
    self.schedule = schedule
    self.logger = logger
    try thread.withLock { thread throws(SystemError) in thread = try Thread(name: "rollup") { [self] in work() } }
  }

  /// Notes that rows were stored.
  package func added(rowCount: Int) {
    let isNews = state.withLock { state in
      let before = state.rowCount
      state.rowCount += rowCount
      if state.oldestAt == .distantFuture { state.oldestAt = .now }
      return before == 0 || (before < schedule.rowsMax && state.rowCount >= schedule.rowsMax)
    }
    if isNews { state.notifyAll() }
  }

  /// Notes that a question has computed newer rows than the tables hold.
  package func asked() {
    let isNews = state.withLock { state in
      guard !state.isAsked else { return false }
      state.isAsked = true
      return true
    }
    if isNews { state.notifyAll() }
  }

  private func work() {
    do {
      try rollups.countMinutes()
    } catch {
      logger.warning("minutes could not be counted; searches read more than they need", .init("error", error))
    }
    repeat {
      do {
        try rollups.roll()
      } catch {
        // Readers compute what is not derived themselves, so results stay complete; the next turn tries again.
        logger.warning("roll-up failed", .init("error", error))
        state.withLock { state in
          state.isAsked = true
          state.rowCount = max(1, state.rowCount)
        }
      }
      state.withLock { $0.rolledAt = .now }
    } while waitForTurn()
  }

  /// True when a roll-up is due, false at the end.
  private func waitForTurn() -> Bool {
    state.wait { state, now, wakeAt in
      if state.isStopping { return false }
      guard state.rowCount > 0 else { return nil }
      let earliest = state.rolledAt + schedule.intervalMin
      let isUrgent = state.isAsked || state.rowCount >= schedule.rowsMax
      let due = isUrgent ? earliest : max(earliest, state.oldestAt + schedule.ageMax)
      guard now >= due else {
        wakeAt = due
        return nil
      }
      state.rowCount = 0
      state.oldestAt = .distantFuture
      state.isAsked = false
      return true
    }
  }

  package func stop() {
    state.withLock { $0.isStopping = true }
    state.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }
}
