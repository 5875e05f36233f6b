public import CAxonizeCore

/// Makes a core from settings.
@c @implementation
public func axz_core_create(_ settings: UnsafePointer<axz_settings>) -> UnsafeMutablePointer<axz_core>? {
  var memory: UnsafeMutableRawPointer?
  guard posix_memalign(&memory, 64, MemoryLayout<axz_core>.size) == 0, let memory else { return nil }
  memset(memory, 0, MemoryLayout<axz_core>.size)
  let core = memory.assumingMemoryBound(to: axz_core.self)
  var slots: UInt64 = 64
  while slots < UInt64(min(settings.pointee.slots, 1 << 22)) { slots &*= 2 }
  core.pointee.slot_mask = slots &- 1
  core.pointee.limits = settings.pointee.limits
  core.pointee.parent_based = settings.pointee.parent_based
  setSampler(core, settings)
  core.pointee.spill_limit = UInt64(settings.pointee.spill_bytes)
  core.pointee.wake_above = max(1, min(UInt64(settings.pointee.batch_spans), slots / 4))
  core.pointee.accepts = 1
  core.pointee.process = UInt32(bitPattern: getpid())
  core.pointee.generation = 1
  guard mapSlots(core), let scopes = calloc(Int(AXZ_SCOPES_MAX), MemoryLayout<UnsafeMutableRawPointer?>.stride),
    let room = malloc(MemoryLayout<Exporter>.size), let sending = Sending.copy(settings),
    let lanes = Lane.allocate(), let waiting = calloc(Lane.count, MemoryLayout<pollfd>.stride)
  else {
    // Memory is out at the start of a process: the little that was taken above is left to it.
    return nil
  }
  core.pointee.scopes = scopes.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
  room.assumingMemoryBound(to: Exporter.self).pointee = Exporter(
    sending: sending, lanes: lanes, waiting: waiting.assumingMemoryBound(to: pollfd.self))
  core.pointee.exporter = OpaquePointer(room)
  _ = axz_scope_register(
    core, settings.pointee.scope_name ?? text(""), settings.pointee.scope_version, nil, nil, 0)
  guard core.pointee.scope_count == 1 else { return nil }
  checkClock(core)
  return core
}

private func setSampler(_ core: UnsafeMutablePointer<axz_core>, _ settings: UnsafePointer<axz_settings>) {
  core.pointee.sampler = settings.pointee.sampler
  guard settings.pointee.sampler == UInt32(AXZ_SAMPLER_RATIO) else { return }
  let bound = settings.pointee.ratio * 18_446_744_073_709_551_616 + 0.5
  if bound >= 18_446_744_073_709_551_616 {
    core.pointee.sampler = UInt32(AXZ_SAMPLER_ON)
  } else {
    core.pointee.sampled_below = bound > 0 ? UInt64(bound) : 0  // not a number: none
  }
}

/// Zeroed memory for the queue, which the system hands out when slots are first used.
private func mapSlots(_ core: UnsafeMutablePointer<axz_core>) -> Bool {
  let size = Int(core.pointee.slot_mask &+ 1) &* Int(AXZ_SLOT_BYTES)
  guard let slots = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
    !axz_map_failed(slots)
  else { return false }
  core.pointee.slots = slots.assumingMemoryBound(to: UInt8.self)
  core.pointee.slots_size = UInt64(size)
  return true
}

/// Frees a core whose thread has ended.
@c @implementation
public func axz_core_free(_ core: UnsafeMutablePointer<axz_core>) {
  while head(core) != nil { advance(core) }
  munmap(core.pointee.slots, Int(core.pointee.slots_size))
  let exporter = exporter(core)
  for index in 0..<Lane.count {
    Request.release(&exporter.pointee.lanes[index].request)
    Connection.release(&exporter.pointee.lanes[index].connection)
  }
  free(exporter.pointee.lanes)
  free(exporter.pointee.waiting)
  Batch.release(&exporter.pointee.batch)
  Addresses.release(&exporter.pointee.addresses)
  Sending.release(&exporter.pointee.sending)
  free(exporter)
  var number = 0
  while number < Int(core.pointee.scope_count) {
    free(core.pointee.scopes[number])
    number &+= 1
  }
  free(core.pointee.scopes)
  free(core)
}

/// Ends recording; what is queued stays.
@c @implementation
public func axz_core_close(_ core: UnsafeMutablePointer<axz_core>) {
  axz_store32(&core.pointee.sampler, UInt32(AXZ_SAMPLER_OFF))
  axz_store32(&core.pointee.parent_based, 0)
  axz_store(&core.pointee.accepts, 0)
}

