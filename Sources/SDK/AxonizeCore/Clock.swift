public import CAxonizeCore

/// Nanoseconds of the monotonic clock.
@c @implementation
public func axz_tick(_ core: UnsafeMutablePointer<axz_core>) -> UInt64 {
  let fixed = axz_load_relaxed(&core.pointee.fixed_clock)
  return fixed != 0 ? fixed : axz_clock(CLOCK_MONOTONIC)
}

/// Nanoseconds since 1970.
@c @implementation
public func axz_unix_time(_ core: UnsafeMutablePointer<axz_core>) -> UInt64 {
  let fixed = axz_load_relaxed(&core.pointee.fixed_clock)
  return fixed != 0 ? fixed : axz_clock(CLOCK_REALTIME)
}

/// The unix time of a tick that was just read.
///
/// A span reads one clock at its start and one at its end, so that its duration is right when the wall clock is set
/// meanwhile. What the clocks differ by is looked up again after a second.
@inline(__always)
func unixTime(_ core: UnsafeMutablePointer<axz_core>, ofTick tick: UInt64) -> UInt64 {
  if axz_load_relaxed(&core.pointee.fixed_clock) != 0 { return tick }
  let checked = axz_load_relaxed(&core.pointee.clock_checked)
  if tick &- checked > 1_000_000_000 { checkClock(core) }
  return tick &+ axz_load_relaxed(&core.pointee.clock_offset)
}

/// Looks up what the wall clock and the monotonic clock differ by.
@inline(never)
func checkClock(_ core: UnsafeMutablePointer<axz_core>) {
  let before = axz_clock(CLOCK_MONOTONIC)
  let unix = axz_clock(CLOCK_REALTIME)
  let after = axz_clock(CLOCK_MONOTONIC)
  axz_store_relaxed(&core.pointee.clock_offset, unix &- (before &+ (after &- before) / 2))
  axz_store_relaxed(&core.pointee.clock_checked, after)
}

/// The unix time of a tick.
@c @implementation
public func axz_unix_time_of_tick(_ core: UnsafeMutablePointer<axz_core>, _ tick: UInt64) -> UInt64 {
  unixTime(core, ofTick: tick)
}

/// Stops the clocks at a time, for tests.
@c @implementation
public func axz_set_fixed_clock(_ core: UnsafeMutablePointer<axz_core>, _ time: UInt64) {
  axz_store(&core.pointee.fixed_clock, time)
}
