public import CAxonizeCore

/// Reads the counters; they are not of one moment.
@c @implementation
public func axz_core_statistics(
  _ core: UnsafeMutablePointer<axz_core>, _ statistics: UnsafeMutablePointer<axz_statistics>
) {
  statistics.pointee = axz_statistics(
    started: axz_load_relaxed(&core.pointee.started), ended: axz_load_relaxed(&core.pointee.ended),
    exported: axz_load_relaxed(&core.pointee.exported),
    dropped_queue_full: axz_load_relaxed(&core.pointee.queue_full),
    dropped_send_failed: axz_load_relaxed(&core.pointee.send_failed),
    dropped_too_large: axz_load_relaxed(&core.pointee.too_large),
    rejected: axz_load_relaxed(&core.pointee.rejected), batches: axz_load_relaxed(&core.pointee.batches),
    retries: axz_load_relaxed(&core.pointee.retries), sent_bytes: axz_load_relaxed(&core.pointee.sent_bytes),
    encoded_bytes: axz_load_relaxed(&core.pointee.encoded_bytes),
    truncated_values: axz_load_relaxed(&core.pointee.truncated_values),
    dropped_attributes: axz_load_relaxed(&core.pointee.dropped_attributes),
    dropped_events: axz_load_relaxed(&core.pointee.dropped_events),
    dropped_links: axz_load_relaxed(&core.pointee.dropped_links),
    queued: waitingRecords(core), slots: core.pointee.slot_mask &+ 1)
}

/// Notes that something of a kind has happened for the first time.
func warn(_ core: UnsafeMutablePointer<axz_core>, _ kind: UInt32) {
  if axz_load32(&core.pointee.warned) & kind != 0 { return }
  if axz_or32(&core.pointee.warned, kind) & kind == 0 { _ = axz_or32(&core.pointee.warnings, kind) }
}

/// Takes the kinds that were noted since the last time.
@c @implementation
public func axz_core_take_warnings(_ core: UnsafeMutablePointer<axz_core>) -> UInt32 {
  axz_load32(&core.pointee.warnings) == 0 ? 0 : axz_swap32(&core.pointee.warnings, 0)
}
