import Base
import Engine
import Synchronization
import System
import Telemetry

/// A request that is kept and not acknowledged yet.
struct HeldAcknowledgement: Sendable {
  let key: RetryFilter.Key?
  let completion: @Sendable (CommitOutcome) -> Void
}

// A sender that waits for acknowledgements is held to what the engine takes: while more than a bound waits to be stored,
// requests are acknowledged when it is less again, which is after the commit under way. Their own commit may come later.

extension GroupCommit {
  /// Acknowledges a kept request as soon as the backlog allows.
  func hold(_ acknowledgement: HeldAcknowledgement) {
    held.withLock { $0.append(acknowledgement) }
    // The commit that would free it may have ended meanwhile.
    releaseHeld()
  }

  /// Acknowledges what is held, unless too much still waits for a store that works.
  func releaseHeld() {
    guard
      queuedBytes.load(ordering: .relaxed) <= limits.backlogBytesMax || signal.withLock({ $0.isInOutage })
    else { return }
    let released = held.withLock { held in
      defer { held = [] }
      return held
    }
    for acknowledgement in released { didKeep(acknowledgement.key, acknowledgement.completion) }
  }
}
