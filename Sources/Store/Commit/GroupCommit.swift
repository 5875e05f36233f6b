package import Base
package import Engine
package import Metrics
import Synchronization
package import System
package import Telemetry

/// Joins the rows of many requests into few inserts.
///
/// Event loops append to lanes; one writer thread seals a lane's group by size or age, or when somebody wants to read its
/// rows, and inserts it. A request is answered when something else keeps it, such as a journal, or else when its rows are
/// stored. What waits in memory is bounded in bytes; beyond it requests that are kept wait in a spool. See
/// docs/adr/0014-journal.md.
package final class GroupCommit<Rows: ArrivingRows>: Sendable {
  let lanes: [CommitLane<Rows>]
  let limits: CommitLimits
  let retries = Mutex(RetryFilter())
  let queuedBytes = Atomic<Int>(0)
  let signal = Monitor(CommitSignal())
  let sink: CommitSink<Rows>
  let counters = CommitCounters()
  let spooled = SpoolLedger<Rows>()
  /// Kept requests whose acknowledgement waits until less waits to be stored.
  let held: Monitor<HeldAcknowledgements>
  /// Rows of the group whose commit is under way.
  let underWay = Mutex(TenantTimes())
  /// The last commit, if it failed because the engine is unavailable.
  let lastFailure = Mutex<(at: Instant, reason: String)?>(nil)
  private let recognisesRepeats: Bool
  private let gate: any IngestGate
  private let threads = Mutex<[ThreadHandle]>([])

  /// Starts the writer thread, and one that acknowledges requests that the backlog holds.
  /// - Parameters:
  ///   - laneCount: one for each event loop.
  ///   - recognisesRepeats: whether a request whose body was stored before is answered without storing it again, if its
  ///     decoder says that it can be recognised.
  ///   - gate: says whether rows may be taken at all, e.g. by free disk space.
  package init(
    name: String, laneCount: Int, limits: CommitLimits, recognisesRepeats: Bool, gate: any IngestGate,
    sink: CommitSink<Rows>
  ) throws(SystemError) {
    lanes = (0..<max(1, laneCount)).map { _ in CommitLane() }
    self.limits = limits
    held = Monitor(HeldAcknowledgements(pace: AcknowledgementPace(backlogBytesMax: limits.backlogBytesMax)))
    self.recognisesRepeats = recognisesRepeats
    self.gate = gate
    self.sink = sink
    let writer = ThreadHandle(try Thread(name: name) { [self] in write() })
    let acknowledger = ThreadHandle(try Thread(name: "acknowledge") { [self] in acknowledgeHeld() })
    threads.withLock { $0 = [writer, acknowledger] }
  }

  /// Appends a request's rows and promises a result.
  ///
  /// Call it from any thread; it does not wait for the engine.
  ///
  /// - Parameters:
  ///   - lane: index of the calling loop. Another lane may be taken that is free.
  ///   - isFull: whether an error of `decode` means that the batch holds too much already. The group is then sealed and
  ///     the request decoded once more, into a fresh one; what `decode` throws there is thrown.
  ///   - decode: appends the rows, all or none if it throws. It runs under the lock of the lane whose index it gets.
  ///   - settle: called under the same lock, after `decode` unless it throws: whether its rows stay.
  ///   - keep: has the request kept by something that survives the process; calls its last argument once with whether it
  ///     is. The flag says whether it is to come back from the spool, because its rows are not kept in memory.
  ///   - completion: called from any thread when the request is kept, or its commit has ended; the first call counts. Not
  ///     called when the request is refused or `decode` throws.
  package func append<Failure: Error>(
    lane preferred: Int, tenant: TenantID, batchID: UInt64, isFull: (Failure) -> Bool = { _ in false },
    decode: (_ batch: SignalBatch<Rows>, _ lane: Int) throws(Failure) -> DecodedRows,
    settle: (_ areRowsKept: Bool) -> Void = { _ in },
    keep: ((DecodedRows, _ isSpooled: Bool, @escaping @Sendable (Bool) -> Void) -> any KeptRequest)? = nil,
    completion: @escaping @Sendable (CommitOutcome) -> Void
  ) throws(Failure) -> Admission {
    if let reason = gate.refusal { return refuse(reason) }
    let canSpool = keep != nil && spooled.isAttached
    if !canSpool, queuedBytes.load(ordering: .relaxed) >= limits.queueBytesMax {
      return refuseFullQueue()
    }
    let key = recognisesRepeats ? RetryFilter.Key(tenant: tenant.rawValue, batchID: batchID) : nil
    if let key {
      let finding = retries.withLock { $0.join(key, completion) }
      if let repeated = answer(finding, completion) { return repeated }
    }

    let request = ArrivingRequest(tenant: tenant, batchID: batchID, key: key, completion: completion)
    // The writer takes its own lock before those of the lanes, so it is woken when the lane is free again.
    var hasSealed = false
    defer { if hasSealed { wake() } }
    let step = try withLane(preferred) { groups, lane throws(Failure) -> AppendStep in
      do throws(Failure) {
        return try append(request, to: &groups, lane, decode, settle, keep)
      } catch {
        guard isFull(error) else { throw error }
      }
      if !groups.open.requests.isEmpty {
        groups.seal()
        hasSealed = true
      }
      do throws(Failure) {
        return try append(request, to: &groups, lane, decode, settle, keep)
      } catch {
        // Not even an empty batch takes it; the memory that it grew to goes back.
        groups.open.batch.removeAll()
        throw error
      }
    }

    switch step {
    case .queueFull: return refuseFullQueue()
    case .repeated(let finding):
      guard let repeated = answer(finding, completion) else { preconditionFailure("a repeat that is new") }
      return repeated
    case .spooled(let decoded):
      counters.rowsAppended.add(decoded.accepted)
      counters.requestsSpooled.add()
      return .appended(accepted: decoded.accepted, rejected: decoded.rejected, firstReason: decoded.firstReason)
    case .appended(let decoded, let isWriterNeeded):
      counters.rowsAppended.add(decoded.accepted)
      if decoded.isEmpty {
        // Nothing to store, so nothing to wait for: a request whose every row was rejected is answered at once.
        completion(.committed)
      } else if isWriterNeeded {
        wake()
      }
      return .appended(accepted: decoded.accepted, rejected: decoded.rejected, firstReason: decoded.firstReason)
    }
  }

  /// Takes the first lane that is free, so that few lanes hold rows while little comes: each is a commit of its own.
  func withLane<Result, Failure: Error>(
    _ preferred: Int, _ body: (inout LaneGroups<Rows>, _ lane: Int) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    for index in lanes.indices {
      let result = try lanes[index].groups.withLockIfAvailable { groups throws(Failure) in try body(&groups, index) }
      if let result { return result }
    }
    let index = preferred % lanes.count
    return try lanes[index].groups.withLock { groups throws(Failure) in try body(&groups, index) }
  }

  /// Decodes a request into the open group, and takes it back if it turns out to be a repeat.
  private func append<Failure: Error>(
    _ request: ArrivingRequest, to groups: inout LaneGroups<Rows>, _ lane: Int,
    _ decode: (_ batch: SignalBatch<Rows>, _ lane: Int) throws(Failure) -> DecodedRows,
    _ settle: (_ areRowsKept: Bool) -> Void,
    _ keep: ((DecodedRows, _ isSpooled: Bool, @escaping @Sendable (Bool) -> Void) -> any KeptRequest)?
  ) throws(Failure) -> AppendStep {
    let batch = groups.open.batch
    batch.mark(into: &groups.marks)
    let decoded = try decode(batch, lane)
    var areRowsKept = false
    defer { settle(areRowsKept) }
    guard !decoded.isEmpty else { return .appended(decoded, isWriterNeeded: false) }
    // What a request takes is known only now. One that does not fit beside what waits has to come again; alone it fits.
    let queued = queuedBytes.load(ordering: .relaxed)
    let byteCount = batch.usedBytes - groups.open.byteCount
    let hasRoom = queued <= 0 || queued + byteCount <= limits.queueBytesMax
    // Behind requests that wait in the spool, so that they are stored in their order.
    let isSpooled = keep != nil && spooled.isAttached && (!hasRoom || spooled.isInUse)
    guard hasRoom || isSpooled else {
      batch.rollback(to: groups.marks)
      return .queueFull
    }
    // Only now is it known whether repeats of the request can be distinguished from intended ones; and the same
    // request may have come on another lane meanwhile.
    let key = decoded.isRecognisable ? request.key : nil
    if let key {
      let finding = retries.withLock { retries -> RetryFilter.Finding in
        let finding = retries.join(key, request.completion)
        if case .new = finding { retries.begin(key, rejected: decoded.rejected) }
        return finding
      }
      guard case .new = finding else {
        batch.rollback(to: groups.marks)
        return .repeated(finding)
      }
    }
    if isSpooled {
      let rows = groups.open.endOfRows..<batch.rowCount
      spooled.add(request.tenant, RowTimes(of: batch.rows.columns).range(of: rows))
      _ = keep?(decoded, true) { [self, completion = request.completion] in didSpool($0, key, completion) }
      batch.rollback(to: groups.marks)
      return .spooled(decoded)
    }
    let isFirst = groups.open.requests.isEmpty
    areRowsKept = true
    // More than the engine takes soon: the acknowledgement may wait, and so the sender's next request.
    let isHeld = queued > limits.backlogBytesMax
    let record = keep?(decoded, false) { [self, completion = request.completion] isKept in
      guard isKept else { return settleSoon() }
      acknowledge(
        HeldAcknowledgement(key: key, byteCount: byteCount, isBeyondBacklog: isHeld, completion: completion))
    }
    // The writer may be waiting for a later point.
    let isSooner = isHeld && !groups.open.isAwaited
    if isHeld { groups.open.isAwaited = true }
    let storedKey = RetryFilter.Key(tenant: request.tenant.rawValue, batchID: decoded.rowsBatchID ?? request.batchID)
    grow(
      &groups.open,
      by: WaitingRequest(
        tenant: request.tenant, rows: groups.open.endOfRows..<batch.rowCount, key: key, storedKey: storedKey,
        record: record, completion: request.completion))
    let isFull = groups.open.batch.rowCount >= limits.groupRowsMax || groups.open.byteCount >= limits.groupBytesMax
    return .appended(decoded, isWriterNeeded: isFirst || isFull || isSooner)
  }

  func grow(_ group: inout CommitGroup<Rows>, by request: WaitingRequest) {
    let now = Instant.now
    if group.requests.isEmpty { group.beganAt = now }
    group.grewAt = now
    group.requests.append(request)
    group.times.insert(request.tenant, RowTimes(of: group.batch.rows.columns).range(of: request.rows))
    if request.record == nil { group.isAwaited = true }
    let byteCount = group.batch.usedBytes
    queuedBytes.add(byteCount - group.byteCount, ordering: .relaxed)
    group.byteCount = byteCount
  }

  /// Something keeps a request, so it and its repeats are answered.
  func didKeep(_ key: RetryFilter.Key?, _ completion: @Sendable (CommitOutcome) -> Void) {
    if let key { finish(key, .committed, isStored: true) }
    completion(.committed)
  }

  private func refuseFullQueue() -> Admission {
    refuse("the ingest queue is full (\(ByteCountText.format(limits.queueBytesMax)) waiting to be stored)")
  }

  private func refuse(_ reason: String) -> Admission {
    counters.requestsRefused.add()
    return .refused(reason, retryAfter: limits.refusalDelay)
  }

  /// The result of a request that was found to be a repeat; nil when it is new.
  private func answer(
    _ finding: RetryFilter.Finding, _ completion: @Sendable (CommitOutcome) -> Void
  ) -> Admission? {
    switch finding {
    case .new: return nil
    case .stored(let rejected):
      counters.repeatsRecognised.add()
      completion(.committed)
      return .repeated(rejected: rejected)
    case .pending(let rejected):
      counters.repeatsRecognised.add()
      return .repeated(rejected: rejected)
    }
  }

  /// Ends a request in the filter and answers its repeats.
  func finish(_ key: RetryFilter.Key, _ outcome: CommitOutcome, isStored: Bool) {
    let waiting = retries.withLock { $0.end(key, isStored: isStored, nowNanoseconds: Instant.now.nanoseconds) }
    for completion in waiting { completion(outcome) }
  }

  /// Answers the repeats of a request that is still waiting.
  func answerRepeats(of key: RetryFilter.Key, _ outcome: CommitOutcome) {
    let waiting = retries.withLock { $0.takeWaiting(key) }
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

  /// Commits what waits and ends the writer.
  ///
  /// Requests that come later are not answered: stop the servers first.
  package func stop() {
    signal.withLock { $0.isStopping = true }
    signal.notifyAll()
    for thread in threads.withLock({ $0 }) { thread.join() }
    spooled.detach()
  }

  /// Why rows are not stored at present: the last commit failed, within the last 30 seconds.
  ///
  /// After that it is not known, and the next request has to tell.
  package var problem: String? {
    guard let failure = lastFailure.withLock({ $0 }), Instant.now - failure.at < .seconds(30) else { return nil }
    return failure.reason
  }

  /// How long commits took, in seconds, by the engine's part of them.
  package var commitSeconds: HistogramSnapshot { counters.commitSeconds.snapshot() }

  /// Statistics of this signal's commits.
  package var statistics: CommitStatistics { counters.statistics(queuedBytes: queuedBytes.load(ordering: .relaxed)) }
}

/// A request on its way into a group.
private struct ArrivingRequest: Sendable {
  let tenant: TenantID
  let batchID: UInt64
  let key: RetryFilter.Key?
  let completion: @Sendable (CommitOutcome) -> Void
}

/// What came of decoding a request into a group.
private enum AppendStep: Sendable {
  case appended(DecodedRows, isWriterNeeded: Bool)
  case repeated(RetryFilter.Finding)
  /// Its rows are not in memory.
  case spooled(DecodedRows)
  /// It was taken back.
  case queueFull
}
