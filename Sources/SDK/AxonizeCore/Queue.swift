import CAxonizeCore

// A bounded queue for many producers and consumers after Dmitry Vyukov
// (https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue).
//
// A slot holds a sequence number, the size and scope of a record and the record itself, or a pointer to memory of its
// own when the record is longer than the slot. Sequence numbers are kept relative to the slot's index, so that zeroed
// memory is an empty queue and untouched slots take no memory.

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

@inline(__always)
private func sequence(_ slot: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt64> {
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
    let slot = slotAt(core, position)
    let distance = Int64(
      bitPattern: axz_load(sequence(slot)) &+ (position & core.pointee.slot_mask) &- position)
    if distance == 0 {
      if axz_exchange_if(&core.pointee.enqueue_position, position, position &+ 1) {
        slot.storeBytes(of: UInt32(truncatingIfNeeded: size), toByteOffset: 8, as: UInt32.self)
        slot.storeBytes(of: scope, toByteOffset: 12, as: UInt32.self)
        if let spill {
          slot.storeBytes(of: spill, toByteOffset: slotHeader, as: UnsafeMutableRawPointer.self)
          return ClaimedSlot(slot: slot, position: position, place: spill.assumingMemoryBound(to: UInt8.self))
        }
        return ClaimedSlot(
          slot: slot, position: position, place: (slot + slotHeader).assumingMemoryBound(to: UInt8.self))
      }
    } else if distance < 0 {
      queueIsFull(core, spill, size)
      return nil
    }
    position = axz_load_relaxed(&core.pointee.enqueue_position)
  }
}

/// Hands a filled slot to the consumer and wakes it when many records wait.
@inline(__always)
func publish(_ core: UnsafeMutablePointer<axz_core>, _ claimed: ClaimedSlot) {
  let index = claimed.position & core.pointee.slot_mask
  axz_store(sequence(claimed.slot), claimed.position &+ 1 &- index)
  // A wake-up is late by at most fifteen records or the interval.
  if claimed.position & 15 == 15 { wakeIfMany(core, claimed.position) }
}

@inline(never)
private func wakeIfMany(_ core: UnsafeMutablePointer<axz_core>, _ position: UInt64) {
  // Either this thread sees the other asleep, or that one sees the record before it sleeps.
  axz_fence()
  let waiting = position &+ 1 &- axz_load_relaxed(&core.pointee.dequeue_position)
  if waiting >= axz_load_relaxed(&core.pointee.wake_above), axz_load32(&core.pointee.sleeping) != 0 { ringDoorbell(core) }
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

/// The record at the head; nil when there is none. Only the one consumer calls this and ``advance(_:)``.
@inline(__always)
func head(_ core: UnsafeMutablePointer<axz_core>) -> QueuedRecord? {
  let position = core.pointee.dequeue_position
  let slot = slotAt(core, position)
  guard axz_load(sequence(slot)) &+ (position & core.pointee.slot_mask) == position &+ 1 else { return nil }
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
  let index = position & core.pointee.slot_mask
  axz_store_relaxed(&core.pointee.dequeue_position, position &+ 1)
  axz_store(sequence(slot), position &+ core.pointee.slot_mask &+ 1 &- index)
}
