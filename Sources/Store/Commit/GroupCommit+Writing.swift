import Base
import Columns
import Engine
import Metrics
import Synchronization
import System
import Telemetry

extension GroupCommit {
  /// The writer's thread: waits for a group that is due, commits it, and again until it is stopped and all is empty.
  func write() {
    sink.counter?.begin()
    var spare = SignalBatch<Rows>()
    var lastBegan = Instant(nanoseconds: 0)
    while let work = waitForWork(lastBegan: lastBegan) {
      lastBegan = .now
      switch work {
      case .lane(let index):
        let group = lanes[index].groups.withLock { begin($0.takeNext(spare: spare)) }
        guard !group.requests.isEmpty else {
          spare = group.batch
          continue
        }
        commit(group)
        end()
        group.batch.removeAll()
        spare = group.batch
      case .readBack: _ = readBack()
      case .settle(let ticket): settle(ticket)
      }
    }
    // Nobody else would let them go.
    held.withLock { $0.isStopping = true }
    held.notifyAll()
  }

  private enum Work {
    /// A lane's next group is due.
    case lane(Int)
    /// There is room for requests of the spool.
    case readBack
    /// Everything that waits is to be committed, for questions up to this one.
    case settle(UInt64)
  }

  /// What to do next; nil when there is nothing left and the end was asked for.
  private func waitForWork(lastBegan: Instant) -> Work? {
    signal.wait { signal, now, wakeAt in
      signal.isRaised = false
      if signal.wanted > signal.settled {
        let at = signal.settledAt + limits.settleInterval
        if now >= at || signal.isStopping {
          return .some(.settle(signal.wanted))
        }
        wakeAt = min(wakeAt, at)
      }
      let isRead = now < signal.askedAt + limits.readerInterval
      let isSpooling = spooled.isInUse && !signal.isStopping
      let isSpoolReadable = isSpooling && now >= signal.spoolReadableAt
      if isSpooling, !isSpoolReadable { wakeAt = min(wakeAt, signal.spoolReadableAt) }
      let hasRoom = queuedBytes.load(ordering: .relaxed) < readBackBytesMax
      var oldest: (lane: Int, beganAt: Instant)?
      for index in lanes.indices {
        let due = lanes[index].groups.withLock { groups -> (at: Instant, beganAt: Instant)? in
          if let sealed = groups.sealed.first { return (now, sealed.beganAt) }
          guard !groups.open.requests.isEmpty else { return nil }
          let isDue = signal.isStopping || (isSpoolReadable && !hasRoom)
          let at = isDue ? now : dueTime(of: groups.open, lastBegan: lastBegan, isRead: isRead, now: now)
          return (at, groups.open.beganAt)
        }
        guard let due else { continue }
        if due.at <= now {
          if oldest.map({ due.beganAt < $0.beganAt }) ?? true { oldest = (index, due.beganAt) }
        } else {
          wakeAt = min(wakeAt, due.at)
        }
      }
      if let oldest {
        return .some(.lane(oldest.lane))
      }
      if isSpoolReadable, hasRoom { return .some(.readBack) }
      return signal.isStopping ? .some(nil) : nil
    }
  }

  /// When a group is to be committed, by ``CommitLimits``.
  private func dueTime(of group: CommitGroup<Rows>, lastBegan: Instant, isRead: Bool, now: Instant) -> Instant {
    if group.batch.rowCount >= limits.groupRowsMax || group.byteCount >= limits.groupBytesMax { return now }
    guard group.isAwaited else {
      return group.beganAt + (isRead ? limits.lingerMax : max(limits.lingerMax, limits.unreadLingerMax))
    }
    let latest = group.beganAt + limits.awaitedLingerMax
    var early = group.grewAt + limits.quietInterval
    if group.batch.rowCount < limits.earlyRows { early = max(early, lastBegan + limits.awaitedLingerMax) }
    return min(early, latest)
  }

  /// Commits all that waits now, whoever waits for it.
  private func settle(_ ticket: UInt64) {
    let arrived = spooled.arrived
    commitAll()
    while spooled.passed < arrived, !signal.withLock(\.isStopping) {
      let step = readBack()
      // The questions that wait have returned.
      if case .unavailable = step { return }
      commitAll()
      // What is left is not written yet, and so not acknowledged.
      if step == .nothing { break }
    }
    signal.withLock { signal in
      signal.settled = max(signal.settled, ticket)
      signal.settledAt = .now
    }
    signal.notifyAll()
  }

  /// Commits every group that there is.
  private func commitAll() {
    for lane in lanes {
      // What comes meanwhile is not waited for.
      var count = lane.groups.withLock { groups in
        if !groups.open.requests.isEmpty { groups.seal() }
        return groups.sealed.count
      }
      while count > 0 {
        let group = lane.groups.withLock { $0.sealed.isEmpty ? nil : begin($0.sealed.removeFirst()) }
        if let group {
          commit(group)
          end()
        }
        count -= 1
      }
    }
  }

