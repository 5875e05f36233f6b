import CNVML

/// Bytes of a device's memory.
package struct NVMLMemory: Sendable, Equatable {
  package let total: UInt64
  package let used: UInt64
  package let free: UInt64
  /// What the driver keeps for itself; nil where the driver counts it as used.
  package let reserved: UInt64?
}

/// A clock of a GPU, `nvmlClockType_t`.
package enum NVMLClock: UInt32, CaseIterable, Sendable {
  case graphics = 0
  case sm = 1
  case memory = 2
  case video = 3
}

/// Which errors of memory are counted, `nvmlMemoryErrorType_t`.
package enum NVMLMemoryError: UInt32, CaseIterable, Sendable {
  case corrected = 0
  case uncorrected = 1
}

/// Rows of memory that were replaced by spare ones.
package struct NVMLRemappedRows: Sendable, Equatable {
  package let corrected: UInt32
  package let uncorrected: UInt32
  package let isPending: Bool
  package let hasFailed: Bool
}

/// Percent of the last period in which something ran.
package struct NVMLUtilisation: Sendable, Equatable {
  package let gpu: UInt32
  package let memory: UInt32
}

extension NVMLDevice {
  /// Memory by the second version of the call, or else by the first.
  package func memory() throws(NVMLFailure) -> NVMLMemory {
    guard session.library.has(.memoryV2) else { return try memoryWithReserved() }
    var info = CNVML_MemoryV2()
    info.version = 0x0200_0028
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<CNVML_MemoryV2>) -> UInt32
    try unsafe perform(.memoryV2, Signature.self) { unsafe $0($1, &info) }
    guard info.total != .max, info.used != .max else { throw NVMLFailure(.memoryV2, .notAvailable) }
    return NVMLMemory(total: info.total, used: info.used, free: info.free, reserved: info.reserved)
  }

  private func memoryWithReserved() throws(NVMLFailure) -> NVMLMemory {
    var info = CNVML_Memory()
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<CNVML_Memory>) -> UInt32
    try unsafe perform(.memory, Signature.self) { unsafe $0($1, &info) }
    guard info.total != .max, info.used != .max else { throw NVMLFailure(.memory, .notAvailable) }
    return NVMLMemory(total: info.total, used: info.used, free: info.free, reserved: nil)
  }

  package func utilisation() throws(NVMLFailure) -> NVMLUtilisation {
    var rates = CNVML_Utilization()
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<CNVML_Utilization>) -> UInt32
    try unsafe perform(.utilisation, Signature.self) { unsafe $0($1, &rates) }
    guard rates.gpu <= 100, rates.memory <= 100 else { throw NVMLFailure(.utilisation, .notAvailable) }
    return NVMLUtilisation(gpu: rates.gpu, memory: rates.memory)
  }

  /// Percent.
  package func encoderUtilisation() throws(NVMLFailure) -> UInt32 { try numbers(.encoderUtilisation).0 }
  /// Percent.
  package func decoderUtilisation() throws(NVMLFailure) -> UInt32 { try numbers(.decoderUtilisation).0 }

  /// Degrees Celsius, by the call that replaced the deprecated one, or else by that.
  package func temperature() throws(NVMLFailure) -> Int32 {
    do throws(NVMLFailure) {
      return try versionedTemperature()
    } catch {
      guard [.missingSymbol, .notSupported, .versionMismatch].contains(error.code) else { throw error }
      return Int32(clamping: try number(.temperature, 0))
    }
  }

  private func versionedTemperature() throws(NVMLFailure) -> Int32 {
    var reading = CNVML_Temperature(version: 0x0100_000c, sensor: 0, temperature: 0)
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<CNVML_Temperature>) -> UInt32
    try unsafe perform(.temperatureV, Signature.self) { unsafe $0($1, &reading) }
    return reading.temperature
  }

  /// Milliwatts.
  package func powerUsage() throws(NVMLFailure) -> UInt32 { try number(.powerUsage) }
  /// Milliwatts.
  package func enforcedPowerLimit() throws(NVMLFailure) -> UInt32 { try number(.enforcedPowerLimit) }
  /// Megahertz.
  package func clock(_ clock: NVMLClock) throws(NVMLFailure) -> UInt32 { try number(.clock, clock.rawValue) }
  /// Megahertz.
  package func clockMax(_ clock: NVMLClock) throws(NVMLFailure) -> UInt32 { try number(.clockMax, clock.rawValue) }

  /// 0 for the fastest to 15; 32 stands for unknown.
  package func performanceState() throws(NVMLFailure) -> UInt32 {
    let state = try number(.performanceState)
    guard state < 32 else { throw NVMLFailure(.performanceState, .notAvailable) }
    return state
  }

  /// Why the clocks are not at their highest, as bits; by the present name of the call, or else by its former.
  package func clockEventReasons() throws(NVMLFailure) -> UInt64 {
    try longNumber(session.library.has(.clockEventReasons) ? .clockEventReasons : .clockThrottleReasons)
  }

  package func fanCount() throws(NVMLFailure) -> UInt32 { try number(.fanCount) }
  /// Percent of the fan's highest speed.
  package func fanSpeed(_ fan: UInt32) throws(NVMLFailure) -> UInt32 { try number(.fanSpeed, fan) }

  /// KiB per second from the GPU and to it, each measured for 20 ms while the call waits.
  package func pcieThroughput() throws(NVMLFailure) -> (transmitted: UInt32, received: UInt32) {
    (try number(.pcieThroughput, 0), try number(.pcieThroughput, 1))
  }

  package func pcieGeneration() throws(NVMLFailure) -> UInt32 { try number(.pcieGeneration) }
  package func pcieGenerationMax() throws(NVMLFailure) -> UInt32 { try number(.pcieGenerationMax) }
  package func pcieWidth() throws(NVMLFailure) -> UInt32 { try number(.pcieWidth) }
  package func pcieWidthMax() throws(NVMLFailure) -> UInt32 { try number(.pcieWidthMax) }

  /// Errors of memory and caches, since the driver was loaded or over the board's life.
  package func eccErrors(_ kind: NVMLMemoryError, isLifetime: Bool) throws(NVMLFailure) -> UInt64 {
    var count: UInt64 = 0
    typealias Signature = @convention(c) (OpaquePointer, UInt32, UInt32, UnsafeMutablePointer<UInt64>) -> UInt32
    try unsafe perform(.eccErrors, Signature.self) { unsafe $0($1, kind.rawValue, isLifetime ? 1 : 0, &count) }
    guard count != .max else { throw NVMLFailure(.eccErrors, .notAvailable) }
    return count
  }

  package func remappedRows() throws(NVMLFailure) -> NVMLRemappedRows {
    var corrected: UInt32 = 0
    var uncorrected: UInt32 = 0
    var pending: UInt32 = 0
    var failed: UInt32 = 0
    typealias Number = UnsafeMutablePointer<UInt32>
    typealias Signature = @convention(c) (OpaquePointer, Number, Number, Number, Number) -> UInt32
    try unsafe perform(.remappedRows, Signature.self) { unsafe $0($1, &corrected, &uncorrected, &pending, &failed) }
    return NVMLRemappedRows(
      corrected: corrected, uncorrected: uncorrected, isPending: pending != 0, hasFailed: failed != 0)
  }
}

