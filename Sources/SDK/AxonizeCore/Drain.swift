public import CAxonizeCore

/// Gives a batch to an embedder that sends itself.
@c @implementation
public func axz_core_drain(
  _ core: UnsafeMutablePointer<axz_core>, _ wait: UInt64, _ size: UnsafeMutablePointer<Int>,
  _ spans: UnsafeMutablePointer<UInt32>
) -> UnsafeMutablePointer<UInt8>? {
  size.pointee = 0
  spans.pointee = 0
  // One at a time: the batch belongs to whoever drains.
  guard axz_exchange_if32(&core.pointee.consumer, 0, 1) else { return nil }
  defer { axz_store32(&core.pointee.consumer, 0) }
  let exporter = exporter(core)
  let begin = axz_clock(CLOCK_MONOTONIC)
  let until = begin &+ min(wait, 86_400_000_000_000)
  var now = begin
  while true {
    _ = Batch.fill(&exporter.pointee.batch, core, exporter.pointee.sending, now: now)
    let count = exporter.pointee.batch.count
    let isAsked =
      axz_load(&core.pointee.flush_position) > Batch.begin(&exporter.pointee.batch, core)
      || axz_load(&core.pointee.stop_at) != 0
    if count > 0 {
      let isOld = now &- exporter.pointee.batch.firstTick >= exporter.pointee.sending.interval
      if isAsked || isOld || Batch.isFull(&exporter.pointee.batch, exporter.pointee.sending) { break }
    } else if axz_load(&core.pointee.stop_at) != 0 {
      break
    }
    if now >= until { break }
    var limit = until
    if count > 0 { limit = min(limit, exporter.pointee.batch.firstTick &+ exporter.pointee.sending.interval) }
    waitForDoorbell(
      core, until: limit, ignoresQueue: false, seenStop: 0, seenFlush: Batch.begin(&exporter.pointee.batch, core))
    now = axz_clock(CLOCK_MONOTONIC)
  }
  guard exporter.pointee.batch.count > 0,
    var request = Batch.seal(&exporter.pointee.batch, core, exporter.pointee.sending)
  else { return nil }
  exporter.pointee.drainedEnd = core.pointee.dequeue_position
  exporter.pointee.drainedSize = request.size
  size.pointee = request.size
  spans.pointee = UInt32(truncatingIfNeeded: request.spans)
  guard let memory = request.memory, let body = request.body else { return nil }
  // The caller frees the pointer it gets.
  memmove(memory, body, request.size)
  request.memory = nil
  return memory
}

/// Counts what became of a batch that was drained.
@c @implementation
public func axz_core_settle(
  _ core: UnsafeMutablePointer<axz_core>, _ exported: UInt64, _ failed: UInt64, _ rejected: UInt64,
  _ sentBytes: UInt64, _ retries: UInt64
) {
  _ = axz_add(&core.pointee.exported, exported)
  _ = axz_add(&core.pointee.send_failed, failed)
  _ = axz_add(&core.pointee.rejected, rejected)
  _ = axz_add(&core.pointee.retries, retries)
  if exported > 0 || rejected > 0 {
    _ = axz_add(&core.pointee.batches, 1)
    _ = axz_add(&core.pointee.sent_bytes, sentBytes)
    _ = axz_add(&core.pointee.encoded_bytes, UInt64(exporter(core).pointee.drainedSize))
  }
  settled(core, exporter(core).pointee.drainedEnd)
}
