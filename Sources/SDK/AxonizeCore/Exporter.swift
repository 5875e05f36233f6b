public import CAxonizeCore

/// What the export thread works on; nobody else touches it.
struct Exporter {
  var sending: Sending
  var batch = Batch()
  var addresses = Addresses()
  var compressor = Compressor()
  var isCompressorOpen = false
  /// Lane.count of them, and as many places for poll(2).
  var lanes: UnsafeMutablePointer<Lane>
  var waiting: UnsafeMutablePointer<pollfd>
  /// The last attempt failed: one request at a time then tries.
  var isTroubled = false
  /// The batch that was drained last: its size, and the queue position behind it.
  var drainedSize = 0
  var drainedEnd: UInt64 = 0
}

@inline(__always)
func exporter(_ core: UnsafeMutablePointer<axz_core>) -> UnsafeMutablePointer<Exporter> {
  // The exporter is made with the core and lives as long.
  UnsafeMutableRawPointer(core.pointee.exporter.unsafelyUnwrapped).assumingMemoryBound(to: Exporter.self)
}

/// Takes spans from the queue and sends them until the core is stopped.
@c @implementation
public func axz_core_run(_ core: UnsafeMutablePointer<axz_core>) {
  let exporter = exporter(core)
  while true {
    let now = axz_clock(CLOCK_MONOTONIC)
    let taken = Batch.fill(&exporter.pointee.batch, core, exporter.pointee.sending, now: now)
    let stopAt = axz_load(&core.pointee.stop_at)
    if stopAt != 0, isDone(core, exporter) || now >= stopAt { break }
    let sealed = isDue(core, exporter, now, isStopping: stopAt != 0) && seal(core, exporter)
    let underway = beginAttempts(core, exporter, now, isStopping: stopAt != 0)
    if underway > 0 {
      // While the receiver thinks, the queue goes on filling: look often when it fills fast.
      let isBusy = UInt64(taken) > core.pointee.slot_mask / 64
      waitForAnswers(core, exporter, underway, milliseconds: sealed ? 0 : isBusy ? 1 : 10)
    } else if !sealed {
      sleep(core, exporter, now, stopAt)
    }
  }
  finish(core, exporter)
}

/// Whether nothing is left to send.
private func isDone(_ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>) -> Bool {
  for index in 0..<Lane.count where exporter.pointee.lanes[index].hasRequest { return false }
  return exporter.pointee.batch.count == 0
    && axz_load(&core.pointee.enqueue_position) == core.pointee.dequeue_position
}

/// Whether the batch is to be sent now: full, old, or asked for.
private func isDue(
  _ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>, _ now: UInt64, isStopping: Bool
) -> Bool {
  guard exporter.pointee.batch.count > 0 else { return false }
  if isStopping || Batch.isFull(&exporter.pointee.batch, exporter.pointee.sending) { return true }
  if now &- exporter.pointee.batch.firstTick >= exporter.pointee.sending.interval { return true }
  return axz_load(&core.pointee.flush_position) > Batch.begin(&exporter.pointee.batch, core)
}

/// The lane for the next request: none when all are busy, or when one is and the receiver is in trouble.
private func freeLane(_ exporter: UnsafeMutablePointer<Exporter>) -> UnsafeMutablePointer<Lane>? {
  var free: UnsafeMutablePointer<Lane>?
  for index in 0..<Lane.count {
    let lane = exporter.pointee.lanes + index
    if lane.pointee.hasRequest {
      if exporter.pointee.isTroubled { return nil }
    } else if free == nil || lane.pointee.connection.phase == .idle && free?.pointee.connection.phase != .idle {
      // An open connection rather than a new one.
      free = lane
    }
  }
  return free
}

/// Makes a request of the batch; false when no lane is free.
private func seal(_ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>) -> Bool {
  guard let lane = freeLane(exporter) else { return false }
  let begin = Batch.begin(&exporter.pointee.batch, core)
  guard let request = Batch.seal(&exporter.pointee.batch, core, exporter.pointee.sending) else {
    _ = axz_add(&core.pointee.send_failed, UInt64(exporter.pointee.batch.count))
    Batch.empty(&exporter.pointee.batch)
    Lane.settleDone(core)
    return true
  }
  lane.pointee.request = request
  lane.pointee.hasRequest = true
  lane.pointee.requestBegin = begin
  lane.pointee.attempts = 0
  lane.pointee.nextAttempt = 0
  if exporter.pointee.sending.compression != UInt32(AXZ_COMPRESSION_NONE) {
    if !exporter.pointee.isCompressorOpen {
      exporter.pointee.isCompressorOpen = true
      if !Compressor.open(&exporter.pointee.compressor, exporter.pointee.sending.compression) {
        warn(core, UInt32(AXZ_WARNING_COMPRESSION))
      }
    }
    _ = Compressor.compress(&exporter.pointee.compressor, &lane.pointee.request)
  }
  return true
}

// MARK: Attempts

