package import Base

/// Where a value came from.
package enum GPUProvenance: String, Sendable, CaseIterable {
  /// NVIDIA's management library.
  case nvml
  /// The counters of GPU performance monitoring, between two samples.
  case gpm
  /// Files of the kernel's driver.
  case sysfs
  /// Computed from other values.
  case derived
}

/// Why there is no value.
package enum GPUUnavailable: Sendable, Hashable, CustomStringConvertible {
  /// The hardware does not have it.
  case notSupported
  /// The driver does not measure it while the GPU is divided into MIG devices.
  case inMIGMode
  /// The driver is too old for the call.
  case missingInDriver
  /// The driver answers without a value.
  case noValue
  case noPermission
  /// Counters need two samples, and there is one so far.
  case needsAnotherSample
  /// The GPU does not answer.
  case lost
  /// A call of the driver has not returned.
  case wedged(call: String)
  case failed(String)

  /// A short name for a label.
  package var name: String {
    switch self {
    case .notSupported: "not_supported"
    case .inMIGMode: "mig_mode"
    case .missingInDriver: "missing_in_driver"
    case .noValue: "no_value"
    case .noPermission: "no_permission"
    case .needsAnotherSample: "needs_another_sample"
    case .lost: "gpu_lost"
    case .wedged: "wedged"
    case .failed: "failed"
    }
  }

  package var description: String {
    switch self {
    case .notSupported: "the hardware does not measure it"
    case .inMIGMode: "the driver does not measure it in MIG mode"
    case .missingInDriver: "the driver is too old for it"
    case .noValue: "the driver has no value"
    case .noPermission: "the program may not read it; run it as root or with the capability that the driver asks for"
    case .needsAnotherSample: "the first of two samples was just taken"
    case .lost: "the GPU does not answer"
    case .wedged(let call): "\(call) has not returned"
    case .failed(let reason): reason
    }
  }
}

/// A value with its origin and time, or the reason why there is none.
///
/// Never 0 in the place of a value that is not there.
package enum Measured<Value: Sendable & Equatable>: Sendable, Equatable {
  case value(Value, from: GPUProvenance, at: UnixNanoseconds)
  case unavailable(GPUUnavailable)

  package var value: Value? {
    guard case .value(let value, _, _) = self else { return nil }
    return value
  }

  package var reason: GPUUnavailable? {
    guard case .unavailable(let reason) = self else { return nil }
    return reason
  }

  package func map<Other>(_ transform: (Value) -> Other) -> Measured<Other> {
    switch self {
    case .value(let value, let provenance, let time): .value(transform(value), from: provenance, at: time)
    case .unavailable(let reason): .unavailable(reason)
    }
  }
}
