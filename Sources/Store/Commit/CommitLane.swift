import Base
import Engine
import Synchronization
import System
import Telemetry

/// A request that waits in a group.
struct WaitingRequest: Sendable {
  let tenant: TenantID
  /// Its rows in the group's batch; those of all requests follow one another.
  var rows: Range<Int>
  /// Nil when repeats of it are not recognised.
  let key: RetryFilter.Key?
  /// By what its rows are recognised once they are stored.
  let storedKey: RetryFilter.Key?
  /// What keeps it until its rows are stored; nil when nothing does.
  let record: (any KeptRequest)?
  /// Days of its rows that are stored already.
  var storedDays: Set<Int64> = []
  /// Set for what is left of a request whose rows are of several days, each of which is committed on its own.
  var wholeOfDays: RequestOfDays?
  let completion: @Sendable (CommitOutcome) -> Void

  /// Whether its sender waits for the commit.
  var waitsForCommit: Bool { record.map { $0.fate == .lost } ?? true }
}

/// Rows of several requests that are committed together, and who waits for them.
struct CommitGroup<Rows: ArrivingRows>: Sendable {
  var batch: SignalBatch<Rows>
  var requests: [WaitingRequest] = []
  /// When the first and the latest request came.
  var beganAt = Instant.distantFuture
  var grewAt = Instant.distantFuture
  var byteCount = 0
  /// Whose rows it has, and of when.
  var times = TenantTimes()
  /// Whether the sender of a request waits for the commit, because nothing else keeps it.
  var isAwaited = false

  /// Behind the last request's rows.
  var endOfRows: Int { requests.last?.rows.upperBound ?? 0 }
}

/// The groups of a lane: one that grows, and those before it that could take no more.
struct LaneGroups<Rows: ArrivingRows>: Sendable {
  var open = CommitGroup<Rows>(batch: SignalBatch())
  /// The oldest first.
  ///
  /// What they hold counts as queued, so there cannot be many.
  var sealed: [CommitGroup<Rows>] = []
  /// Where the open batch stood before the request that is being decoded.
  var marks = SignalBatchMarks()

  /// Whether rows wait that a question may touch; nil stands for any tenant, and for any time.
  func hasRows(of tenant: TenantID?, in range: TimeRange?) -> Bool {
    open.times.overlap(tenant, range) || sealed.contains { $0.times.overlap(tenant, range) }
  }

  /// Begins a new open group.
  mutating func seal() {
    sealed.append(open)
    open = CommitGroup(batch: SignalBatch())
  }

  /// Takes the group to commit next; an open one is replaced by an empty batch.
  mutating func takeNext(spare: SignalBatch<Rows>) -> CommitGroup<Rows> {
    if !sealed.isEmpty { return sealed.removeFirst() }
    let group = open
    open = CommitGroup(batch: spare)
    return group
  }
}

/// Where one event loop at a time appends rows.
///
/// Decoding happens under the lane's lock.
final class CommitLane<Rows: ArrivingRows>: Sendable {
  let groups = Mutex(LaneGroups<Rows>())
}
