import Ground
import Metrics
import Platform
import StorePorts
import Synchronization
import Telemetry

extension GroupCommit {
  /// The writer's thread: waits for a group that is due, commits it, and again until it is stopped and all is empty.
  func write() {
    var spare = SignalBatch<Rows>()
    var lastBegan = Instant(nanoseconds: 0)
    while let due = waitForDueLane(lastBegan: lastBegan) {
      lastBegan = .now
      let group = lanes[due].group.withLock { group in
        let sealed = group
        group = CommitGroup(batch: spare)
        return sealed
      }
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
        let due = lanes[index].group.withLock { group -> (at: Instant, beganAt: Instant)? in
          guard !group.requests.isEmpty else { return nil }
          return (signal.isStopping ? now : dueTime(of: group, lastBegan: lastBegan, now: now), group.beganAt)
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

  /// Stores a group and answers its requests.
  private func commit(_ group: CommitGroup<Rows>) {
    let beganAt = Instant.now
    let outcome = store(group)
    let isStored = outcome == .committed
    counters.finished(rowCount: group.batch.rowCount, isStored: isStored, after: Instant.now - beganAt)
    queuedBytes.subtract(group.byteCount, ordering: .relaxed)
    for request in group.requests {
      if let key = request.key { finish(key, outcome, isStored: isStored) }
      request.completion(outcome)
    }
  }

  private func store(_ group: CommitGroup<Rows>) -> CommitOutcome {
    var pause = limits.retryInterval
    for attempt in 1... {
      do throws(EngineError) {
        try sink.store(group.batch)
        return .committed
      } catch {
        sink.logger.error(
          "commit failed", .init("rows", group.batch.rowCount), .init("attempt", attempt), .init("error", error))
        guard error.kind != .rejected else { return .failed("the store refused the rows (code \(error.code))") }
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