/// Begins what is due, at the end everything that waits; returns how many attempts are under way.
private func beginAttempts(
  _ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>, _ now: UInt64, isStopping: Bool
) -> Int {
  var underway = 0
  for index in 0..<Lane.count {
    let lane = exporter.pointee.lanes + index
    guard lane.pointee.hasRequest else { continue }
    if !lane.pointee.isUnderway, isStopping || now >= lane.pointee.nextAttempt { Lane.begin(lane, core, now) }
    if lane.pointee.isUnderway { underway &+= 1 }
  }
  return underway
}

/// Waits for the peers of all attempts and goes on with those that can.
private func waitForAnswers(
  _ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>, _ underway: Int,
  milliseconds: Int32
) {
  let waiting = exporter.pointee.waiting
  for index in 0..<Lane.count {
    let lane = exporter.pointee.lanes + index
    // poll(2) leaves out descriptors below 0.
    waiting[index] = pollfd(
      fd: lane.pointee.isUnderway ? lane.pointee.connection.descriptor : -1,
      events: Connection.wanted(&lane.pointee.connection), revents: 0)
  }
  let ready = poll(waiting, nfds_t(Lane.count), milliseconds)
  for index in 0..<Lane.count where exporter.pointee.lanes[index].isUnderway {
    Lane.step(exporter.pointee.lanes + index, core, events: ready > 0 ? waiting[index].revents : 0)
  }
}

/// Tells flushes that every record before a position was dealt with.
func settled(_ core: UnsafeMutablePointer<axz_core>, _ position: UInt64) {
  axz_store(&core.pointee.settled_position, position)
  _ = axz_add32(&core.pointee.settlements, 1)
  axz_futex_wake(&core.pointee.settlements)
}

// MARK: Waiting

/// Waits for the doorbell, at most until the next thing is due.
private func sleep(
  _ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>, _ now: UInt64, _ stopAt: UInt64
) {
  let interval = exporter.pointee.sending.interval
  var until = now &+ interval
  var isBlocked = Batch.isFull(&exporter.pointee.batch, exporter.pointee.sending)
  var hasRequest = false
  for index in 0..<Lane.count where exporter.pointee.lanes[index].hasRequest {
    hasRequest = true
    until = min(until, exporter.pointee.lanes[index].nextAttempt)
  }
  if !hasRequest, exporter.pointee.batch.count > 0 {
    until = min(until, exporter.pointee.batch.firstTick &+ interval)
    isBlocked = false
  }
  if stopAt != 0 { until = min(until, stopAt) }
  // A batch that cannot be sent now takes no more, whoever asks; one that is being filled is sent when it is asked for.
  let seenFlush = hasRequest ? core.pointee.dequeue_position : Batch.begin(&exporter.pointee.batch, core)
  waitForDoorbell(
    core, until: until, ignoresQueue: isBlocked, seenStop: stopAt, seenFlush: isBlocked ? .max : seenFlush)
}

/// Waits until somebody rings, many records wait, or a tick.
func waitForDoorbell(
  _ core: UnsafeMutablePointer<axz_core>, until: UInt64, ignoresQueue: Bool, seenStop: UInt64, seenFlush: UInt64
) {
  let exporter = exporter(core)
  let missing = UInt64(max(1, exporter.pointee.sending.batchSpans &- exporter.pointee.batch.count))
  axz_store_relaxed(&core.pointee.wake_above, min(missing, core.pointee.slot_mask / 4 &+ 1))
  let bell = axz_load32(&core.pointee.doorbell)
  axz_store32(&core.pointee.sleeping, 1)
  axz_fence()
  defer { axz_store32(&core.pointee.sleeping, 0) }
  if !ignoresQueue, waitingRecords(core) >= core.pointee.wake_above { return }
  if axz_load(&core.pointee.stop_at) != seenStop { return }
  if axz_load(&core.pointee.flush_position) > seenFlush { return }
  let now = axz_clock(CLOCK_MONOTONIC)
  if now < until { axz_futex_wait(&core.pointee.doorbell, bell, until &- now) }
}

/// Counts what could not be sent in time and leaves.
private func finish(_ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>) {
  dropQueue(core, exporter)
  for index in 0..<Lane.count { Connection.release(&exporter.pointee.lanes[index].connection) }
  axz_store32(&core.pointee.thread_runs, 0)
  axz_futex_wake(&core.pointee.thread_runs)
}

/// Drops everything that has not been sent.
func dropQueue(_ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>) {
  var lost = UInt64(exporter.pointee.batch.count)
  for index in 0..<Lane.count where exporter.pointee.lanes[index].hasRequest {
    lost &+= UInt64(exporter.pointee.lanes[index].request.spans)
    Request.release(&exporter.pointee.lanes[index].request)
    exporter.pointee.lanes[index].hasRequest = false
    exporter.pointee.lanes[index].isUnderway = false
  }
  while head(core) != nil {
    lost &+= 1
    advance(core)
  }
  _ = axz_add(&core.pointee.send_failed, lost)
  Batch.release(&exporter.pointee.batch)
  settled(core, core.pointee.dequeue_position)
}
