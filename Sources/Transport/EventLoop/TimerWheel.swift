import System

/// A deadline on a loop.
///
/// Confined to the thread of the loop.
package final class LoopTimer {
  /// Called once when the deadline has passed; the timer is unarmed then.
  package var action: () -> Void
  fileprivate var deadlineTick = UInt64.max
  fileprivate var slotTick = UInt64.max
  fileprivate var index = -1

  package init(_ action: @escaping () -> Void = {}) { self.action = action }
}

/// Deadlines sorted into the slots of a wheel; arming, moving and cancelling cost the same for any number of timers.
///
/// A deadline that moves to later, as idle timeouts do on every request, is only noted; the timer changes its slot when
/// the old one comes up. Ticks are 8.4 ms, so a timer fires at most that much late, never early.
struct TimerWheel {
  private static let tickShift: Int64 = 23
  private static let slotCount: UInt64 = 1024

  private var slots: [[LoopTimer]] = Array(repeating: [], count: Int(slotCount))
  private var occupied: [UInt64] = Array(repeating: 0, count: Int(slotCount / 64))
  private var currentTick: UInt64
  private(set) var count = 0

  init(now: Instant) { currentTick = Self.tick(of: now) }

  private static func tick(of instant: Instant) -> UInt64 { UInt64(max(0, instant.nanoseconds) >> tickShift) }

  /// Arms a timer or moves its deadline.
  mutating func arm(_ timer: LoopTimer, at deadline: Instant) {
    let tick = max(currentTick, Self.tick(of: deadline)) + 1
    timer.deadlineTick = tick
    if timer.index >= 0 {
      guard tick < timer.slotTick else { return }
      remove(timer)
    }
    insert(timer, tick)
  }

  /// Unarms a timer; its place in the wheel is given back.
  mutating func cancel(_ timer: LoopTimer) {
    timer.deadlineTick = .max
    if timer.index >= 0 { remove(timer) }
  }

  /// Unarms every timer and returns them.
  mutating func removeAll() -> [LoopTimer] {
    let timers = Array(slots.joined())
    for timer in timers { cancel(timer) }
    return timers
  }

  /// Moves on to a time and returns the timers whose deadlines have passed.
  mutating func advance(to now: Instant) -> [LoopTimer] {
    let target = Self.tick(of: now)
    guard target > currentTick else { return [] }
    var due: [LoopTimer] = []
    if count > 0 {
      let first = target - currentTick >= Self.slotCount ? target - Self.slotCount + 1 : currentTick + 1
      for tick in first...target where isOccupied(tick) { collect(tick, target, &due) }
    }
    currentTick = target
    return due
  }

  /// The time until a slot with timers is due, nil when there are none.
  ///
  /// May be early, never late by a slot.
  func timeToNext(now: Instant) -> Duration? {
    guard count > 0 else { return nil }
    for distance in 1...Self.slotCount where isOccupied(currentTick + distance) {
      let due = Int64(currentTick + distance) << Self.tickShift
      return .nanoseconds(max(0, due - now.nanoseconds))
    }
    return nil
  }

  private mutating func collect(_ tick: UInt64, _ target: UInt64, _ due: inout [LoopTimer]) {
    let slot = Int(tick % Self.slotCount)
    var index = 0
    while index < slots[slot].count {
      let timer = slots[slot][index]
      if timer.deadlineTick <= target {
        remove(timer)
        timer.deadlineTick = .max
        due.append(timer)
      } else if timer.deadlineTick != timer.slotTick {
        remove(timer)
        insert(timer, timer.deadlineTick)
        // A deadline whole turns later comes back to this slot, behind the index.
        if timer.deadlineTick % Self.slotCount == tick % Self.slotCount { index += 1 }
      } else {
        index += 1
      }
    }
  }

  private mutating func insert(_ timer: LoopTimer, _ tick: UInt64) {
    let slot = Int(tick % Self.slotCount)
    timer.slotTick = tick
    timer.index = slots[slot].count
    slots[slot].append(timer)
    occupied[slot / 64] |= 1 << UInt64(slot % 64)
    count += 1
  }

  private mutating func remove(_ timer: LoopTimer) {
    let slot = Int(timer.slotTick % Self.slotCount)
    let last = slots[slot].removeLast()
    if last !== timer {
      slots[slot][timer.index] = last
      last.index = timer.index
    }
    timer.index = -1
    if slots[slot].isEmpty { occupied[slot / 64] &= ~(1 << UInt64(slot % 64)) }
    count -= 1
  }

  private func isOccupied(_ tick: UInt64) -> Bool {
    let slot = Int(tick % Self.slotCount)
    return occupied[slot / 64] >> UInt64(slot % 64) & 1 == 1
  }
}
