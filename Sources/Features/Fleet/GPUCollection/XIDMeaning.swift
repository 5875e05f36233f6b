/// What NVIDIA's catalog says of a numbered fault, in our words (https://docs.nvidia.com/deploy/xid-errors/).
///
/// Codes that it calls unused have no description.
package struct XIDMeaning: Sendable, Equatable {
  package enum Class: String, Sendable {
    /// A program's mistake as a rule.
    case application
    /// A fault of the board, its memory or its links.
    case hardware
    /// The driver or the GPU's firmware.
    case driver
    /// The catalog names the unit, and not what is to blame.
    case unknown
  }

  package let kind: Class
  package let text: String

  package init(code: UInt64) {
    (kind, text) = Self.program(code) ?? Self.memory(code) ?? Self.link(code) ?? (.unknown, "no description")
  }

  private typealias Meaning = (Class, String)

  /// Faults of programs, of the units that run them, and of the driver.
  private static func program(_ code: UInt64) -> Meaning? {
    switch code {
    case 8, 46: (.driver, "the GPU stopped processing")
    case 11, 25: (.application, "invalid push buffer stream")
    case 13: (.application, "graphics engine exception")
    case 31: (.application, "memory page fault")
    // As a rule a matter of the bus, and not of programs.
    case 32: (.hardware, "invalid or corrupted push buffer stream")
    case 37, 38: (.driver, "driver firmware error")
    case 39...41, 70...72, 75...77, 85, 126...135: (.unknown, "copy engine exception")
    case 43: (.application, "a program was stopped after a fault of its own; the GPU is sound")
    case 44: (.driver, "graphics engine fault during a context switch")
    case 45: (.application, "the channels of a program that ended were removed, often after another fault")
    case 60: (.unknown, "video processor exception")
    case 61: (.driver, "the GPU's microcontroller met a breakpoint")
    case 62, 169: (.hardware, "a microcontroller of the GPU has halted")
    case 66, 67: (.driver, "illegal access by the driver")
    case 68, 83, 84, 88, 89, 96...98: (.unknown, "video decoder exception")
    case 69: (.application, "graphics engine class error")
    case 78: (.driver, "a virtual GPU could not be started")
    case 82, 99...105: (.unknown, "JPEG decoder exception")
    case 86, 139: (.unknown, "optical flow engine exception")
    case 109: (.driver, "context switch timed out")
    case 110: (.hardware, "security fault")
    case 119: (.driver, "the GPU's system processor did not answer")
    case 120: (.driver, "error of the GPU's system processor")
    case 141: (.unknown, "CUDA fast path error")
    case 142: (.unknown, "video encoder exception")
    case 143: (.driver, "the GPU could not be initialised")
    case 151: (.driver, "key rotation error")
    case 154: (.driver, "the driver advises another recovery action")
    case 158: (.hardware, "the GPU timed out")
    default: nil
    }
  }

  private static func memory(_ code: UInt64) -> Meaning? {
    switch code {
    case 48: (.hardware, "uncorrectable memory error")
    case 63: (.hardware, "a row of memory is to be replaced")
    case 64: (.hardware, "a row of memory could not be replaced")
    case 92: (.hardware, "many corrected memory errors")
    case 93: (.driver, "the InfoROM may not be written that often")
    case 94: (.hardware, "contained memory error: the programs that met it were ended")
    case 95: (.hardware, "uncontained memory error: the GPU needs a reset")
    case 140: (.hardware, "memory error without recovery")
    case 156: (.hardware, "a unit of the GPU is to be retired")
    case 157: (.hardware, "a unit of the GPU could not be retired")
    case 160: (.hardware, "a memory channel is to be retired")
    case 161: (.hardware, "a memory channel could not be retired")
    case 168: (.hardware, "the GPU has less memory: errors in a protected region")
    case 171: (.hardware, "uncorrectable error of the GPU's memory")
    case 172: (.hardware, "uncorrectable error of memory inside the chip")
    default: nil
    }
  }

  /// The bus, links and power.
  private static func link(_ code: UInt64) -> Meaning? {
    switch code {
    case 54: (.hardware, "auxiliary power is not connected")
    case 74, 144...150: (.hardware, "NVLink error")
    case 79: (.hardware, "the GPU has fallen off the bus")
    case 80: (.hardware, "data sent to the GPU was corrupted")
    case 121: (.hardware, "corrected errors on the link to the processor")
    case 136: (.hardware, "a link could not be trained")
    case 137: (.application, "access over NVLink was refused")
    case 155: (.driver, "an NVLink was taken down by software")
    case 159: (.hardware, "error on the link to the processor")
    case 162: (.hardware, "power smoothing works again")
    case 163: (.hardware, "power smoothing was switched off")
    case 164: (.hardware, "the parts for power smoothing are near the end of their life")
    case 165: (.hardware, "the parts for power smoothing are at the end of their life")
    case 166, 170: (.driver, "fault of an encrypted NVLink")
    case 167: (.hardware, "PCIe timed out")
    default: nil
    }
  }
}
