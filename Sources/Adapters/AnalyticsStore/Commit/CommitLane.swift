import Platform
import Synchronization
import Telemetry

/// A request that waits in a group.
struct WaitingRequest: Sendable {
  /// Nil when repeats of it are not recognised.
  let key: RetryFilter.Key?
  let completion: @Sendable (CommitOutcome) -> Void
}

/// Rows of several requests that are committed together, and who waits for them.
struct CommitGroup<Rows: TelemetryBlock>: Sendable {
  var batch: SignalBatch<Rows>
  var requests: [WaitingRequest] = []
  /// When the first and the latest request came.
  var beganAt = Instant.distantFuture
  var grewAt = Instant.distantFuture
  var byteCount = 0
}

/// Where one event loop at a time appends rows. Decoding happens under the lane's lock.
final class CommitLane<Rows: TelemetryBlock>: Sendable {
  let group: Mutex<CommitGroup<Rows>>

  init() { group = Mutex(CommitGroup(batch: SignalBatch())) }
}
