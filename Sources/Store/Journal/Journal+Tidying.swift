import Base
import Metrics
import Synchronization
import System

extension Journal {
  /// How long after it was written a record is on the device.
  var syncInterval: Duration { if case .interval(let interval) = options.sync { interval } else { .zero } }

  func wakeTidier(at time: Instant) {
    let isEarlier = alarm.withLock { alarm in
      guard time < alarm.wakeAt else { return false }
      alarm.wakeAt = time
      return true
    }
    if isEarlier { alarm.notifyAll() }
  }

  /// The second thread: synchronises segments, seals the last one when it is quiet, and removes those that are stored.
  ///
  /// It sleeps while there is nothing of this to do.
  func tidy() {
    while waitForTurn() {
      synchronizeDue(by: .now)
      sealIfQuiet(now: .now)
      closeSealed()
      sweepRefusedIfDue(now: .now)
      cleanIfDue(now: .now)
    }
  }

  private func waitForTurn() -> Bool {
    alarm.wait { alarm, now, wakeAt in
      if alarm.isStopping { return false }
      if now >= alarm.wakeAt {
        alarm.wakeAt = .distantFuture
        return true
      }
      wakeAt = alarm.wakeAt
      return nil
    }
  }

  /// Puts on the device what was written an interval ago or earlier.
  private func synchronizeDue(by now: Instant) {
    guard case .interval(let interval) = options.sync else { return }
    let due = state.withLock { state -> [(sequence: UInt64, file: SegmentFile)] in
      var due: [(UInt64, SegmentFile)] = []
      for index in state.segments.indices {
        guard let since = state.segments[index].dirtySince, since + interval <= now,
          let file = state.segments[index].file
        else { continue }
        // What is written from here on waits for the next turn.
        state.segments[index].dirtySince = nil
        due.append((state.segments[index].sequence, file))
      }
      return due
    }
    for (sequence, file) in due { synchronize(file, sequence) }
    let next = state.withLock { state in state.segments.compactMap(\.dirtySince).min() }
    if let next { wakeTidier(at: next + interval) }
  }

  private func synchronize(_ file: SegmentFile, _ sequence: UInt64) {
    let beganAt = Instant.now
    do throws(SystemError) {
      try file.descriptor.synchronizeData()
      instruments.syncSeconds.observe(Instant.now - beganAt)
      if try !file.descriptor.hasName() { throw SystemError(call: "fstat", code: 2) }
    } catch {
      instruments.syncFailures.add()
      logger.error(
        "a segment of the journal may not be safe on the disk; starting a new one",
        .init("segment", Segment.name(sequence)),
        .init("error", error))
      state.withLock { state in
        guard let index = state.segments.firstIndex(where: { $0.sequence == sequence }) else { return }
        state.segments[index].isSealed = true
      }
    }
  }

  /// Closes the last segment once everything in it is stored and nothing has come for a while, so that the journal of an
  /// idle server is empty.
  private func sealIfQuiet(now: Instant) {
    let next = state.withLock { state -> Instant? in
      guard let last = state.segments.last, !last.isSealed, last.outstandingCount == 0, state.waiting.isEmpty,
        !state.isWriting
      else { return nil }
      guard now >= last.wroteAt + options.quietInterval else { return last.wroteAt + options.quietInterval }
      state.segments[state.segments.count - 1].isSealed = true
      return nil
    }
    if let next { wakeTidier(at: next) }
  }

  /// Closes files that are no longer written to: in a long outage there are many.
  private func closeSealed() {
    state.withLock { state in
      for index in state.segments.indices
      where state.segments[index].isSealed && state.segments[index].dirtySince == nil {
        state.segments[index].file = nil
      }
    }
  }

  private func cleanIfDue(now: Instant) {
    let next = state.withLock { state -> Instant? in
      guard let oldest = state.segments.first, oldest.isSealed, oldest.outstandingCount == 0 else { return nil }
      let isFull = instruments.bytes.load(ordering: .relaxed) > options.bytesMax / 2
      guard let cleanedAt = state.cleanedAt, !isFull else { return now }
      return cleanedAt + options.cleaningInterval
    }
    guard let next else { return }
    if next > now { return wakeTidier(at: next) }
    clean()
    state.withLock { $0.cleanedAt = .now }
    // Others may have become due meanwhile.
    wakeTidier(at: .now + options.cleaningInterval)
  }

  /// Removes the oldest segments whose records are all stored.
  ///
  /// The engine does not synchronise what it stores, so the file system is synchronised before the only other copy goes.
  func clean() {
    let stored = state.withLock { state in
      Array(state.segments.prefix { $0.isSealed && $0.outstandingCount == 0 && $0.dirtySince == nil })
    }
    guard !stored.isEmpty else { return }
    do throws(SystemError) {
      if options.sync != .never { try File.synchronizeFileSystem(of: options.folder) }
      for segment in stored {
        if segment.isDamaged { putAside(segment) } else { try remove(segment.path) }
        state.withLock { state in state.segments.removeAll { $0.sequence == segment.sequence } }
        instruments.bytes.subtract(segment.bytes, ordering: .relaxed)
      }
    } catch {
      logger.error("stored segments of the journal could not be removed; trying again later", .init("error", error))
    }
  }

  /// Somebody else may have removed it.
  private func remove(_ path: String) throws(SystemError) {
    if File.exists(path) { try File.remove(path) }
  }

  /// The end: what is stored goes, what is not stays for the next start.
  func closeAll() {
    let files = state.withLock { state in
      for index in state.segments.indices {
        state.segments[index].isSealed = true
        state.segments[index].dirtySince = nil
      }
      return state.segments.filter { $0.outstandingCount > 0 }.compactMap(\.file)
    }
    if options.sync != .never {
      for file in files {
        do throws(SystemError) {
          try file.descriptor.synchronizeData()
        } catch {
          logger.error("the journal may not be safe on the disk", .init("error", error))
        }
      }
    }
    clean()
  }
}
