package import Base

/// Something that happened to a GPU.
package enum GPUEventKind: Sendable, Hashable {
  /// A fault that the driver has numbered.
  case xid(UInt64)
  case migConfigChange
  /// The driver cannot reach the GPU.
  case gpuUnavailable
  /// The driver advises a reset, a reboot, or a drain.
  case recoveryAdvised
  case eccError(isCorrected: Bool)
  /// Counters began anew: the driver was loaded again or the GPU reset.
  case driverReload

  /// A short name for a label.
  package var name: String {
    switch self {
    case .xid: "xid"
    case .migConfigChange: "mig_config_change"
    case .gpuUnavailable: "gpu_unavailable"
    case .recoveryAdvised: "recovery_advised"
    case .eccError(let isCorrected): isCorrected ? "ecc_corrected" : "ecc_uncorrected"
    case .driverReload: "driver_reload"
    }
  }
}

/// An event and where it was seen.
package struct GPUEvent: Sendable, Hashable {
  package enum Source: String, Sendable {
    /// The events of NVIDIA's library.
    case driver
    /// The kernel's log.
    case kernelLog = "kernel_log"
    /// Values that went back.
    case readings
  }

  package let kind: GPUEventKind
  package let source: Source
  package let time: UnixNanoseconds
  package let pciBusID: String?
  /// The driver's own text, where the kernel's log has one.
  package let message: String?
}
