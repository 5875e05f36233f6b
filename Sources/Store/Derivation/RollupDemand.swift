import Base
import System

/// When the derived tables follow their sources.
package struct RollupSchedule: Sendable {
  /// The least time between two roll-ups.
  ///
  /// Default 5 s.
  package var intervalMin = Duration.seconds(5)
  /// So many rows are rolled up at once.
  ///
  /// Default 200,000: a question that computes them itself takes a tenth of a second.
  package var rowsMax = 200_000
  /// Rows that are so old are rolled up at once.
  ///
  /// Default 15 s: a roll-up costs as much for one row as for thousands.
  package var ageMax = Duration.seconds(15)
  /// Rows of a source that one statement rolls up, by whole commits.
  ///
  /// Default 500,000: one to three seconds, and some 100 MB. A process that ends breaks it off and repeats it after the
  /// next start.
  package var portionRowsMax = 500_000

  package init() {}
}

/// What asks for a roll-up: commits and questions note it here, and ``RollupThread`` waits for it.
final class RollupDemand: Sendable {
  private struct State: Sendable {
    var isStopping = false
    /// Rows that are not rolled up, and when the first of them came.
    var rowCount = 0
    var oldestAt = Instant.distantFuture
    /// Whether a question has computed some of them.
    var isAsked = false
    var rolledAt = Instant(nanoseconds: 0)
    /// When a roll-up is due that no row asks for.
    var nextAt: Instant?
  }

  private let state = Monitor(State())
  private let schedule: RollupSchedule

  init(_ schedule: RollupSchedule) { self.schedule = schedule }

  /// Notes that rows were stored.
  func added(rowCount: Int) {
    let isNews = state.withLock { state in
      let before = state.rowCount
      state.rowCount += rowCount
      if state.oldestAt == .distantFuture { state.oldestAt = .now }
      return before == 0 || (before < schedule.rowsMax && state.rowCount >= schedule.rowsMax)
    }
    if isNews { state.notifyAll() }
  }

  /// Notes that a question has computed newer rows than the tables hold.
  func asked() {
    let isNews = state.withLock { state in
      guard !state.isAsked else { return false }
      state.isAsked = true
      return true
    }
    if isNews { state.notifyAll() }
  }

  /// Notes when a roll-up is due in any case.
  func due(at time: Instant) {
    let isNews = state.withLock { state in
      guard time < state.nextAt ?? .distantFuture else { return false }
      state.nextAt = time
      return true
    }
    if isNews { state.notifyAll() }
  }

  /// Notes that a roll-up ended.
  ///
  /// After a failure the next one is due as soon as the schedule allows it.
  ///
  /// - Parameter nextAt: when the next one is due in any case.
  func rolled(failed: Bool, nextAt: Instant? = nil) {
    state.withLock { state in
      state.rolledAt = .now
      // Rows that came during the roll-up may have noted an earlier time.
      if let nextAt { state.nextAt = min(nextAt, state.nextAt ?? nextAt) }
      guard failed else { return }
      state.isAsked = true
      state.rowCount = max(1, state.rowCount)
    }
  }

  /// True when a roll-up is due, false at the end.
  func waitForTurn() -> Bool {
    state.wait { state, now, wakeAt in
      if state.isStopping { return false }
      let earliest = state.rolledAt + schedule.intervalMin
      var due = Instant.distantFuture
      if state.rowCount > 0 {
        let isUrgent = state.isAsked || state.rowCount >= schedule.rowsMax
        due = isUrgent ? earliest : max(earliest, state.oldestAt + schedule.ageMax)
      }
      if let nextAt = state.nextAt { due = min(due, max(earliest, nextAt)) }
      guard due < .distantFuture else { return nil }
      guard now >= due else {
        wakeAt = due
        return nil
      }
      state.rowCount = 0
      state.oldestAt = .distantFuture
      state.isAsked = false
      state.nextAt = nil
      return true
    }
  }

  /// Has ``waitForTurn()`` return false from now on.
  func stop() {
    state.withLock { $0.isStopping = true }
    state.notifyAll()
  }
}
