import CAxonizeCore

// A bounded queue for many producers and one consumer: a ring of slots.
//
// A slot holds the position it was last filled for plus one, the size and scope of a record and the record itself, or a
// pointer to memory of its own when the record is longer than the slot. Positions only grow, so zeroed memory is an
// empty queue, untouched slots take no memory and a slot need not be written when it is given back.
//
// A producer claims the next position below `enqueue_limit`, which is as far as the producers know the consumer to have
// come, plus the number of slots. So it reads nothing that the consumer writes, nor the slot, unless it is at the limit.
//
// A consumer that has emptied the queue makes the producers begin at the first slot again. So the slots that are in use
// are the few that were used last, whose memory is there already and is in the caches where anything is.

let slotHeader = 16
let slotRoom = Int(AXZ_SLOT_BYTES) - slotHeader

/// A slot that a producer has claimed.
struct ClaimedSlot {
  let slot: UnsafeMutableRawPointer
  let position: UInt64
  let place: Place
}

@inline(__always)
private func slotAt(_ core: UnsafeMutablePointer<axz_core>, _ position: UInt64) -> UnsafeMutableRawPointer {
  UnsafeMutableRawPointer(core.pointee.slots)
    + Int(truncatingIfNeeded: position & core.pointee.slot_mask) &* Int(AXZ_SLOT_BYTES)
}

