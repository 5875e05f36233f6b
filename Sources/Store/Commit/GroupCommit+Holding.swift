import Base
import Engine
import Synchronization
import System
import Telemetry

/// A request that is kept and not acknowledged yet.
struct HeldAcknowledgement: Sendable {
  let key: RetryFilter.Key?
  /// Of its rows.
  let byteCount: Int
  /// Whether more than the bound waited when it came.
  let isBeyondBacklog: Bool
  let completion: @Sendable (CommitOutcome) -> Void
}

/// What the thread that acknowledges held requests waits for.
struct HeldAcknowledgements: Sendable {
  /// The oldest first; as many as senders have under way.
  var waiting: [HeldAcknowledgement] = []
  var pace: AcknowledgementPace
  /// Whether the latest attempt to store rows failed because the engine is unavailable.
  var isInOutage = false
  var isStopping = false
}

// A sender that waits for acknowledgements is held to what the engine takes: while more than a bound waits to be stored,
// requests are acknowledged one after another at the pace at which rows are stored. Their own commit may come later.

extension GroupCommit {
  /// The least time between two looks at what is due; a request is so much late at most.
  private static var paceInterval: Duration { .milliseconds(2) }

  /// Acknowledges a kept request, now or when the backlog allows.
  func acknowledge(_ acknowledgement: HeldAcknowledgement) {
    let count = held.withLock { held -> Int in
      // Behind those that are held already, whatever waits by now.
      guard !held.isStopping, !held.isInOutage, acknowledgement.isBeyondBacklog || !held.waiting.isEmpty else {
        return 0
      }
      if held.waiting.isEmpty { held.pace.begin(now: .now) }
      held.waiting.append(acknowledgement)
      return held.waiting.count
    }
    if count == 1 { held.notifyAll() }
    if count == 0 { didKeep(acknowledgement.key, acknowledgement.completion) }
  }

  /// The thread that acknowledges what is held, until it is stopped and nothing is.
  func acknowledgeHeld() {
    while let due = waitForDue() {
      for acknowledgement in due { didKeep(acknowledgement.key, acknowledgement.completion) }
    }
  }

  /// The next requests to acknowledge; nil at the end.
  private func waitForDue() -> [HeldAcknowledgement]? {
    held.wait { held, now, wakeAt in
      if held.waiting.isEmpty { return held.isStopping ? .some(nil) : nil }
      let queued = queuedBytes.load(ordering: .relaxed)
      var count = 0
      if held.isStopping || held.isInOutage || queued <= held.pace.releaseBytes {
        count = held.waiting.count
      } else {
        while count < held.waiting.count, held.pace.take(held.waiting[count].byteCount, queuedBytes: queued, now: now) {
          count += 1
        }
      }
      if count > 0 {
        defer { held.waiting.removeFirst(count) }
        return .some(Array(held.waiting[..<count]))
      }
      // Else a commit has to end first.
      if held.pace.rate(queuedBytes: queued) > 0 { wakeAt = now + Self.paceInterval }
      return nil
    }
  }

  /// Notes whether the engine is unavailable.
  ///
  /// While it is, what is kept is acknowledged at once.
  func noteOutage(_ isInOutage: Bool) {
    held.withLock { $0.isInOutage = isInOutage }
    held.notifyAll()
  }

  /// Notes how long the engine took to store a group, which may let requests be acknowledged.
  func noteCommit(of group: CommitGroup<Rows>, after duration: Duration) {
    held.withLock { $0.pace.noteCommit(byteCount: group.byteCount, duration: duration) }
    held.notifyAll()
  }
}