/// Empties the queue of a core that the embedder drained.
@c @implementation
public func axz_core_discard(_ core: UnsafeMutablePointer<axz_core>) {
  guard axz_exchange_if32(&core.pointee.consumer, 0, 1) else { return }
  dropQueue(core, exporter(core))
  axz_store32(&core.pointee.consumer, 0)
}

/// Asks the thread to end and waits for it.
@c @implementation
public func axz_core_stop(_ core: UnsafeMutablePointer<axz_core>, _ timeout: UInt64) -> Bool {
  let now = axz_clock(CLOCK_MONOTONIC)
  let stopAt = now &+ min(timeout, 86_400_000_000_000)
  axz_core_close(core)
  axz_store(&core.pointee.stop_at, max(stopAt, 1))
  ringDoorbell(core)
  // The thread looks at the time itself; what it may be in at the end is a name look-up, which cannot be cut short.
  let limit = stopAt &+ 100_000_000
  while axz_load32(&core.pointee.thread_runs) != 0 {
    let now = axz_clock(CLOCK_MONOTONIC)
    if now >= limit { return false }
    axz_futex_wait(&core.pointee.thread_runs, 1, min(limit &- now, 50_000_000))
  }
  return true
}

/// Waits until what is queued now was dealt with.
@c @implementation
public func axz_core_flush(_ core: UnsafeMutablePointer<axz_core>, _ timeout: UInt64) -> Bool {
  let target = axz_load(&core.pointee.enqueue_position)
  let limit = axz_clock(CLOCK_MONOTONIC) &+ min(timeout, 86_400_000_000_000)
  var asked = axz_load(&core.pointee.flush_position)
  while asked < target, !axz_exchange_if(&core.pointee.flush_position, asked, target) {
    asked = axz_load(&core.pointee.flush_position)
  }
  ringDoorbell(core)
  while true {
    let seen = axz_load32(&core.pointee.settlements)
    if axz_load(&core.pointee.settled_position) >= target { return true }
    let now = axz_clock(CLOCK_MONOTONIC)
    if now >= limit { return false }
    axz_futex_wait(&core.pointee.settlements, seen, limit &- now)
  }
}

/// Makes the core usable in a forked child.
@c @implementation
public func axz_core_after_fork(_ core: UnsafeMutablePointer<axz_core>) {
  core.pointee.generation &+= 1
  core.pointee.process = UInt32(bitPattern: getpid())
  // What the parent has queued is the parent's to send. A thread of the parent may have been at work in the queue, on
  // the exporter's buffers or in the list of scopes; those are begun anew, and what they held is left alone.
  let old = core.pointee.slots
  if mapSlots(core) {
    munmap(old, Int(core.pointee.slots_size))
  } else {
    core.pointee.accepts = 0
  }
  core.pointee.enqueue_position = 0
  core.pointee.enqueue_limit = 0
  core.pointee.dequeue_position = 0
  core.pointee.settled_position = 0
  core.pointee.flush_position = 0
  core.pointee.spilled_bytes = 0
  core.pointee.sleeping = 0
  core.pointee.consumer = 0
  core.pointee.thread_runs = 0
  core.pointee.scope_lock = 0
  resetCounters(core)
  let exporter = exporter(core)
  exporter.pointee.batch = Batch()
  for index in 0..<Lane.count {
    let inherited = exporter.pointee.lanes[index].connection.descriptor
    if inherited >= 0 { close(inherited) }
    exporter.pointee.lanes[index] = Lane()
  }
  exporter.pointee.isTroubled = false
  exporter.pointee.addresses = Addresses()
}

/// Replaces the resource of what is sent from now on.
@c @implementation
public func axz_core_set_resource(
  _ core: UnsafeMutablePointer<axz_core>, _ resource: UnsafePointer<UInt8>?, _ size: Int
) -> Bool {
  Sending.replaceResource(&exporter(core).pointee.sending, resource, size)
}

private func resetCounters(_ core: UnsafeMutablePointer<axz_core>) {
  core.pointee.started = 0
  core.pointee.ended = 0
  core.pointee.exported = 0
  core.pointee.queue_full = 0
  core.pointee.send_failed = 0
  core.pointee.too_large = 0
  core.pointee.rejected = 0
  core.pointee.batches = 0
  core.pointee.retries = 0
  core.pointee.sent_bytes = 0
  core.pointee.encoded_bytes = 0
  core.pointee.truncated_values = 0
  core.pointee.dropped_attributes = 0
  core.pointee.dropped_events = 0
  core.pointee.dropped_links = 0
}
