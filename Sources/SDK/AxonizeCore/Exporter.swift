public import CAxonizeCore

/// What the export thread works on; nobody else touches it.
struct Exporter {
  var sending: Sending
  var batch = Batch()
  var addresses = Addresses()
  var connection = Connection()
  var compressor = Compressor()
  var isCompressorOpen = false
  /// The request that is being sent or waits to be sent again.
  var request = Request()
  var hasRequest = false
  var isUnderway = false
  /// The queue position behind the request's last span.
  var requestEnd: UInt64 = 0
  var attempts: UInt32 = 0
  var attemptDeadline: UInt64 = 0
  var nextAttempt: UInt64 = 0
  /// The size of the request that was drained last.
  var drainedSize = 0
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
    if !exporter.pointee.hasRequest, isDue(core, exporter, now, isStopping: stopAt != 0) { seal(core, exporter) }
    if exporter.pointee.hasRequest {
      if !exporter.pointee.isUnderway, now >= exporter.pointee.nextAttempt { begin(core, exporter, now) }
      if exporter.pointee.isUnderway {
        // While the receiver thinks, the queue goes on filling: look often when it fills fast.
        let isBusy = UInt64(taken) > core.pointee.slot_mask / 64
        step(core, exporter, milliseconds: isBusy ? 1 : 10)
        continue
      }
    }
    if exporter.pointee.hasRequest || !Batch.isFull(&exporter.pointee.batch, exporter.pointee.sending) {
      sleep(core, exporter, now, stopAt)
    }
  }
  finish(core, exporter)
}

/// Whether nothing is left to send.
private func isDone(_ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>) -> Bool {
  !exporter.pointee.hasRequest && exporter.pointee.batch.count == 0
    && axz_load(&core.pointee.enqueue_position) == core.pointee.dequeue_position
}

/// Whether the batch is to be sent now: full, old, or asked for.
private func isDue(
  _ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>, _ now: UInt64, isStopping: Bool
) -> Bool {
  guard exporter.pointee.batch.count > 0 else { return false }
  if isStopping || Batch.isFull(&exporter.pointee.batch, exporter.pointee.sending) { return true }
  if now &- exporter.pointee.batch.firstTick >= exporter.pointee.sending.interval { return true }
  let begin = core.pointee.dequeue_position &- UInt64(exporter.pointee.batch.count)
  return axz_load(&core.pointee.flush_position) > begin
}

/// Makes a request of the batch.
private func seal(_ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>) {
  guard let request = Batch.seal(&exporter.pointee.batch, core, exporter.pointee.sending) else {
    _ = axz_add(&core.pointee.send_failed, UInt64(exporter.pointee.batch.count))
    Batch.empty(&exporter.pointee.batch)
    return settled(core, core.pointee.dequeue_position)
  }
  exporter.pointee.request = request
  exporter.pointee.hasRequest = true
  exporter.pointee.requestEnd = core.pointee.dequeue_position
  exporter.pointee.attempts = 0
  exporter.pointee.nextAttempt = 0
  if exporter.pointee.sending.compression != UInt32(AXZ_COMPRESSION_NONE) {
    if !exporter.pointee.isCompressorOpen {
      exporter.pointee.isCompressorOpen = true
      if !Compressor.open(&exporter.pointee.compressor, exporter.pointee.sending.compression) {
        warn(core, UInt32(AXZ_WARNING_COMPRESSION))
      }
    }
    _ = Compressor.compress(&exporter.pointee.compressor, &exporter.pointee.request)
  }
}

// MARK: Attempts

private func begin(
  _ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>, _ now: UInt64
) {
  let sending = exporter.pointee.sending
  if exporter.pointee.connection.phase != .idle {
    let age = now &- exporter.pointee.addresses.lookedUpAt
    if exporter.pointee.addresses.count == 0 || age > Addresses.lifetime {
      if Addresses.lookUp(&exporter.pointee.addresses, sending.host, sending.port, now: now) != 0 {
        return failed(core, exporter, status: 0, code: EHOSTUNREACH, pause: 0)
      }
    }
  }
  guard Connection.writeHead(&exporter.pointee.connection, &exporter.pointee.sending, exporter.pointee.request) else {
    return failed(core, exporter, status: 0, code: ENOMEM, pause: 0)
  }
  exporter.pointee.attemptDeadline = axz_clock(CLOCK_MONOTONIC) &+ sending.timeout
  exporter.pointee.isUnderway = true
  let progress = Connection.start(&exporter.pointee.connection, &exporter.pointee.addresses)
  if progress != .pending { settleAttempt(core, exporter, progress) }
}

private func step(
  _ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>, milliseconds: Int32
) {
  let progress = Connection.step(
    &exporter.pointee.connection, &exporter.pointee.addresses, exporter.pointee.request, milliseconds: milliseconds)
  if progress != .pending {
    settleAttempt(core, exporter, progress)
  } else if axz_clock(CLOCK_MONOTONIC) >= exporter.pointee.attemptDeadline {
    Connection.close(&exporter.pointee.connection)
    exporter.pointee.isUnderway = false
    failed(core, exporter, status: 0, code: ETIMEDOUT, pause: 0)
  }
}

