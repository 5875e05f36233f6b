import Base
import Metrics
import System
import Engine
import Synchronization
import Telemetry

extension GroupCommit {
  /// The writer's thread: waits for a group that is due, commits it, and again until it is stopped and all is empty.
  func write() {
    sink.counter?.begin()
    var spare = SignalBatch<Rows>()
    var lastBegan = Instant(nanoseconds: 0)
    while let due = waitForDueLane(lastBegan: lastBegan) {
      lastBegan = .now
      let group = lanes[due].groups.withLock { $0.takeNext(spare: spare) }
      guard !group.requests.isEmpty else {
        spare = group.batch
        continue
      }
      commit(group)
      group.batch.removeAll()
      spare = group.batch
    }
  }

  /// The index of the lane to commit next; nil when there is nothing left and the end was asked for.
  private func waitForDueLane(lastBegan: Instant) -> Int? {
    signal.wait { signal, now, wakeAt in
      signal.isRaised = false
      var oldest: (lane: Int, beganAt: Instant)?
      for index in lanes.indices {
        let due = lanes[index].groups.withLock { groups -> (at: Instant, beganAt: Instant)? in
          if let sealed = groups.sealed.first { return (now, sealed.beganAt) }
          guard !groups.open.requests.isEmpty else { return nil }
          let at = signal.isStopping ? now : dueTime(of: groups.open, lastBegan: lastBegan, now: now)
          return (at, groups.open.beganAt)
        }
        guard let due else { continue }
        if due.at <= now {
          if oldest.map({ due.beganAt < $0.beganAt }) ?? true { oldest = (index, due.beganAt) }
        } else {
          wakeAt = min(wakeAt, due.at)
        }
      }
      if let oldest { return .some(oldest.lane) }
      return signal.isStopping ? .some(nil) : nil
    }
  }

  /// When a group is to be committed, by ``CommitLimits``.
  private func dueTime(of group: CommitGroup<Rows>, lastBegan: Instant, now: Instant) -> Instant {
    if group.batch.rowCount >= limits.groupRowsMax || group.byteCount >= limits.groupBytesMax { return now }
    let latest = group.beganAt + limits.lingerMax
    var early = group.grewAt + limits.quietInterval
    if group.batch.rowCount < limits.earlyRows { early = max(early, lastBegan + limits.lingerMax) }
    return min(early, latest)
  }

  /// Stores a group and answers its requests. If the engine refuses the rows, parts of them are tried apart.
  private func commit(_ group: CommitGroup<Rows>) {
    let beganAt = Instant.now
    var division = Division(insertsLeft: limits.divisionInsertsMax)
    let outcome = store(group.requests[...]) { () throws(EngineError) in try sink.store(group.batch) }
    guard case .failed = outcome, group.requests.count > 1 else {
      return answer(group.requests[...], of: group, outcome, after: Instant.now - beganAt)
    }
    counters.groupsDivided.add()
    sink.logger.warning(
      "the store refuses a group; its requests are tried apart", .init("requests", group.requests.count),
      .init("rows", group.batch.rowCount))
    divide(group.requests[...], of: group, &division)
    if division.hasStored { sink.storeKeys(of: group.batch) }
  }

  /// Stores the halves of requests whose rows the engine refused together, and of these the halves, until the requests
  /// are found that it refuses alone. Each one costs two inserts a halving.
  private func divide(_ requests: ArraySlice<WaitingRequest>, of group: CommitGroup<Rows>, _ division: inout Division) {
    let middle = requests.startIndex + requests.count / 2
    for half in [requests[..<middle], requests[middle...]] {
      let beganAt = Instant.now
      let outcome =
        division.verdict ?? store(half) { () throws(EngineError) in try sink.store(rows(of: half), of: group.batch) }
      division.note(outcome)
      if case .failed = outcome, half.count > 1, division.verdict == nil {
        divide(half, of: group, &division)
      } else {
        // Several requests that cannot be tried apart any more are not known to be refused.
        let told = half.count > 1 ? division.verdict ?? outcome : outcome
        answer(half, of: group, outcome == .committed ? outcome : told, after: Instant.now - beganAt)
      }
    }
  }

  private func rows(of requests: ArraySlice<WaitingRequest>) -> Range<Int> {
    guard let first = requests.first, let last = requests.last else { return 0..<0 }
    return first.rows.lowerBound..<last.rows.upperBound
  }

  private func answer(
    _ requests: ArraySlice<WaitingRequest>, of group: CommitGroup<Rows>, _ outcome: CommitOutcome,
    after duration: Duration
  ) {
    let isStored = outcome == .committed
    counters.finished(rowCount: rows(of: requests).count, isStored: isStored, after: duration)
    // The last requests of a group free what all of it held.
    if requests.endIndex == group.requests.endIndex { queuedBytes.subtract(group.byteCount, ordering: .relaxed) }
    switch outcome {
    case .committed: lastFailure.withLock { $0 = nil }
    case .unavailable(let reason, _): lastFailure.withLock { $0 = (Instant.now, reason) }
    case .failed: break
    }
    if case .failed = outcome {
      counters.requestsRejected.add(requests.count)
      for request in requests.prefix(8) {
        sink.logger.error(
          "the store refuses a request", .init("tenant", request.tenant.rawValue), .init("rows", request.rows.count))
      }
    }
    for request in requests {
      if let key = request.key { finish(key, outcome, isStored: isStored) }
      request.completion(outcome)
    }
  }

  /// Runs an insert, again after a pause while the engine is unavailable.
  private func store(
    _ requests: ArraySlice<WaitingRequest>, _ insert: () throws(EngineError) -> Void
  ) -> CommitOutcome {
    var pause = limits.retryInterval
    for attempt in 1... {
      do throws(EngineError) {
        try insert()
        return .committed
      } catch {
        sink.logger.error("commit failed", .init("attempt", attempt), .init("error", error))
        if sink.hasStored(requests) { return .committed }
        if let refusal = error.refusalOfRows { return .failed(refusal) }
        guard attempt < limits.attemptCountMax else {
          return .unavailable("the store is unavailable (code \(error.code))", retryAfter: limits.refusalDelay)
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
  /// What the requests that are still to be tried are told without trying them; nil while they are tried.
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
  /// What to tell the client when the engine refuses these rows, whenever they come; nil for other errors.
  fileprivate var refusalOfRows: String? {
    // TOO_MANY_PARTS stands for merges that are behind, and for one insert into too many partitions.
    if code == 252, message.contains("partitions") {
      return "the request has rows of more days than can be stored at once; send them in several requests"
    }
    return kind == .rejected ? "the store refused the rows (code \(code))" : nil
  }
}
