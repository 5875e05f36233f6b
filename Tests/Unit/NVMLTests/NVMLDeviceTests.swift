import NVMLTestSupport
import Synchronization
import System
import TestSupport
import Testing

@testable import NVML

/// A stand-in, loaded and initialised, and its first GPU.
struct LoadedStandIn {
  let standIn: StandInLibrary
  let session: NVMLSession

  init(_ script: String, isOldDriver: Bool = false) throws {
    standIn = try StandInLibrary(script, isOldDriver: isOldDriver)
    session = NVMLSession(try NVMLLibrary(path: standIn.path), NVMLCallMonitor())
    try session.initialize()
  }

  func device(_ index: Int = 0) throws -> NVMLDevice {
    try #require(try session.devices(countMax: 64).dropFirst(index).first)
  }
}

private let mebibyte: UInt64 = 1_048_576

@Suite("Calls of NVIDIA's library, against the stand-in") struct NVMLDeviceTests {
  /// What nvidia-smi printed on each machine: shared/corpora is where the stand-in's numbers come from.
  struct Expected: Sendable, CustomTestStringConvertible {
    let layout: String
    let count: Int
    let name: String
    let bus: String
    let totalMebibytes: UInt64
    let usedMebibytes: UInt64
    let milliwatts: Double
    let temperature: Int32
    let memoryTemperature: Double
    let graphicsMegahertz: UInt32

    var testDescription: String { layout }
  }

  private static let captured = [
    Expected(
      layout: "h100", count: 1, name: "NVIDIA H100 80GB HBM3", bus: "0000:00:09.0", totalMebibytes: 81_559,
      usedMebibytes: 19_818, milliwatts: 631_950, temperature: 59, memoryTemperature: 54, graphicsMegahertz: 1980),
    Expected(
      layout: "h100; load idle", count: 1, name: "NVIDIA H100 80GB HBM3", bus: "0000:00:09.0", totalMebibytes: 81_559,
      usedMebibytes: 0, milliwatts: 69_850, temperature: 41, memoryTemperature: 48, graphicsMegahertz: 345),
    Expected(
      layout: "h200x8", count: 8, name: "NVIDIA H200", bus: "0000:83:00.0", totalMebibytes: 143_771,
      usedMebibytes: 16_959, milliwatts: 295_010, temperature: 36, memoryTemperature: 39, graphicsMegahertz: 1980),
    Expected(
      layout: "h100-mig", count: 1, name: "NVIDIA H100 80GB HBM3", bus: "0000:00:09.0", totalMebibytes: 81_559,
      usedMebibytes: 11_125, milliwatts: 433_780, temperature: 53, memoryTemperature: 59, graphicsMegahertz: 1980),
  ]

  @Test("Values are those of the captures", arguments: captured)
  func values(_ expected: Expected) throws {
    let loaded = try LoadedStandIn(expected.layout)
    let device = try loaded.device()
    #expect(try loaded.session.devices(countMax: 64).count == expected.count)
    #expect(try device.name() == expected.name)
    #expect(try device.pciBusID() == expected.bus)
    #expect(try device.memory().total == expected.totalMebibytes * mebibyte)
    #expect(try device.memory().used == expected.usedMebibytes * mebibyte)
    #expect(try device.temperature() == expected.temperature)
    #expect(try device.clock(.graphics) == expected.graphicsMegahertz)
    let fields = try device.fields([.powerAverage, .memoryTemperature])
    #expect(fields[.powerAverage] == .success(expected.milliwatts))
    #expect(fields[.memoryTemperature] == .success(expected.memoryTemperature))
    #expect(try loaded.session.driverVersion() == "590.48.01")
    #expect(try loaded.session.cudaVersion() == "13.1")
    #expect(try device.architecture().description == "Hopper")
    #expect(try device.computeCapability() == "9.0")
  }