private func settleAttempt(
  _ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>, _ progress: Connection.Progress
) {
  exporter.pointee.isUnderway = false
  switch progress {
  case .pending, .stale:
    // Sent again at once: this says nothing of the receiver.
    exporter.pointee.nextAttempt = 0
  case .failed:
    failed(core, exporter, status: 0, code: exporter.pointee.connection.error, pause: 0)
  case .answered:
    let response = exporter.pointee.connection.response
    switch response.status {
    case 200..<300: succeeded(core, exporter, response)
    // The retryable codes of https://opentelemetry.io/docs/specs/otlp/#failures-1
    case 429, 502, 503, 504:
      let pause = min(response.retryAfter, 3600) &* 1_000_000_000
      failed(core, exporter, status: response.status, code: 0, pause: pause)
    default:
      axz_store32(&core.pointee.last_status, response.status)
      warn(core, UInt32(AXZ_WARNING_REFUSED))
      _ = axz_add(&core.pointee.send_failed, UInt64(exporter.pointee.request.spans))
      settle(core, exporter)
    }
  }
}

private func succeeded(
  _ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>, _ response: Response
) {
  let spans = UInt64(exporter.pointee.request.spans)
  var rejected: UInt64 = 0
  if let bytes = exporter.pointee.connection.received, response.contentSize > 0 {
    rejected = min(Response.rejectedSpans(bytes + response.contentOffset, response.contentSize), spans)
  }
  if rejected > 0 {
    _ = axz_add(&core.pointee.rejected, rejected)
    warn(core, UInt32(AXZ_WARNING_PARTIAL))
  }
  _ = axz_add(&core.pointee.exported, spans &- rejected)
  _ = axz_add(&core.pointee.batches, 1)
  _ = axz_add(&core.pointee.sent_bytes, UInt64(exporter.pointee.request.size))
  _ = axz_add(&core.pointee.encoded_bytes, UInt64(exporter.pointee.request.encodedSize))
  settle(core, exporter)
}

/// An attempt that may be repeated: after `pause` as the receiver asked, else after a random part of a growing time.
private func failed(
  _ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>, status: UInt32, code: Int32,
  pause: UInt64
) {
  axz_store32(&core.pointee.last_status, status)
  core.pointee.last_error = code
  warn(core, UInt32(AXZ_WARNING_UNREACHABLE))
  // A host that does not answer may have moved.
  if status == 0 { exporter.pointee.addresses.count = 0 }
  if exporter.pointee.attempts >= exporter.pointee.sending.retries {
    _ = axz_add(&core.pointee.send_failed, UInt64(exporter.pointee.request.spans))
    settle(core, exporter)
    return
  }
  let doublings = min(exporter.pointee.attempts, 20)
  exporter.pointee.attempts &+= 1
  _ = axz_add(&core.pointee.retries, 1)
  let longest = min(exporter.pointee.sending.backoffFirst &<< UInt64(doublings), exporter.pointee.sending.backoffLast)
  // Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
  let random = randomNumber(core) % (longest &+ 1)
  exporter.pointee.nextAttempt = axz_clock(CLOCK_MONOTONIC) &+ (pause > 0 ? pause : random)
}

/// The request is done with, whatever came of it.
private func settle(_ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>) {
  Request.release(&exporter.pointee.request)
  exporter.pointee.hasRequest = false
  settled(core, exporter.pointee.requestEnd)
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
  var until = now &+ exporter.pointee.sending.interval
  if exporter.pointee.hasRequest {
    until = min(until, exporter.pointee.nextAttempt)
  } else if exporter.pointee.batch.count > 0 {
    until = min(until, exporter.pointee.batch.firstTick &+ exporter.pointee.sending.interval)
  }
  if stopAt != 0 { until = min(until, stopAt) }
  let isFull = Batch.isFull(&exporter.pointee.batch, exporter.pointee.sending)
  waitForDoorbell(core, until: until, ignoresQueue: isFull, seenStop: stopAt, seenFlush: core.pointee.dequeue_position)
}

/// Waits until somebody rings, many records wait, or a tick.
func waitForDoorbell(
  _ core: UnsafeMutablePointer<axz_core>, until: UInt64, ignoresQueue: Bool, seenStop: UInt64, seenFlush: UInt64
) {
  let bell = axz_load32(&core.pointee.doorbell)
  axz_store32(&core.pointee.sleeping, 1)
  axz_fence()
  defer { axz_store32(&core.pointee.sleeping, 0) }
  let waiting = axz_load(&core.pointee.enqueue_position) &- core.pointee.dequeue_position
  if !ignoresQueue, waiting >= core.pointee.wake_above { return }
  if axz_load(&core.pointee.stop_at) != seenStop { return }
  if axz_load(&core.pointee.flush_position) > seenFlush { return }
  let now = axz_clock(CLOCK_MONOTONIC)
  if now < until { axz_futex_wait(&core.pointee.doorbell, bell, until &- now) }
}

/// Counts what could not be sent in time and leaves.
private func finish(_ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>) {
  dropQueue(core, exporter)
  Connection.release(&exporter.pointee.connection)
  axz_store32(&core.pointee.thread_runs, 0)
  axz_futex_wake(&core.pointee.thread_runs)
}

/// Drops everything that has not been sent.
func dropQueue(_ core: UnsafeMutablePointer<axz_core>, _ exporter: UnsafeMutablePointer<Exporter>) {
  var lost = UInt64(exporter.pointee.batch.count)
  if exporter.pointee.hasRequest { lost &+= UInt64(exporter.pointee.request.spans) }
  while head(core) != nil {
    lost &+= 1
    advance(core)
  }
  _ = axz_add(&core.pointee.send_failed, lost)
  Request.release(&exporter.pointee.request)
  exporter.pointee.hasRequest = false
  Batch.release(&exporter.pointee.batch)
  settled(core, core.pointee.dequeue_position)
}
