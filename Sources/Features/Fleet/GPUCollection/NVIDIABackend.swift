import NVML
import Synchronization
import System
import WorkloadIdentity

/// NVIDIA's GPUs, through the driver's management library.
package final class NVIDIABackend: GPUBackend {
  package static let libraryPathDefault = "libnvidia-ml.so.1"
  /// More than any machine has; a driver that says more is mistaken.
  private static let gpuCountMax = 64

  private struct State {
    var library: NVMLLibrary?
    var isInitialized = false
  }

  private let libraryPath: String
  private let lookup: ProcessLookup
  private let sysPath: String
  private let monitor = NVMLCallMonitor()
  private let state = Mutex(State())

  package let vendor = GPUVendor.nvidia

  /// - Parameters:
  ///   - libraryPath: the file, or the name that the loader looks for.
  ///   - procPath: where processes are looked up; `/host/proc` in a container that has the host's there.
  ///   - sysPath: where the files of sysfs(5) are.
  ///   - root: where the machine's own files are.
  package init(
    libraryPath: String = NVIDIABackend.libraryPathDefault, procPath: String = "/proc", sysPath: String = "/sys",
    root: String = "/"
  ) {
    self.libraryPath = libraryPath
    self.sysPath = sysPath
    lookup = ProcessLookup(procPath: procPath, root: root)
  }

  package func discover() throws(GPUBackendFailure) -> [GPUAttachment] {
    let session = NVMLSession(try loadedLibrary(), monitor)
    do throws(NVMLFailure) {
      if !state.withLock(\.isInitialized) {
        try session.initialize()
        state.withLock { $0.isInitialized = true }
      }
      let devices = try session.devices(countMax: Self.gpuCountMax)
      return devices.enumerated().map { index, device in attachment(device, index: index, all: devices) }
    } catch {
      throw GPUBackendFailure(
        "NVIDIA's driver does not answer: \(error). Look at 'nvidia-smi' and the kernel's log.",
        isDriverGone: error.code.isDriverGone)
    }
  }

  private func loadedLibrary() throws(GPUBackendFailure) -> NVMLLibrary {
    if let library = state.withLock(\.library) { return library }
    do throws(NVMLLoadFailure) {
      let library = try NVMLLibrary(path: libraryPath)
      state.withLock { $0.library = library }
      return library
    } catch {
      throw GPUBackendFailure(error.description)
    }
  }

  private func attachment(_ device: NVMLDevice, index: Int, all: [NVMLDevice]) -> GPUAttachment {
    let readings = NVMLCallMonitor()
    let events = NVMLCallMonitor()
    let library = device.session.library
    let (lookup, sysPath) = (lookup, sysPath)
    return GPUAttachment(
      key: "nvidia \(device.key)", index: index,
      runningCall: { Self.running(readings) ?? Self.running(events, waitsFor: .eventSetWait) },
      open: {
        let session = NVMLSession(library, readings)
        return NVIDIAReader(device.used(by: session), index: index, all: all, lookup: lookup, sysPath: sysPath)
      },
      openEvents: { () throws(GPUBackendFailure) -> any GPUEventReader in
        try NVIDIAEventReader(device.used(by: NVMLSession(library, events)))
      })
  }

  package func release() {
    let (library, isInitialized) = state.withLock { state in
      defer { state.isInitialized = false }
      return (state.library, state.isInitialized)
    }
    // A driver that is gone cannot end the session either; the next one begins all the same.
    if let library, isInitialized { try? NVMLSession(library, monitor).shutdown() }
  }

  package var callCosts: [GPUCallCost] {
    let costs = state.withLock(\.library)?.callCosts ?? [:]
    // Waiting for events costs nothing.
    return costs.filter { $0.key != .eventSetWait }.map { call, cost in
      GPUCallCost(
        call: call.rawValue, count: cost.count, seconds: Double(cost.duration.wholeNanoseconds) / 1e9)
    }.sorted { $0.call < $1.call }
  }

  package var runningCall: GPURunningCall? { Self.running(monitor) }

  /// - Parameter waitsFor: a call that waits on purpose.
  private static func running(_ monitor: NVMLCallMonitor, waitsFor: NVMLCall? = nil) -> GPURunningCall? {
    guard let call = monitor.call, call.call != waitsFor else { return nil }
    return GPURunningCall(name: call.call.rawValue, since: call.since)
  }
}

/// Waits for the events of a GPU of NVIDIA's.
struct NVIDIAEventReader: GPUEventReader {
  private let events: NVMLEventSet

  init(_ device: NVMLDevice) throws(GPUBackendFailure) {
    do throws(NVMLFailure) {
      events = try NVMLEventSet(device.session)
      _ = try events.register(device)
    } catch {
      throw GPUBackendFailure("events of the GPU: \(error)", isDriverGone: error.code.isDriverGone)
    }
  }

  func next(within limit: Duration) throws(GPUBackendFailure) -> GPUEventKind? {
    do throws(NVMLFailure) {
      guard let event = try events.next(within: limit) else { return nil }
      return Self.kind(event)
    } catch {
      throw GPUBackendFailure("events of the GPU: \(error)", isDriverGone: error.code.isDriverGone)
    }
  }

  private static func kind(_ event: NVMLEvent) -> GPUEventKind? {
    if event.types.contains(.xid) { return .xid(event.data) }
    if event.types.contains(.migConfigChange) { return .migConfigChange }
    if event.types.contains(.gpuUnavailable) { return .gpuUnavailable }
    if event.types.contains(.recoveryAction) { return .recoveryAdvised }
    if event.types.contains(.doubleBitECCError) { return .eccError(isCorrected: false) }
    return event.types.contains(.singleBitECCError) ? .eccError(isCorrected: true) : nil
  }
}