// MARK: Links

extension NVMLDevice {
  /// How many links a GPU may have, `NVML_NVLINK_MAX_LINKS`.
  package static let linkCountMax = CNVML_LINK_COUNT_MAX

  /// Whether a link is up; not supported means that there is no such hardware.
  package func isLinkActive(_ link: Int) throws(NVMLFailure) -> Bool { try number(.linkState, UInt32(link)) == 1 }

  /// What is at the other end of a link; nil for what is not known.
  package func linkRemote(_ link: Int) throws(NVMLFailure) -> NVMLLinkRemote? {
    NVMLLinkRemote(rawValue: try number(.linkRemoteType, UInt32(link)))
  }

  /// How near another GPU is.
  package func distance(to other: NVMLDevice) throws(NVMLFailure) -> NVMLDistance {
    var level: UInt32 = 0
    typealias Signature = @convention(c) (OpaquePointer, OpaquePointer, UnsafeMutablePointer<UInt32>) -> UInt32
    try unsafe perform(.commonAncestor, Signature.self) { unsafe $0($1, other.handle, &level) }
    guard let distance = NVMLDistance(rawValue: level) else { throw NVMLFailure(.commonAncestor, .notAvailable) }
    return distance
  }

  /// Whether two GPUs reach each other's memory by NVLink.
  package func reachesByLink(_ other: NVMLDevice) throws(NVMLFailure) -> Bool {
    var status: UInt32 = 0
    typealias Signature = @convention(c) (OpaquePointer, OpaquePointer, UInt32, UnsafeMutablePointer<UInt32>) -> UInt32
    try unsafe perform(.peerStatus, Signature.self) { unsafe $0($1, other.handle, 2, &status) }
    return status == 0
  }

  /// The state of the fabric of NVSwitches, `nvmlGpuFabricState_t`, and which faults it has.
  package func fabric() throws(NVMLFailure) -> NVMLFabric {
    var info = CNVML_FabricInfo()
    info.version = 0x0200_0024
    typealias Signature = @convention(c) (OpaquePointer, UnsafeMutablePointer<CNVML_FabricInfo>) -> UInt32
    try unsafe perform(.fabricInfo, Signature.self) { unsafe $0($1, &info) }
    guard info.state != 0 else { throw NVMLFailure(.fabricInfo, .notSupported) }
    return NVMLFabric(state: info.state, status: NVMLResult(info.status), clique: info.clique_id)
  }
}

/// What a link leads to, `nvmlIntNvLinkDeviceType_t`.
package enum NVMLLinkRemote: UInt32, Sendable {
  case gpu = 0
  case processor = 1
  case nvSwitch = 2

  package var name: String {
    switch self {
    case .gpu: "gpu"
    case .processor: "processor"
    case .nvSwitch: "switch"
    }
  }
}

/// What two GPUs have in common, `nvmlGpuTopologyLevel_t`, by the names of `nvidia-smi topo`.
package enum NVMLDistance: UInt32, Sendable {
  case sameBoard = 0
  case oneSwitch = 10
  case severalSwitches = 20
  case hostBridge = 30
  case node = 40
  case system = 50

  package var name: String {
    switch self {
    case .sameBoard: "internal"
    case .oneSwitch: "PIX"
    case .severalSwitches: "PXB"
    case .hostBridge: "PHB"
    case .node: "NODE"
    case .system: "SYS"
    }
  }
}

/// How a GPU stands in the fabric of NVSwitches.
package struct NVMLFabric: Sendable, Equatable {
  /// 1 not started, 2 in progress, 3 completed.
  package let state: UInt32
  /// Whether it was completed with success.
  package let status: NVMLResult
  package let clique: UInt32
}
