import Base
import Collection
import SeriesBytes
import System

/// The clock: the time, the source that it counts by, and how well it is kept (adjtimex(2)).
final class ClockCollector: Collector {
  let name = "time"
  private let available: HostFile
  private let current: HostFile

  private static let time = CollectedFamily(
    "node_time_seconds", .gauge, "The machine's clock, in seconds since 1970.", unit: "seconds")
  private static let availableSources = CollectedFamily(
    "node_time_clocksource_available_info", .gauge, "The sources that the clock could count by.",
    labelNames: ["clocksource", "device"])
  private static let currentSource = CollectedFamily(
    "node_time_clocksource_current_info", .gauge, "The source that the clock counts by.",
    labelNames: ["clocksource", "device"])

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) {
    let folder = "\(roots.sys)/devices/system/clocksource/clocksource0"
    available = HostFile("\(folder)/available_clocksource", buffer)
    current = HostFile("\(folder)/current_clocksource", buffer)
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    collected.append(Self.time, Double(WallClock.now.rawValue) / 1e9)
    for (file, family) in [(available, Self.availableSources), (current, Self.currentSource)] {
      do throws(CollectionProblem) {
        let text = try file.read()
        var scanner = TextScanner(text.span)
        while let word = scanner.word() {
          collected.begin(family)
          collected.label(scanner.bytes(word))
          collected.label("0")
          collected.end(1)
        }
      } catch {
        collected.note(error)
      }
    }
  }
}

/// How well the clock is kept: adjtimex(2).
final class ClockDisciplineCollector: Collector {
  let name = "timex"

  private static func family(
    _ name: String, _ type: FamilyType, _ help: String, _ read: @escaping @Sendable (ClockDiscipline) -> Double
  ) -> (family: CollectedFamily, read: @Sendable (ClockDiscipline) -> Double) {
    (CollectedFamily("node_timex_\(name)", type, help, unit: name.hasSuffix("_seconds") ? "seconds" : ""), read)
  }

  private static let families = [
    family("sync_status", .gauge, "Whether a time service keeps the clock.") { $0.isSynchronised ? 1 : 0 },
    family("offset_seconds", .gauge, "How far the clock is off.") { $0.offset },
    family("frequency_adjustment_ratio", .gauge, "How fast the clock runs.") { $0.frequencyRatio },
    family("maxerror_seconds", .gauge, "How far the clock may be off.") { $0.errorMax },
    family("estimated_error_seconds", .gauge, "How far the clock is off, by estimate.") { $0.errorEstimated },
    family("status", .gauge, "The clock's status bits.") { Double($0.status) },
    family("loop_time_constant", .gauge, "Time constant of the phase-locked loop.") { Double($0.loopTimeConstant) },
    family("tick_seconds", .gauge, "Time between ticks.") { $0.tick },
    family("pps_frequency_hertz", .gauge, "Frequency of the PPS signal.") { $0.ppsFrequencyHertz },
    family("pps_jitter_seconds", .gauge, "Jitter of the PPS signal.") { $0.ppsJitter },
    family("pps_shift_seconds", .gauge, "Interval of the PPS signal.") { $0.ppsShift },
    family("pps_stability_hertz", .gauge, "Stability of the PPS signal.") { $0.ppsStability },
    family("pps_jitter_total", .counter, "Times that the PPS signal's jitter was too large.") {
      Double($0.ppsJitterCount)
    },
    family("pps_calibration_total", .counter, "Calibrations by the PPS signal.") { Double($0.ppsCalibrationCount) },
    family("pps_error_total", .counter, "Calibrations by the PPS signal that failed.") { Double($0.ppsErrorCount) },
    family("pps_stability_exceeded_total", .counter, "Times that the PPS signal was not stable.") {
      Double($0.ppsStabilityExceededCount)
    },
    family("tai_offset_seconds", .gauge, "TAI less UTC.") { Double($0.taiOffset) },
  ]

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    let clock: ClockDiscipline
    do throws(SystemError) {
      clock = try ClockDiscipline.read()
    } catch {
      throw CollectionProblem("the kernel's clock", .system(error))
    }
    for (family, read) in Self.families { collected.append(family, read(clock)) }
  }
}