  @Test("MIG devices have their ids, sizes and processes") func mig() throws {
    let device = try LoadedStandIn("h200-mig").device()
    #expect(try device.migMode().current)
    let parts = try (0..<5).map { try device.migDevice(at: $0) }
    #expect(try parts.map { try $0.gpuInstanceID() } == [2, 2, 3, 9, 10])
    #expect(try parts.map { try $0.computeInstanceID() } == [0, 1, 0, 0, 0])
    #expect(try parts.map { try $0.memory().total / mebibyte } == [71_424, 71_424, 33_280, 16_384, 16_384])
    #expect(try parts.map { try $0.attributes().multiprocessorCount } == [16, 32, 32, 16, 16])
    #expect(throws: NVMLFailure(.migByIndex, .notFound)) { try device.migDevice(at: 5) }
    #expect(throws: NVMLFailure(.utilisation, .notSupported)) { try device.utilisation() }
    let processes = try device.computeProcesses()
    #expect(processes.map(\.pid) == [12_249, 12_250, 12_267])
    #expect(processes.map { $0.usedMemory.map { $0 / mebibyte } } == [2194, 1170, 13_526])
    #expect(Set(processes.map(\.gpuInstance)) == [2])
    #expect(Set(processes.map(\.computeInstance)) == [1])
  }

  @Test("Performance metrics need two samples that are far enough apart") func performance() throws {
    let loaded = try LoadedStandIn("h100")
    let device = try loaded.device()
    #expect(try device.hasPerformanceMonitoring())
    let first = try NVMLPerformanceSample(loaded.session)
    let second = try NVMLPerformanceSample(loaded.session)
    try first.read(device)
    try second.read(device)
    #expect(throws: NVMLFailure(.gpmMetrics, .invalidArgument)) { try second.metrics(since: first, [.sm]) }
    Thread.sleep(for: .milliseconds(101))
    try second.read(device)
    let metrics = try second.metrics(since: first, [.sm, .tensor, .fp64])
    #expect(metrics == [.sm: .success(97.25), .tensor: .success(71.75), .fp64: .success(0)])
  }

  @Test("A field that the GPU does not have is an error of that field alone") func fieldErrors() throws {
    let fields = try LoadedStandIn("h200-mig").device().fields([.linkTransmitted, .memoryTemperature])
    #expect(fields[.linkTransmitted] == .failure(NVMLFailure(.fieldValues, .notSupported)))
    #expect(fields[.memoryTemperature] == .success(39))
  }

