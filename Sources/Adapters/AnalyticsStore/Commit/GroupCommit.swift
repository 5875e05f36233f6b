package import Ground
package import Platform
package import Telemetry
package import Metrics
import Synchronization

/// Joins the rows of many requests into few inserts, and answers each request when its rows are stored.
///
/// Event loops append to lanes; one writer thread seals a lane's group by size or age, inserts it and calls the
/// completions. What waits is bounded in bytes. See docs/adr/0004-group-commit-and-retries.md.
package final class GroupCommit<Rows: TelemetryBlock>: Sendable {
  let lanes: [CommitLane<Rows>]
  let limits: CommitLimits
  let retries = Mutex(RetryFilter())
  let queuedBytes = Atomic<Int>(0)
  let signal = Monitor(CommitSignal())
  let sink: CommitSink<Rows>
  let counters = CommitCounters()
  private let recognisesRepeats: Bool
  private let gate: any IngestGate
  private let thread = Mutex<Thread?>(nil)

  /// Starts the writer thread.
  /// - Parameters:
  ///   - laneCount: one for each event loop.
  ///   - recognisesRepeats: whether a request whose body was stored before is answered without storing it again.
  ///   - gate: says whether rows may be taken at all, e.g. by free disk space.
  package init(
    name: String, laneCount: Int, limits: CommitLimits, recognisesRepeats: Bool, gate: any IngestGate,
    sink: CommitSink<Rows>
  ) throws(SystemError) {
    lanes = (0..<max(1, laneCount)).map { _ in CommitLane() }
    self.limits = limits
    self.recognisesRepeats = recognisesRepeats
    self.gate = gate
    self.sink = sink
    try thread.withLock { thread throws(SystemError) in thread = try Thread(name: name) { [self] in write() } }
  }

  /// Appends a request's rows and promises an answer. Call it from any thread; it does not wait for the engine.
  ///
  /// - Parameters:
  ///   - lane: index of the calling loop; another lane is taken if this one is busy being sealed or decoded into.
  ///   - decode: appends the rows, all or none if it throws. It runs under the lane's lock.
  ///   - completion: called once from the writer's thread, unless the request is refused or `decode` throws.
  package func append<Failure: Error>(
    lane preferred: Int, tenant: TenantID, batchID: UInt64,
    decode: (SignalBatch<Rows>) throws(Failure) -> (accepted: Int, rejected: Int, firstReason: String?),
    completion: @escaping @Sendable (CommitOutcome) -> Void
  ) throws(Failure) -> Admission {
    if let reason = gate.refusal { return refuse(reason) }
    if queuedBytes.load(ordering: .relaxed) >= limits.queueBytesMax {
      return refuse("the ingest queue is full (\(limits.queueBytesMax >> 20) MiB waiting to be stored)")
    }
    let key = recognisesRepeats ? RetryFilter.Key(tenant: tenant.rawValue, batchID: batchID) : nil
    if let key, let repeated = admitRepeat(key, completion) { return repeated }

    let appended: Appended
    do throws(Failure) {
      appended = try lanes[preferred % lanes.count].group.withLock { group throws(Failure) in
        let outcome = try decode(group.batch)
        guard outcome.accepted > 0 else { return Appended(outcome: outcome, isWriterNeeded: false) }
        if let key, outcome.rejected > 0 { retries.withLock { $0.begin(key, rejected: outcome.rejected) } }
        let isFirst = group.requests.isEmpty
        grow(&group, by: WaitingRequest(key: key, completion: completion))
        let isFull = group.batch.rowCount >= limits.groupRowsMax || group.byteCount >= limits.groupBytesMax
        return Appended(outcome: outcome, isWriterNeeded: isFirst || isFull)
      }
    } catch {
      if let key { finish(key, .failed("the first request of this body was malformed"), isStored: false) }
      throw error
    }
    let outcome = appended.outcome
    counters.rowsAppended.add(outcome.accepted)
    if outcome.accepted == 0 {
      // Nothing to store, so nothing to wait for: a request whose every row was rejected is answered at once.
      if let key { finish(key, .committed, isStored: false) }
      completion(.committed)
    } else if appended.isWriterNeeded {
      wake()
    }
    return .appended(accepted: outcome.accepted, rejected: outcome.rejected, firstReason: outcome.firstReason)
  }

  private struct Appended: Sendable {
    let outcome: (accepted: Int, rejected: Int, firstReason: String?)
    let isWriterNeeded: Bool
  }

  private func grow(_ group: inout CommitGroup<Rows>, by request: WaitingRequest) {
    let now = Instant.now
    if group.requests.isEmpty { group.beganAt = now }
    group.grewAt = now
    group.requests.append(request)
    let byteCount = group.batch.usedBytes
    queuedBytes.add(byteCount - group.byteCount, ordering: .relaxed)
    group.byteCount = byteCount
  }

  private func refuse(_ reason: String) -> Admission {
    counters.requestsRefused.add()
    return .refused(reason, retryAfter: limits.refusalDelay)
  }

  /// Recognises a repeat, or notes the request as under way.
  private func admitRepeat(
    _ key: RetryFilter.Key, _ completion: @escaping @Sendable (CommitOutcome) -> Void
  ) -> Admission? {
    let step: RepeatStep = retries.withLock { retries in
      switch retries.find(key) {
      case .new:
        retries.begin(key, rejected: 0)
        return .begin
      case .stored(let rejected): return .stored(rejected)
      case .pending(let rejected):
        retries.wait(for: key, completion)
        return .waits(rejected)
      }
    }
    switch step {
    case .begin: return nil
    case .stored(let rejected):
      counters.repeatsRecognised.add()
      completion(.committed)
      return .repeated(rejected: rejected)
    case .waits(let rejected):
      counters.repeatsRecognised.add()
      return .repeated(rejected: rejected)
    }
  }

  /// Ends a request in the filter and answers its repeats.
  func finish(_ key: RetryFilter.Key, _ outcome: CommitOutcome, isStored: Bool) {
    let waiting = retries.withLock { $0.end(key, isStored: isStored, nowNanoseconds: Instant.now.nanoseconds) }
    for completion in waiting { completion(outcome) }
  }

  /// Notes requests that were stored before the process began.
  package func remember(tenant: TenantID, batchIDs: [UInt64]) {
    let now = Instant.now.nanoseconds
    retries.withLock { retries in
      for id in batchIDs {
        retries.remember(RetryFilter.Key(tenant: tenant.rawValue, batchID: id), rejected: 0, nowNanoseconds: now)
      }
    }
  }

  func wake() {
    signal.withLock { $0.isRaised = true }
    signal.notifyAll()
  }

  /// Commits what waits and ends the writer. Requests that come later are not answered: stop the servers first.
  package func stop() {
    signal.withLock { $0.isStopping = true }
    signal.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }

  /// How long commits took, in seconds, by the engine's part of them.
  package var commitSeconds: HistogramSnapshot { counters.commitSeconds.snapshot() }

  /// Figures of this signal's commits.
  package var figures: CommitFigures { counters.figures(queuedBytes: queuedBytes.load(ordering: .relaxed)) }
}

/// What the writer waits for.
struct CommitSignal {
  var isRaised = false
  var isStopping = false
}

/// What to do with a request that may be a repeat.
private enum RepeatStep { case begin, stored(Int), waits(Int) }

/// Says whether rows may be taken.
package protocol IngestGate: Sendable {
  /// Why not, for the client; nil when they may. Cheap: it is asked for every request.
  var refusal: String? { get }
}
