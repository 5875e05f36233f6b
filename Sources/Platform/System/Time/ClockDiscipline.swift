import CSystemShims

/// How the kernel keeps its clock, all of it (adjtimex(2)); ``ClockStatus`` is what most ask for.
package struct ClockDiscipline: Sendable {
  /// The state of the clock, and its status bits.
  package let state: Int
  package let status: Int
  package let isSynchronised: Bool
  /// In seconds.
  package let offset: Double
  package let errorMax: Double
  package let errorEstimated: Double
  package let tick: Double
  package let ppsJitter: Double
  package let ppsShift: Double
  package let ppsStability: Double
  /// The factor by which the clock runs, near 1.
  package let frequencyRatio: Double
  package let ppsFrequencyHertz: Double
  package let loopTimeConstant: Int
  /// Counts of the PPS signal.
  package let ppsJitterCount: Int
  package let ppsCalibrationCount: Int
  package let ppsErrorCount: Int
  package let ppsStabilityExceededCount: Int
  /// Between TAI and UTC, in seconds.
  package let taiOffset: Int

  /// Asks the kernel; it changes nothing.
  package static func read() throws(SystemError) -> ClockDiscipline {
    var clock = CSystemShims_clock()
    // SAFETY: the function fills the local struct.
    _ = try checkedCall("adjtimex") { unsafe CSystemShims_read_clock(&clock) }
    return ClockDiscipline(clock)
  }

  private init(_ clock: CSystemShims_clock) {
    // Parts per million in 16 bits of fraction (adjtimex(2)).
    let frequencyUnit = 1_000_000.0 * 65_536
    let offsetUnit = clock.is_nanoseconds != 0 ? 1e9 : 1e6
    state = Int(clock.state)
    status = Int(clock.status)
    isSynchronised = clock.is_synchronised != 0
    offset = Double(clock.offset) / offsetUnit
    errorMax = Double(clock.maxerror) / 1e6
    errorEstimated = Double(clock.esterror) / 1e6
    tick = Double(clock.tick) / 1e6
    ppsJitter = Double(clock.jitter) / offsetUnit
    ppsShift = Double(clock.shift)
    ppsStability = Double(clock.stabil) / frequencyUnit
    frequencyRatio = 1 + Double(clock.freq) / frequencyUnit
    ppsFrequencyHertz = Double(clock.ppsfreq) / frequencyUnit
    loopTimeConstant = clock.constant
    ppsJitterCount = clock.jitcnt
    ppsCalibrationCount = clock.calcnt
    ppsErrorCount = clock.errcnt
    ppsStabilityExceededCount = clock.stbcnt
    taiOffset = Int(clock.tai)
  }
}