  /// Notes whose rows are under way.
  ///
  /// Under the lock of their lane, so that a question finds them in one place or the other.
  private func begin(_ group: CommitGroup<Rows>) -> CommitGroup<Rows> {
    underWay.withLock { $0 = group.times }
    return group
  }

  private func end() { underWay.withLock { $0.removeAll() } }

  /// Stores a group.
  ///
  /// While the engine is unavailable, a group of which requests are kept elsewhere is tried again until it is stored or
  /// the end was asked for.
  private func commit(_ group: CommitGroup<Rows>) {
    var group = group
    group.countDays()
    let beganAt = Instant.now
    var hasWaited = false
    for part in group.parts() {
      while !commit(part), waitOutOutage() { hasWaited = true }
    }
    // An outage says nothing about how much the engine takes.
    if !hasWaited { noteCommit(of: group, after: .now - beganAt) }
  }

  /// Stores the rows of a day and answers their requests; false when they have to be tried again.
  ///
  /// If the engine refuses the rows, parts of them are tried apart.
  private func commit(_ part: CommitPart<Rows>) -> Bool {
    let beganAt = Instant.now
    // What is kept was acknowledged, so each request of it gets a verdict of its own.
    let isKept = part.requests.contains { !$0.waitsForCommit }
    var division = Division(insertsLeft: isKept ? .max : limits.divisionInsertsMax)
    let outcome = store(part.requests[...], of: part) { () throws(EngineError) in try sink.store(part) }
    if case .unavailable = outcome, isKept {
      postpone(part, outcome, after: Instant.now - beganAt)
      return false
    }
    guard case .failed = outcome, part.requests.count > 1 else {
      answer(part.requests[...], of: part, outcome, after: Instant.now - beganAt)
      return true
    }
    counters.groupsDivided.add()
    sink.logger.warning(
      "the store rejected a group; its requests are tried one by one", .init("requests", part.requests.count),
      .init("rows", part.rows.rowCount))
    divide(part.requests[...], of: part, &division)
    if division.hasStored { sink.storeKeys(of: part.batch) }
    return true
  }

  /// Answers who waits for the commit of a group that has to be tried again.
  ///
  /// Their rows stay in it, and repeats of them are recognised.
  private func postpone(_ part: CommitPart<Rows>, _ outcome: CommitOutcome, after duration: Duration) {
    counters.finished(rowCount: 0, isStored: false, after: duration)
    noteFailure(outcome)
    // From here on what is kept is answered at once.
    noteOutage(true)
    for request in part.requests {
      if request.record?.fate == .kept {
        didKeep(request.key, request.completion)
      } else {
        if let key = request.key { answerRepeats(of: key, outcome) }
        if request.waitsForCommit { request.completion(outcome) }
      }
    }
    answerWaiting(outcome)
    signal.withLock { signal in
      signal.failureCount += 1
      // Whoever waits sees that it failed; the next question has it tried again.
      signal.settled = signal.wanted
    }
    signal.notifyAll()
  }

  /// Reports the outcome for requests behind the group that is tried which nothing keeps: the outage may last longer
  /// than their senders wait.
  ///
  /// Their rows stay; a repeat is recognised.
  private func answerWaiting(_ outcome: CommitOutcome) {
    let waiting = lanes.flatMap { lane in
      lane.groups.withLock { groups in
        groups.sealed.flatMap { $0.requests.filter(\.waitsForCommit) } + groups.open.requests.filter(\.waitsForCommit)
      }
    }
    for request in waiting {
      if let key = request.key { answerRepeats(of: key, outcome) }
      request.completion(outcome)
    }
  }

  /// Pauses before a group is tried again, for a shorter time if a reader asks for its rows; false when asked to stop.
  private func waitOutOutage() -> Bool {
    counters.retries.add()
    let beganAt = Instant.now
    return signal.wait { signal, now, wakeAt in
      if signal.isStopping { return false }
      let isAsked = signal.wanted > signal.settled
      let end = beganAt + (isAsked ? limits.retryInterval : limits.outageInterval)
      if now >= end { return true }
      wakeAt = end
      return nil
    }
  }

  /// Stores the halves of requests whose rows the engine refused together, and of these the halves, until the requests
  /// are found that it refuses alone.
  ///
  /// Each one costs two inserts a halving.
  private func divide(_ requests: ArraySlice<WaitingRequest>, of part: CommitPart<Rows>, _ division: inout Division) {
    let middle = requests.startIndex + requests.count / 2
    for half in [requests[..<middle], requests[middle...]] {
      let beganAt = Instant.now
      var outcome = CommitOutcome.committed
      repeat {
        outcome =
          division.verdict
          ?? store(half, of: part) { () throws(EngineError) in try sink.store(rows(of: half), of: part) }
        // What is kept is tried until it is known what becomes of it.
        guard case .unavailable = outcome, half.contains(where: { !$0.waitsForCommit }) else { break }
        noteFailure(outcome)
      } while waitOutOutage()
      division.note(outcome)
      if case .failed = outcome, half.count > 1, division.verdict == nil {
        divide(half, of: part, &division)
      } else {
        // Several requests that can no longer be tried one by one are not known to be rejected.
        let joined = half.count > 1 ? division.verdict ?? outcome : outcome
        answer(half, of: part, outcome == .committed ? outcome : joined, after: Instant.now - beganAt)
      }
    }
  }

