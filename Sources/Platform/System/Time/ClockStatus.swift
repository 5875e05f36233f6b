import CSystemShims
import Glibc

/// What the kernel knows about how well its clock is set.
package struct ClockStatus: Sendable, Equatable {
  /// Whether a time service keeps the clock: NTP, PTP, or the host's.
  package let isSynchronised: Bool
  /// How far the clock may be off at most, as the time service estimates it.
  package let errorMax: Duration

  package init(isSynchronised: Bool, errorMax: Duration) {
    self.isSynchronised = isSynchronised
    self.errorMax = errorMax
  }

  /// Asks the kernel (adjtimex(2)); it changes nothing.
  package static func read() throws(SystemError) -> ClockStatus {
    var microseconds = 0
    // SAFETY: the function fills the local number.
    let status = try checkedCall("adjtimex") { unsafe CSystemShims_clock_status(&microseconds) }
    return ClockStatus(isSynchronised: status == 1, errorMax: .microseconds(microseconds))
  }
}
