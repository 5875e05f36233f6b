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

/// What NVIDIA's guide says of the codes that are met most (https://docs.nvidia.com/deploy/xid-errors/).
package struct XIDMeaning: Sendable, Equatable {
  package enum Class: String, Sendable {
    /// A program's mistake as a rule.
    case application
    /// A fault of the board, its memory or its links.
    case hardware
    /// The driver or the GPU's firmware.
    case driver
    case unknown
  }

  package let kind: Class
  package let text: String

  package init(code: UInt64) {
    (kind, text) =
      switch code {
      case 13: (.application, "graphics engine exception")
      case 31: (.application, "memory page fault")
      case 32: (.driver, "invalid or corrupted push buffer stream")
      case 38: (.driver, "driver firmware error")
      case 43: (.application, "a channel stopped processing")
      case 45: (.application, "channels were removed ahead of time, often after another fault")
      case 48: (.hardware, "uncorrectable memory error")
      case 61, 62: (.hardware, "the GPU's microcontroller has halted")
      case 63: (.hardware, "a row of memory is to be replaced")
      case 64: (.hardware, "a row of memory could not be replaced")
      case 68, 69: (.application, "engine exception")
      case 74: (.hardware, "NVLink error")
      case 79: (.hardware, "the GPU has fallen off the bus")
      case 92: (.hardware, "many corrected memory errors")
      case 94: (.hardware, "contained memory error: the programs that met it were ended")
      case 95: (.hardware, "uncontained memory error: the GPU needs a reset")
      case 109: (.application, "context switch timed out")
      case 119: (.driver, "the GPU's system processor did not answer")
      case 120: (.driver, "error of the GPU's system processor")
      case 121: (.hardware, "link between the chips was retrained")
      case 137: (.application, "access over NVLink was refused")
      case 140: (.hardware, "memory error without recovery")
      case 144...150: (.hardware, "NVLink error")
      case 154: (.driver, "the driver advises another recovery action")
      default: (.unknown, "no description")
      }
  }
}