  private func rows(of requests: ArraySlice<WaitingRequest>) -> Range<Int> {
    guard let first = requests.first, let last = requests.last else { return 0..<0 }
    return first.rows.lowerBound..<last.rows.upperBound
  }

  private func answer(
    _ requests: ArraySlice<WaitingRequest>, of part: CommitPart<Rows>, _ outcome: CommitOutcome,
    after duration: Duration
  ) {
    counters.finished(rowCount: rows(of: requests).count, isStored: outcome == .committed, after: duration)
    // The last requests of a part free what all of it held.
    if requests.endIndex == part.requests.endIndex { queuedBytes.subtract(part.heldBytes, ordering: .relaxed) }
    switch outcome {
    case .committed:
      lastFailure.withLock { $0 = nil }
      noteOutage(false)
    case .unavailable: noteFailure(outcome)
    case .failed: break
    }
    if case .failed = outcome {
      counters.requestsRejected.add(requests.count)
      for request in requests.prefix(8) {
        sink.logger.error(
          "the store rejected a request", .init("tenant", request.tenant.rawValue), .init("rows", request.rows.count))
      }
    }
    for request in requests {
      if let whole = request.wholeOfDays {
        if let joined = whole.note(outcome) { end(request, joined) }
      } else {
        end(request, outcome)
      }
    }
  }

  private func noteFailure(_ outcome: CommitOutcome) {
    guard case .unavailable(let reason, _) = outcome else { return }
    lastFailure.withLock { $0 = (Instant.now, reason) }
  }

  /// Tells what became of a request: its sender if it waits, else whatever keeps it.
  private func end(_ request: WaitingRequest, _ outcome: CommitOutcome) {
    let isKept = request.record?.fate == .kept
    switch outcome {
    case .committed: request.record?.release()
    // What is kept, or may be yet, is stored at the next start: this is the end of the process.
    case .unavailable: if request.record?.fate == .lost { request.record?.release() }
    case .failed(let reason): isKept ? request.record?.setAside(reason: reason) : request.record?.release()
    }
    if let key = request.key { finish(key, outcome, isStored: outcome == .committed || isKept) }
    request.completion(isKept ? .committed : outcome)
  }

  /// Runs an insert, again after a pause while the engine is unavailable.
  private func store(
    _ requests: ArraySlice<WaitingRequest>, of part: CommitPart<Rows>, _ insert: () throws(EngineError) -> Void
  ) -> CommitOutcome {
    var pause = limits.retryInterval
    let attemptCountMax = held.withLock(\.isInOutage) ? 1 : limits.attemptCountMax
    for attempt in 1... {
      do throws(EngineError) {
        try insert()
        sink.didStoreRows?(part.rows, rows(of: requests))
        return .committed
      } catch {
        sink.logger.error("commit failed", .init("attempt", attempt), .init("error", error))
        if sink.hasStored(requests, day: part.day) {
          sink.didStoreRows?(part.rows, rows(of: requests))
          return .committed
        }
        if let refusal = error.refusalOfRows { return .failed(refusal) }
        guard attempt < attemptCountMax else {
          return .unavailable("the store is unavailable: \(error.meaning.summary)", retryAfter: limits.refusalDelay)
        }
        counters.retries.add()
        sink.sleep(pause)
        pause *= 2
      }
    }
    preconditionFailure("the loop has no end but its returns")
  }
}

/// The search for the requests of a group whose rows the engine refuses.
private struct Division {
  var insertsLeft: Int
  private(set) var hasStored = false
  /// The outcome of the requests that were not tried yet, without trying them; nil while they are tried.
  private(set) var verdict: CommitOutcome?

  init(insertsLeft: Int) { self.insertsLeft = insertsLeft }

  mutating func note(_ outcome: CommitOutcome) {
    guard verdict == nil else { return }
    insertsLeft -= 1
    switch outcome {
    case .committed: hasStored = true
    case .unavailable: verdict = outcome
    case .failed: break
    }
    guard insertsLeft <= 0, verdict == nil else { return }
    // Where every part was refused the fault is not with single requests. Otherwise some of the others can be stored;
    // those that were found out do not come back with them.
    verdict =
      hasStored
      ? .unavailable("rows of other requests are refused by the store", retryAfter: .seconds(1))
      : .failed("the store refuses the rows of this and all other requests")
  }
}

extension EngineError {
  /// The message for the client when the engine rejects these rows permanently; nil for other errors.
  fileprivate var refusalOfRows: String? {
    if meaning == .tooManyPartitions {
      return "the request has rows of more days than can be stored at once; send them in several requests"
    }
    return remedy == .none ? "the store refused the rows" : nil
  }
}
