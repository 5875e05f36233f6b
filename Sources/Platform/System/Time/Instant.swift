package import Base
import Glibc

/// A point of the monotonic clock, never to be mixed with wall-clock time.
package struct Instant: Hashable, Comparable, Sendable {
  /// Nanoseconds since some point before the process began.
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The present reading of CLOCK_MONOTONIC.
  package static var now: Instant { Instant(nanoseconds: readClock(CLOCK_MONOTONIC)) }

  package static let distantFuture = Instant(nanoseconds: .max)

  package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The point a duration later; saturates.
  package static func + (left: Self, right: Duration) -> Self {
    let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.wholeNanoseconds)
    return Instant(nanoseconds: overflow ? .max : sum)
  }

  /// The time from one point to another.
  package static func - (left: Self, right: Self) -> Duration { .nanoseconds(left.nanoseconds - right.nanoseconds) }
}

/// The wall clock.
package enum WallClock {
  /// The present time by CLOCK_REALTIME.
  package static var now: UnixNanoseconds { UnixNanoseconds(readClock(CLOCK_REALTIME)) }
}

extension Duration {
  /// The duration in nanoseconds, saturated to 292 years.
  package var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    return sumOverflow ? (seconds < 0 ? .min : .max) : sum
  }
}

/// clock_gettime(2), which cannot fail for the clocks named here.
private func readClock(_ clock: clockid_t) -> Int64 {
  var time = timespec()
  // SAFETY: the pointer is to a local that lives during the call.
  let result = unsafe clock_gettime(clock, &time)
  precondition(result == 0, "clock_gettime failed for clock \(clock)")
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
