import CAxonizeCore

/// A request with the connection that it is sent over.
///
/// Several of them hide the time that the receiver takes to answer.
struct Lane {
  var connection = Connection()
  /// What is being sent or waits to be sent again.
  var request = Request()
  var hasRequest = false
  var isUnderway = false
  /// The queue position of the request's first span.
  var requestBegin: UInt64 = 0
  var attempts: UInt32 = 0
  var attemptDeadline: UInt64 = 0
  var nextAttempt: UInt64 = 0

  static let count = 4

  /// Memory for all lanes; nil when memory is out.
  static func allocate() -> UnsafeMutablePointer<Lane>? {
    guard let memory = malloc(count * MemoryLayout<Lane>.stride) else { return nil }
    let lanes = memory.assumingMemoryBound(to: Lane.self)
    for index in 0..<count { lanes[index] = Lane() }
    return lanes
  }
}

extension Lane {
  /// Begins an attempt to send the lane's request.
  static func begin(_ lane: UnsafeMutablePointer<Lane>, _ core: UnsafeMutablePointer<axz_core>, _ now: UInt64) {
    let exporter = exporter(core)
    if lane.pointee.connection.phase != .idle {
      let age = now &- exporter.pointee.addresses.lookedUpAt
      if exporter.pointee.addresses.count == 0 || age > Addresses.lifetime {
        if Sending.lookUp(&exporter.pointee.sending, &exporter.pointee.addresses, now: now) != 0 {
          return failed(lane, core, status: 0, code: EHOSTUNREACH, pause: 0)
        }
      }
    }
    lane.pointee.attemptDeadline = axz_clock(CLOCK_MONOTONIC) &+ exporter.pointee.sending.timeout
    lane.pointee.isUnderway = true
    let progress = Connection.start(
      &lane.pointee.connection, &exporter.pointee.addresses, &exporter.pointee.sending, lane.pointee.request)
    if progress != .pending { settleAttempt(lane, core, progress) }
  }

  /// Goes on with an attempt; `events` is what poll(2) found, 0 for nothing.
  static func step(_ lane: UnsafeMutablePointer<Lane>, _ core: UnsafeMutablePointer<axz_core>, events: Int16) {
    if events != 0 {
      let progress = Connection.step(
        &lane.pointee.connection, &exporter(core).pointee.addresses, lane.pointee.request, events: events)
      if progress != .pending { return settleAttempt(lane, core, progress) }
    }
    if axz_clock(CLOCK_MONOTONIC) >= lane.pointee.attemptDeadline {
      Connection.close(&lane.pointee.connection)
      lane.pointee.isUnderway = false
      failed(lane, core, status: 0, code: ETIMEDOUT, pause: 0)
    }
  }

  private static func settleAttempt(
    _ lane: UnsafeMutablePointer<Lane>, _ core: UnsafeMutablePointer<axz_core>, _ progress: Connection.Progress
  ) {
    lane.pointee.isUnderway = false
    switch progress {
    case .pending, .stale:
      // Sent again at once: this says nothing of the receiver.
      lane.pointee.nextAttempt = 0
    case .failed:
      if lane.pointee.connection.isForeign { warn(core, UInt32(AXZ_WARNING_FOREIGN)) }
      failed(lane, core, status: 0, code: lane.pointee.connection.error, pause: 0)
    case .answered:
      let answer = lane.pointee.connection.answer
      switch answer.verdict {
      case UInt32(AXZ_VERDICT_TAKEN): succeeded(lane, core, answer)
      case UInt32(AXZ_VERDICT_LATER): failed(lane, core, status: answer.status, code: 0, pause: answer.pause)
      default:
        axz_store32(&core.pointee.last_status, answer.status)
        warn(core, UInt32(AXZ_WARNING_REFUSED))
        _ = axz_add(&core.pointee.send_failed, UInt64(lane.pointee.request.spans))
        settle(lane, core)
      }
    }
  }

  private static func succeeded(
    _ lane: UnsafeMutablePointer<Lane>, _ core: UnsafeMutablePointer<axz_core>, _ answer: axz_answer
  ) {
    exporter(core).pointee.isTroubled = false
    let spans = UInt64(lane.pointee.request.spans)
    var rejected: UInt64 = 0
    if let content = answer.content { rejected = min(Response.rejectedSpans(content, answer.content_size), spans) }
    if rejected > 0 {
      _ = axz_add(&core.pointee.rejected, rejected)
      warn(core, UInt32(AXZ_WARNING_PARTIAL))
    }
    _ = axz_add(&core.pointee.exported, spans &- rejected)
    _ = axz_add(&core.pointee.batches, 1)
    _ = axz_add(&core.pointee.sent_bytes, UInt64(lane.pointee.request.size))
    _ = axz_add(&core.pointee.encoded_bytes, UInt64(lane.pointee.request.encodedSize))
    settle(lane, core)
  }

  /// An attempt that may be repeated: after `pause` as the receiver asked, else after a random part of a growing time.
  ///
  /// Once the core is asked to end nothing is repeated: a receiver that is down does not hold up the end of the
  /// program.
  private static func failed(
    _ lane: UnsafeMutablePointer<Lane>, _ core: UnsafeMutablePointer<axz_core>, status: UInt32, code: Int32,
    pause: UInt64
  ) {
    let exporter = exporter(core)
    axz_store32(&core.pointee.last_status, status)
    axz_store_signed32(&core.pointee.last_error, code)
    warn(core, UInt32(AXZ_WARNING_UNREACHABLE))
    exporter.pointee.isTroubled = true
    // A host that does not answer may have moved.
    if status == 0 { exporter.pointee.addresses.count = 0 }
    if lane.pointee.attempts >= exporter.pointee.sending.retries || axz_load(&core.pointee.stop_at) != 0 {
      _ = axz_add(&core.pointee.send_failed, UInt64(lane.pointee.request.spans))
      settle(lane, core)
      return
    }
    let doublings = min(lane.pointee.attempts, 20)
    lane.pointee.attempts &+= 1
    _ = axz_add(&core.pointee.retries, 1)
    let longest = min(exporter.pointee.sending.backoffFirst &<< UInt64(doublings), exporter.pointee.sending.backoffLast)
    // Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    let random = randomNumber(core) % (longest &+ 1)
    lane.pointee.nextAttempt = axz_clock(CLOCK_MONOTONIC) &+ (pause > 0 ? pause : random)
  }

  /// The request is done with, whatever came of it.
  private static func settle(_ lane: UnsafeMutablePointer<Lane>, _ core: UnsafeMutablePointer<axz_core>) {
    Request.release(&lane.pointee.request)
    lane.pointee.hasRequest = false
    settleDone(core)
  }

  /// Tells flushes what is done with: lanes end in any order, so that is what none of them still holds.
  static func settleDone(_ core: UnsafeMutablePointer<axz_core>) {
    let exporter = exporter(core)
    var position = Batch.begin(&exporter.pointee.batch, core)
    for index in 0..<count where exporter.pointee.lanes[index].hasRequest {
      position = min(position, exporter.pointee.lanes[index].requestBegin)
    }
    settled(core, position)
  }
}
