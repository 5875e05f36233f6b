import Base
import Synchronization
import System

/// Gives every commit of spans a time of its own, which its rows carry as `received_at`.
///
/// The times grow from commit to commit, also when the system's clock goes back or the process starts again. So they
/// say which commits came after another, and the derived tables know by one number what they hold.
package final class CommitClock: Sendable {
  private struct State {
    var last: Int64
    var underWay: Set<Int64> = []
  }

  private let state: Mutex<State>

  /// - Parameter last: The time of the latest commit that is stored, in nanoseconds since 1970.
  package init(after last: Int64) { state = Mutex(State(last: last)) }

  /// The time of a commit that begins.
  ///
  /// ``end(_:)`` MUST follow, also after a failure.
  package func begin() -> Int64 {
    let now = WallClock.now.rawValue
    return state.withLock { state in
      state.last = max(now, state.last + 1)
      state.underWay.insert(state.last)
      return state.last
    }
  }

  package func end(_ time: Int64) { state.withLock { state in _ = state.underWay.remove(time) } }

  /// The time of the latest commit, whether it is under way or not.
  package var latest: Int64 { state.withLock { $0.last } }

  /// No commit up to this time is under way.
  package var settled: Int64 { state.withLock { state in state.underWay.min().map { $0 - 1 } ?? state.last } }
}
