import Base
import System

/// The table `gpu_metrics` of a device, read once, or why it is not there.
struct AMDTableReading {
  private let table: Result<AMDMetricsTable, AMDTableFailure>
  private let time = WallClock.now

  init(_ files: DeviceFiles) {
    switch files.bytes("gpu_metrics") {
    case .failure(let error): table = .failure(AMDTableFailure(reason: DeviceFiles.reason(error)))
    case .success(let bytes):
      do throws(AMDMetricsTable.Failure) {
        table = .success(try AMDMetricsTable(bytes))
      } catch {
        table = .failure(AMDTableFailure(reason: .failed("\(error)")))
      }
    }
  }

  /// A value of another file, or where it has none that of the table.
  func `else`(_ value: Measured<Double>, _ inTable: (AMDMetricsTable) -> Double?) -> Measured<Double> {
    guard value.value == nil, case .success(let table) = table, let found = inTable(table) else { return value }
    return .value(found, from: .sysfs, at: time)
  }

  /// The counter of energy, which no other file has.
  var energy: Measured<Double> {
    switch table {
    case .failure(let failure): return .unavailable(failure.reason)
    case .success(let table):
      if let joules = table.joules { return .value(joules, from: .sysfs, at: time) }
      return .unavailable(table.hasEnergyUnit ? .noValue : .notSupported)
    }
  }

  /// Reasons as NVIDIA's driver names them, by the bits `SMU_THROTTLER_…` of the kernel's
  /// `drivers/gpu/drm/amd/pm/swsmu/inc/amdgpu_smu.h`: package power limits are 0 to 7, temperatures 32 to 43, and
  /// processor-hot signals 46 and 47.
  ///
  /// Limits of current have no counterpart there and are left out.
  private static let clockEvents: [(name: String, bit: UInt64, throttlers: UInt64)] = [
    ("sw_power_cap", 0x4, 0xff), ("hw_slowdown", 0x8, 0x3 << 46), ("sw_thermal_slowdown", 0x20, 0xfff << 32),
  ]

  func clockEventReadings() -> [GPUReading] {
    switch table {
    case .failure(let failure): return [GPUReading(.clockEventReasons, .unavailable(failure.reason))]
    case .success(let table):
      guard let throttlers = table.throttlers else { return [GPUReading(.clockEventReasons, .unavailable(.noValue))] }
      let active = Self.clockEvents.map { ($0.name, $0.bit, throttlers & $0.throttlers != 0) }
      let bits = active.reduce(UInt64(0)) { $1.2 ? $0 | $1.1 : $0 }
      return [GPUReading(.clockEventReasons, .value(Double(bits), from: .derived, at: time))]
        + active.map { name, _, isActive in
          GPUReading(.clockEventActive, detail: name, .value(isActive ? 1 : 0, from: .derived, at: time))
        }
    }
  }
}

/// Why there is no table.
struct AMDTableFailure: Error {
  let reason: GPUUnavailable
}