  @Test("An old driver lacks calls, and others take their place") func oldDriver() throws {
    let loaded = try LoadedStandIn("h100", isOldDriver: true)
    let device = try loaded.device()
    // The first version counts what the driver keeps as used.
    #expect(
      try device.memory()
        == NVMLMemory(
          total: 81_559 * mebibyte, used: (19_818 + 479) * mebibyte, free: (81_559 - 19_818 - 479) * mebibyte,
          reserved: nil))
    #expect(try device.temperature() == 59)
    #expect(try device.clockEventReasons() == 0)
    #expect(throws: NVMLFailure(.gpmSupport, .missingSymbol)) { try device.hasPerformanceMonitoring() }
    #expect(try device.computeProcesses().map(\.pid) == [11_327, 11_328, 11_345])
  }

  @Test(
    "Calls fail with the driver's code",
    arguments: [(15, NVMLResult.gpuLost), (4, .noPermission), (999, .other(999))])
  func failures(code: Int, result: NVMLResult) throws {
    let loaded = try LoadedStandIn("h200x8; fail nvmlDeviceGetTemperatureV 1 \(code)")
    #expect(throws: NVMLFailure(.temperatureV, result)) { try loaded.device(1).temperature() }
    #expect(try loaded.device(0).temperature() == 36)
  }

  @Test("Drivers that write longer structures of processes are asked by the call before") func longProcesses() throws {
    let loaded = try LoadedStandIn("h200-mig\ndriver 535.54.03")
    #expect(try loaded.device().computeProcesses().map(\.pid) == [12_249, 12_250, 12_267])
    #expect(loaded.session.library.callCosts[.computeProcesses] == nil)
  }

  @Test("Values that stand for none are none") func sentinels() throws {
    let device = try LoadedStandIn("h100; sentinels").device()
    let fields = try device.fields([.energy, .powerAverage, .memoryTemperature])
    #expect(fields[.energy] == .failure(NVMLFailure(.fieldValues, .notAvailable)))
    #expect(fields[.powerAverage] == .failure(NVMLFailure(.fieldValues, .notAvailable)))
    #expect(fields[.memoryTemperature] == .success(54))
    #expect(throws: NVMLFailure(.powerUsage, .notAvailable)) { try device.powerUsage() }
    #expect(try device.computeProcesses().map(\.usedMemory) == [nil, nil, nil])
  }

  @Test("Energy under a load that changes is the sum of the power") func energyOfWave() throws {
    var before: (joules: Double, watts: Double)?
    // Power goes up or down evenly in each step: the wave turns at 30 s and 60 s.
    for second in stride(from: 0, through: 90, by: 10) {
      let loaded = try LoadedStandIn("h200x8; load wave; clock \(second)")
      let fields = try loaded.device().fields([.energy, .powerAverage])
      let joules = try #require(try fields[.energy]?.get()) / 1_000
      let watts = try #require(try fields[.powerAverage]?.get()) / 1_000
      if let before {
        #expect(abs(joules - before.joules - 10 * (watts + before.watts) / 2) < 0.1, "at \(second) s")
      }
      before = (joules, watts)
    }
  }

  @Test("A temperature that the new call does not have is asked for by the old") func oldTemperature() throws {
    let loaded = try LoadedStandIn("h100; fail nvmlDeviceGetTemperatureV 0 25")
    #expect(try loaded.device().temperature() == 59)
  }

  @Test("What the calls cost is counted by name") func costs() throws {
    let loaded = try LoadedStandIn("h100")
    let device = try loaded.device()
    for _ in 0..<3 { _ = try device.utilisation() }
    #expect(loaded.session.library.callCosts[.utilisation]?.count == 3)
    #expect(loaded.session.library.callCosts[.decoderUtilisation] == nil)
  }

  @Test("A call that does not return is seen by others, with its name") func wedged() throws {
    let loaded = try LoadedStandIn("h100; wedge nvmlDeviceGetUtilizationRates 0")
    let device = try loaded.device()
    let result = Mutex<NVMLUtilisation?>(nil)
    let thread = try Thread(name: "wedged") { result.withLock { $0 = try? device.utilisation() } }
    eventually { loaded.session.monitor.call?.call == .utilisation }
    try loaded.standIn.play("h100")
    thread.join()
    #expect(loaded.session.monitor.call == nil)
    #expect(result.withLock { $0 } == NVMLUtilisation(gpu: 100, memory: 11))
  }

  @Test("Events are delivered once, and only those that were asked for") func events() throws {
    let loaded = try LoadedStandIn("h200x8")
    let events = try NVMLEventSet(loaded.session)
    #expect(try events.register(loaded.device(3)) == [.singleBitECCError, .doubleBitECCError, .xid, .migConfigChange])
    #expect(try events.next(within: .milliseconds(1)) == nil)
    // A change of state, one of another GPU, and the one that is waited for.
    try loaded.standIn.play("h200x8\nevent 1 3 0x4 0\nevent 2 4 8 31\nevent 3 3 8 79 2 1")
    let event = try #require(try events.next(within: .seconds(60)))
    #expect(event.types == .xid)
    #expect(event.data == 79)
    #expect(event.gpuInstance == 2)
    #expect(try event.device.pciBusID() == "0000:86:00.0")
    #expect(try events.next(within: .milliseconds(1)) == nil)
  }

  @Test("A library that is not there is an error that says what to do") func missing() {
    #expect {
      try NVMLLibrary(path: "/nonexistent/libnvidia-ml.so.1")
    } throws: {
      "\($0)".contains("/nonexistent/libnvidia-ml.so.1 cannot be loaded") && "\($0)".contains("Install the driver")
    }
  }

  @Test("Another library is refused") func otherLibrary() {
    #expect { try NVMLLibrary(path: "libc.so.6") } throws: { "\($0)".contains("it has no nvmlInit_v2") }
  }
}
