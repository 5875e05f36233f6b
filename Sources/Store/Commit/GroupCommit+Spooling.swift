import Base
import Engine
import Metrics
import Synchronization
import System
import Telemetry

// While the store is away for long, rows do not fit into memory. Requests then wait on the disk alone, and the writer reads
// them back when it has stored what came before.

extension GroupCommit {
  /// Lets requests wait in a spool when their rows do not fit into memory.
  ///
  /// Call it once, before requests arrive.
  ///
  /// - Parameter foundCount: How many requests of earlier processes wait there.
  package func attach(_ spool: any RequestSpool<Rows>, foundCount: Int) {
    spooled.attach(spool, foundCount: foundCount)
    spoolDidGrow()
  }

  /// Has the writer read the spool when it has nothing better to do.
  func spoolDidGrow() {
    signal.withLock { $0.spoolReadableAt = .now }
    signal.notifyAll()
  }

  /// Called when it is known whether a request of the spool is kept: without that its rows are nowhere.
  func didSpool(_ isKept: Bool, _ key: RetryFilter.Key?, _ completion: @Sendable (CommitOutcome) -> Void) {
    if isKept {
      didKeep(key, completion)
      return spoolDidGrow()
    }
    spooled.pass(1)
    let outcome = CommitOutcome.unavailable(
      "the queue is full and the journal cannot be written", retryAfter: limits.refusalDelay)
    if let key { finish(key, outcome, isStored: false) }
    completion(outcome)
  }

  /// Bytes of rows beyond which none are read back: those of a group, or what the queue holds.
  var readBackBytesMax: Int { min(limits.groupBytesMax, limits.queueBytesMax) }

  /// Reads requests back until a group is full; the last step says why it ended.
  func readBack() -> SpoolStep {
    guard let spool = spooled.spool else { return .nothing }
    // What comes from here on sets it again.
    signal.withLock { $0.spoolReadableAt = .distantFuture }
    while true {
      let step = spool.readBack(to: self)
      switch step {
      case .passed(let count):
        spooled.pass(count)
        guard hasFullGroup || signal.withLock(\.isStopping) else { continue }
        spoolDidGrow()
        return step
      case .full:
        spoolDidGrow()
        return step
      case .nothing: return step
      case .unavailable(let reason):
        let isNews = lastFailure.withLock { failure in
          defer { failure = (.now, reason) }
          return failure?.reason != reason
        }
        if isNews { sink.logger.error("requests cannot be read back; trying again", .init("error", reason)) }
        signal.withLock { signal in
          signal.spoolReadableAt = .now + limits.outageInterval
          signal.failureCount += 1
          signal.settled = signal.wanted
        }
        signal.notifyAll()
        return step
      }
    }
  }

  private var hasFullGroup: Bool {
    lanes.contains { lane in
      lane.groups.withLock { groups in
        !groups.sealed.isEmpty || groups.open.batch.rowCount >= limits.groupRowsMax
          || groups.open.byteCount >= readBackBytesMax
      }
    }
  }
}
