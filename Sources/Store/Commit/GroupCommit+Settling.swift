package import Base
import Synchronization
package import System

/// What the writer waits for.
struct CommitSignal: Sendable {
  var isRaised = false
  var isStopping = false
  /// Counts the questions that want what waits to be committed, and up to which of them that was done.
  var wanted: UInt64 = 0
  var settled: UInt64 = 0
  var settledAt = Instant(nanoseconds: 0)
  /// When the last query came.
  var askedAt = Instant(nanoseconds: -1 << 60)
  /// Counts the attempts that failed because the engine is unavailable.
  var failureCount = 0
  /// From when on the spool may have a request that can be read back.
  var spoolReadableAt = Instant.distantFuture
}

extension GroupCommit {
  /// Has rows that wait now committed, and returns when those are that a question touches.
  ///
  /// Questions that come within ``CommitLimits/settleInterval`` share a commit. While the engine cannot store anything,
  /// it returns after the next attempt: what is stored can be read nevertheless.
  ///
  /// - Parameters:
  ///   - tenant: nil for any.
  ///   - range: the times of the rows that matter; nil for any.
  ///   - deadline: when to return at the latest.
  /// - Returns: whether they are committed.
  package func settle(_ tenant: TenantID?, in range: TimeRange? = nil, by deadline: Instant) -> Bool {
    // In this order: what is no longer in the spool is in a lane or further; and what is no longer in a lane is under way or
    // stored.
    let isWaiting =
      spooled.hasRows(of: tenant, in: range)
      || lanes.contains { lane in lane.groups.withLock { $0.hasRows(of: tenant, in: range) } }
      || underWay.withLock { $0.overlap(tenant, range) }
    let ticket = signal.withLock { signal -> (number: UInt64, failures: Int)? in
      signal.askedAt = .now
      guard isWaiting else { return nil }
      signal.wanted += 1
      return (signal.wanted, signal.failureCount)
    }
    guard let ticket else { return true }
    signal.notifyAll()
    return signal.wait { signal, now, wakeAt in
      if signal.failureCount > ticket.failures || now >= deadline { return false }
      if signal.settled >= ticket.number { return true }
      wakeAt = deadline
      return nil
    }
  }

  /// Has all that waits committed soon, without waiting for it.
  func settleSoon() {
    signal.withLock { $0.wanted += 1 }
    signal.notifyAll()
  }
}
