import CNVML
import System

/// Kinds of events of a GPU, `nvmlEventType…`, as bits.
package struct NVMLEventTypes: OptionSet, Sendable, Hashable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) { self.rawValue = rawValue }

  package static let singleBitECCError = NVMLEventTypes(rawValue: 0x1)
  package static let doubleBitECCError = NVMLEventTypes(rawValue: 0x2)
  package static let xid = NVMLEventTypes(rawValue: 0x8)
  package static let migConfigChange = NVMLEventTypes(rawValue: 0x100)
  package static let gpuUnavailable = NVMLEventTypes(rawValue: 0x4000)
  package static let recoveryAction = NVMLEventTypes(rawValue: 0x8000)

  /// The faults and changes that are listened for; changes of clocks and states come too often to be events.
  package static let watched: NVMLEventTypes = [
    .singleBitECCError, .doubleBitECCError, .xid, .migConfigChange, .gpuUnavailable, .recoveryAction,
  ]
}

/// An event that the driver has reported.
package struct NVMLEvent: Sendable {
  package let device: NVMLDevice
  package let types: NVMLEventTypes
  /// The code of an XID.
  package let data: UInt64
  /// Nil for an event of the whole GPU.
  package let gpuInstance: UInt32?
  package let computeInstance: UInt32?
}

/// Events of several GPUs, which one thread waits for.
@safe
package final class NVMLEventSet {
  private let handle: OpaquePointer
  private let session: NVMLSession

  package init(_ session: NVMLSession) throws(NVMLFailure) {
    var handle: OpaquePointer?
    typealias Signature = @convention(c) (UnsafeMutablePointer<OpaquePointer?>) -> UInt32
    try unsafe session.library.perform(.eventSetCreate, Signature.self, session.monitor) { unsafe $0(&handle) }
    guard let handle = unsafe handle else { throw NVMLFailure(.eventSetCreate, .notAvailable) }
    unsafe self.handle = handle
    self.session = session
  }

  deinit {
    let handle = unsafe self.handle
    // There is nothing to do where the library cannot free it.
    try? unsafe session.library.perform(.eventSetFree, (@convention(c) (OpaquePointer) -> UInt32).self, session.monitor)
    {
      unsafe $0(handle)
    }
  }

  /// Adds the watched events that a GPU supports; returns which.
  package func register(_ device: NVMLDevice) throws(NVMLFailure) -> NVMLEventTypes {
    let supported = NVMLEventTypes(rawValue: try device.longNumber(.supportedEvents)).intersection(.watched)
    guard !supported.isEmpty else { throw NVMLFailure(.registerEvents, .notSupported) }
    typealias Signature = @convention(c) (OpaquePointer, UInt64, OpaquePointer) -> UInt32
    try unsafe device.perform(.registerEvents, Signature.self) { unsafe $0($1, supported.rawValue, handle) }
    return supported
  }

  /// Waits for the next event; nil when none comes in time.
  package func next(within limit: Duration) throws(NVMLFailure) -> NVMLEvent? {
    var data = unsafe CNVML_EventData()
    let milliseconds = UInt32(clamping: limit.wholeNanoseconds / 1_000_000)
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<CNVML_EventData>, UInt32) -> UInt32
    do throws(NVMLFailure) {
      try unsafe session.library.perform(.eventSetWait, Signature.self, session.monitor) {
        unsafe $0(handle, &data, milliseconds)
      }
    } catch {
      if error.code == .timeout { return nil }
      throw error
    }
    guard let device = unsafe data.device else { throw NVMLFailure(.eventSetWait, .notAvailable) }
    let (type, number) = unsafe (data.event_type, data.event_data)
    let (gpuInstance, computeInstance) = unsafe (data.gpu_instance_id, data.compute_instance_id)
    return unsafe NVMLEvent(
      device: NVMLDevice(handle: device, session: session), types: NVMLEventTypes(rawValue: type), data: number,
      gpuInstance: gpuInstance == .max ? nil : gpuInstance,
      computeInstance: computeInstance == .max ? nil : computeInstance)
  }
}