/// The number of the position that a slot was filled for last, plus one.
@inline(__always)
private func filled(_ slot: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt64> {
  slot.assumingMemoryBound(to: UInt64.self)
}

/// Claims a slot for a record of `size` bytes; nil when the record was dropped, which is counted.
@inline(__always)
func claim(_ core: UnsafeMutablePointer<axz_core>, _ size: Int, _ scope: UInt32) -> ClaimedSlot? {
  var spill: UnsafeMutableRawPointer?
  if size > slotRoom || axz_load_relaxed(&core.pointee.accepts) == 0 {
    spill = spillRoom(core, size)
    if spill == nil { return nil }
  }
  var position = axz_load_relaxed(&core.pointee.enqueue_position)
  while true {
    if position >= axz_load(&core.pointee.enqueue_limit), !raiseLimit(core, position) {
      queueIsFull(core, spill, size)
      return nil
    }
    if axz_exchange_if(&core.pointee.enqueue_position, position, position &+ 1) { break }
    position = axz_load_relaxed(&core.pointee.enqueue_position)
  }
  let slot = slotAt(core, position)
  slot.storeBytes(of: UInt32(truncatingIfNeeded: size), toByteOffset: 8, as: UInt32.self)
  slot.storeBytes(of: scope, toByteOffset: 12, as: UInt32.self)
  var place = (slot + slotHeader).assumingMemoryBound(to: UInt8.self)
  if let spill {
    slot.storeBytes(of: spill, toByteOffset: slotHeader, as: UnsafeMutableRawPointer.self)
    place = spill.assumingMemoryBound(to: UInt8.self)
  }
  return ClaimedSlot(slot: slot, position: position, place: place)
}

/// Looks how far the consumer has come; false when the slot of a position is not free.
@inline(never)
private func raiseLimit(_ core: UnsafeMutablePointer<axz_core>, _ position: UInt64) -> Bool {
  // Another producer was faster: the position will be read again.
  if axz_load(&core.pointee.enqueue_position) != position { return true }
  let limit = consumed(core) &+ core.pointee.slot_mask &+ 1
  axz_store(&core.pointee.enqueue_limit, limit)
  return position < limit
}

/// The position that the consumer has come to.
///
/// Between the two stores of ``restart(_:)`` it is ahead of `dequeue_position`, which shows: producers are never more
/// than all slots ahead of it otherwise. Callers have read `enqueue_position` before.
private func consumed(_ core: UnsafeMutablePointer<axz_core>) -> UInt64 {
  let position = axz_load(&core.pointee.enqueue_position)
  let dequeued = axz_load(&core.pointee.dequeue_position)
  let isRestarting = position > dequeued && position &- dequeued > core.pointee.slot_mask &+ 1
  return isRestarting ? restartPosition(core, dequeued) : dequeued
}

/// The number of records that wait.
func waitingRecords(_ core: UnsafeMutablePointer<axz_core>) -> UInt64 {
  let position = axz_load(&core.pointee.enqueue_position)
  let consumed = consumed(core)
  return position > consumed ? position &- consumed : 0
}

/// Hands a filled slot to the consumer and wakes it when many records wait.
@inline(__always)
func publish(_ core: UnsafeMutablePointer<axz_core>, _ claimed: ClaimedSlot) {
  axz_store(filled(claimed.slot), claimed.position &+ 1)
  // A wake-up is late by at most fifteen records or the interval.
  if claimed.position & 15 == 15 { wakeIfMany(core, claimed.position) }
}

@inline(never)
private func wakeIfMany(_ core: UnsafeMutablePointer<axz_core>, _ position: UInt64) {
  // Either this thread sees the other asleep, or that one sees the record before it sleeps.
  axz_fence()
  let waiting = position &+ 1 &- axz_load_relaxed(&core.pointee.dequeue_position)
  if waiting >= axz_load_relaxed(&core.pointee.wake_above), axz_load32(&core.pointee.sleeping) != 0 {
    ringDoorbell(core)
  }
}

/// Wakes the consumer.
func ringDoorbell(_ core: UnsafeMutablePointer<axz_core>) {
  _ = axz_add32(&core.pointee.doorbell, 1)
  axz_futex_wake(&core.pointee.doorbell)
}

/// Memory for a record longer than a slot; nil, counted, when it is too long or too much waits already.
@inline(never)
private func spillRoom(_ core: UnsafeMutablePointer<axz_core>, _ size: Int) -> UnsafeMutableRawPointer? {
  if axz_load_relaxed(&core.pointee.accepts) == 0 {
    _ = axz_add(&core.pointee.send_failed, 1)
    return nil
  }
  let limit = Int(truncatingIfNeeded: core.pointee.spill_limit)
  if size > limit || size > Int(core.pointee.limits.span_bytes) &+ 65536 {
    _ = axz_add(&core.pointee.too_large, 1)
    return nil
  }
  let before = axz_add(&core.pointee.spilled_bytes, UInt64(size))
  if Int(truncatingIfNeeded: before) &+ size <= limit, let memory = malloc(size) { return memory }
  queueIsFull(core, nil, size)
  _ = axz_add(&core.pointee.spilled_bytes, 0 &- UInt64(size))
  return nil
}

@inline(never)
private func queueIsFull(_ core: UnsafeMutablePointer<axz_core>, _ spill: UnsafeMutableRawPointer?, _ size: Int) {
  if let spill {
    free(spill)
    _ = axz_add(&core.pointee.spilled_bytes, 0 &- UInt64(size))
  }
  let before = axz_add(&core.pointee.queue_full, 1)
  warn(core, UInt32(AXZ_WARNING_QUEUE_FULL))
  // Whoever filled the queue has rung already; a thread that still sleeps waits to try again, and a call of the system
  // for each record that is dropped would cost more than the record.
  if before & 1023 == 0, axz_load32(&core.pointee.sleeping) != 0 { ringDoorbell(core) }
}

/// A record at the head of the queue.
struct QueuedRecord {
  let bytes: UnsafePointer<UInt8>
  let size: Int
  let scope: UInt32
}

/// The record at the head; nil when there is none.
///
/// Only the one consumer calls this and ``advance(_:)``.
@inline(__always)
func head(_ core: UnsafeMutablePointer<axz_core>) -> QueuedRecord? {
  let position = core.pointee.dequeue_position
  let slot = slotAt(core, position)
  guard axz_load(filled(slot)) == position &+ 1 else { return nil }
  let size = Int(slot.load(fromByteOffset: 8, as: UInt32.self))
  let inline = UnsafeRawPointer(slot + slotHeader)
  let bytes = size > slotRoom ? inline.load(as: UnsafeRawPointer.self) : inline
  return QueuedRecord(
    bytes: bytes.assumingMemoryBound(to: UInt8.self), size: size,
    scope: slot.load(fromByteOffset: 12, as: UInt32.self))
}

/// Gives the slot at the head back to the producers.
@inline(__always)
func advance(_ core: UnsafeMutablePointer<axz_core>) {
  let position = core.pointee.dequeue_position
  let slot = slotAt(core, position)
  let size = Int(slot.load(fromByteOffset: 8, as: UInt32.self))
  if size > slotRoom {
    free(slot.load(fromByteOffset: slotHeader, as: UnsafeMutableRawPointer.self))
    _ = axz_add(&core.pointee.spilled_bytes, 0 &- UInt64(size))
  }
  axz_store(&core.pointee.dequeue_position, position &+ 1)
}

/// Makes the producers begin at the first slot again if the queue is empty.
///
/// Only the consumer calls this.
func restart(_ core: UnsafeMutablePointer<axz_core>) {
  let position = core.pointee.dequeue_position
  guard position & core.pointee.slot_mask != 0, axz_load(&core.pointee.enqueue_position) == position else { return }
  let first = restartPosition(core, position)
  // A producer that comes in between keeps the queue as it is.
  if axz_exchange_if(&core.pointee.enqueue_position, position, first) {
    axz_store(&core.pointee.dequeue_position, first)
  }
}

/// The first slot's position in the round after the next: further from `position`, which is not the first slot's, than
/// producers come without a restart.
@inline(__always)
private func restartPosition(_ core: UnsafeMutablePointer<axz_core>, _ position: UInt64) -> UInt64 {
  (position | core.pointee.slot_mask) &+ 1 &+ core.pointee.slot_mask &+ 1
}
