import Base
import NVMLTestSupport
import System
import TestSupport
import Testing

@testable import GPUCollection
@testable import NVML

private let mebibyte = 1_048_576.0

/// A collector over a stand-in of NVIDIA's driver, with short intervals.
final class CollectedStandIn {
  let standIn: StandInLibrary
  let collector: GPUCollector

  init(_ script: String, isOldDriver: Bool = false, wedgedAfter: Duration = .seconds(60), kernelLog: String? = nil)
    throws
  {
    standIn = try StandInLibrary(script, isOldDriver: isOldDriver)
    var options = GPUCollectorOptions()
    options.fastInterval = .milliseconds(20)
    options.slowInterval = .milliseconds(50)
    options.fixedInterval = .milliseconds(50)
    options.eventInterval = .milliseconds(20)
    options.wedgedAfter = wedgedAfter
    options.kernelLogPath = kernelLog
    collector = GPUCollector([NVIDIABackend(libraryPath: standIn.path)], options)
    try collector.start()
  }

  deinit { collector.stop(within: .seconds(60)) }

  /// Waits until a GPU is as expected, and returns it.
  func gpu(
    _ index: Int = 0, sourceLocation: SourceLocation = #_sourceLocation, _ isExpected: (GPUState) -> Bool
  ) throws -> GPUState {
    var found: GPUState?
    eventually(sourceLocation: sourceLocation) {
      found = collector.snapshot().gpus.first { $0.gpu.index == index && isExpected($0) }
      return found != nil
    }
    return try #require(found, sourceLocation: sourceLocation)
  }

  /// A GPU of which everything was read.
  func complete(_ index: Int = 0) throws -> GPUState {
    try gpu(index) { gpu in
      gpu.gpu.uuid != nil && gpu.processes.value != nil && gpu.reading(.pcieWidth) != nil
        && !gpu.readings.contains { $0.value.reason == .needsAnotherSample }
    }
  }
}

@Suite("Collection of NVIDIA's GPUs, against the stand-in") struct NVIDIACollectionTests {
  struct Expected: Sendable, CustomTestStringConvertible {
    let script: String
    let model: String
    let values: [GPUMetric: Double]
    let unavailable: [GPUMetric: GPUUnavailable]

    var testDescription: String { script }
  }

  private static let cases = [
    Expected(
      script: "h100", model: "NVIDIA H100 80GB HBM3",
      values: [
        .utilisation: 1, .memoryUtilisation: 0.11, .memoryTotal: 85_520_809_984, .memoryUsed: 20_780_679_168,
        .memoryFree: 64_237_862_912, .memoryReserved: 502_267_904, .temperature: 59, .memoryTemperature: 54,
        .power: 631.95, .powerInstant: 625.68, .powerLimit: 700, .smClock: 1.98e9, .memoryClock: 2.619e9,
        .videoClock: 1.545e9, .clockEventReasons: 0, .smActive: 0.9725, .tensorActive: 0.7175, .fp64Active: 0,
        .pcieTransmitted: 4 * 1_048_576, .encoderUtilisation: 0, .pcieGeneration: 5, .pcieWidth: 16,
        .eccUncorrected: 0, .rowRemapFailure: 0, .processCount: 3,
      ],
      unavailable: [.fanSpeed: .notSupported]),
    Expected(
      script: "h100; load idle", model: "NVIDIA H100 80GB HBM3",
      values: [
        .utilisation: 0, .memoryUsed: 0, .power: 69.85, .powerInstant: 69.62, .temperature: 41, .smClock: 3.45e8,
        .clockEventReasons: 1, .smActive: 0, .processCount: 0,
      ], unavailable: [:]),
    Expected(
      script: "h200-mig", model: "NVIDIA H200",
      values: [
        .memoryTotal: 150_754_820_096, .memoryUsed: 17_782_800_384, .power: 295.01, .temperature: 36,
        .memoryTemperature: 39, .smClock: 1.98e9, .memoryClock: 3.201e9, .processCount: 3,
      ],
      unavailable: [
        .utilisation: .inMIGMode, .memoryUtilisation: .inMIGMode, .encoderUtilisation: .inMIGMode,
        .smActive: .inMIGMode, .linkTransmittedTotal: .inMIGMode, .linkActive: .inMIGMode,
      ]),
    Expected(
      script: "a100-mig", model: "NVIDIA A100-SXM4-40GB",
      values: [.memoryTotal: 40_960 * 1_048_576, .temperature: 51, .power: 220.1, .pcieGeneration: 4],
      unavailable: [.utilisation: .inMIGMode, .smActive: .notSupported, .tensorActive: .notSupported]),
    Expected(
      script: "a100", model: "NVIDIA A100-SXM4-40GB",
      // Without GPM, PCIe is measured by the call that waits.
      values: [.utilisation: 1, .pcieReceived: 8_192 * 1024], unavailable: [.smActive: .notSupported]),
  ]

  @Test("Values are those of the captures, and what is not measured says why", arguments: cases)
  func values(_ expected: Expected) throws {
    let gpu = try CollectedStandIn(expected.script).complete()
    #expect(gpu.gpu.model == expected.model)
    #expect(gpu.gpu.driverVersion == "590.48.01")
    for (metric, value) in expected.values.sorted(by: { $0.key.rawValue < $1.key.rawValue })
    where metric != .processCount {
      #expect(try #require(gpu.reading(metric)?.value, "\(metric)") ~= value, "\(metric)")
    }
    if let count = expected.values[.processCount] { #expect(gpu.processes.value?.count == Int(count)) }
    for (metric, reason) in expected.unavailable {
      let reading = gpu.readings.first { $0.metric == metric && $0.scope == .gpu }
      #expect(reading?.value.reason == reason, "\(metric)")
    }
  }

  @Test("Parts of a GPU have profiles, memory and performance of their own") func parts() throws {
    let gpu = try CollectedStandIn("h200-mig").complete()
    #expect(gpu.resources.map(\.profile) == ["1c.3g.71gb", "2c.3g.71gb", "2g.35gb", "1g.18gb", "1g.18gb"])
    #expect(gpu.resources.map(\.gpuInstance) == [2, 2, 3, 9, 10])
    #expect(gpu.resources.map(\.generation) == [1, 1, 1, 1, 1])
    let used = [UInt32(2), 3, 9, 10].map { gpu.reading(.memoryUsed, .instance($0))?.value }
    #expect(used == [16_925 * mebibyte, 17 * mebibyte, 9 * mebibyte, 9 * mebibyte])
    // Two compute instances share the memory of one GPU instance: it is there once.
    #expect(gpu.readings.count { $0.metric == .memoryUsed } == 5)
    #expect(gpu.reading(.smActive, .instance(2))?.value == 0.9725)
    #expect(gpu.reading(.smActive, .instance(3))?.value == 0)
    #expect(gpu.reading(.linkReceived, .instance(2))?.reason == .inMIGMode)
    #expect(Set(try #require(gpu.processes.value).map(\.gpuInstance)) == [2])
    let sum = used.compactMap { $0 }.reduce(0, +)
    #expect(sum <= (gpu.reading(.memoryUsed)?.value ?? 0) + (gpu.reading(.memoryReserved)?.value ?? 0))
  }

  @Test("A value says where it came from and when") func provenance() throws {
    let before = WallClock.now
    let gpu = try CollectedStandIn("h100").complete()
    guard case .value(_, let power, let time) = gpu.reading(.power) else { return #expect(Bool(false), "no power") }
    #expect(power == .nvml)
    #expect(time >= before)
    guard case .value(_, let active, _) = gpu.reading(.smActive) else { return #expect(Bool(false), "no SM") }
    #expect(active == .gpm)
  }

  @Test(
    "A MIG device without a name has the profile that its sizes come to",
    arguments: [
      (UInt32(3), UInt32(3), UInt64(71_424), UInt64(143_771), "3g.71gb"), (2, 2, 33_280, 143_771, "2g.35gb"),
      (1, 1, 16_384, 143_771, "1g.18gb"), (3, 1, 71_424, 143_771, "1c.3g.71gb"), (1, 1, 9_984, 81_559, "1g.10gb"),
      (3, 3, 40_448, 81_559, "3g.40gb"), (1, 1, 4_864, 40_960, "1g.5gb"),
    ])
  func profiles(slices: UInt32, compute: UInt32, mebibytes: UInt64, total: UInt64, profile: String) {
    let attributes = NVMLAttributes(
      multiprocessorCount: 16, gpuInstanceSliceCount: slices, computeInstanceSliceCount: compute,
      memoryMebibytes: mebibytes)
    #expect(NVIDIAReader.profile(nil, attributes, total * 1_048_576) == profile)
    #expect(NVIDIAReader.profile("NVIDIA X MIG 7g.1gb", attributes, total) == "7g.1gb")
  }

  @Test("An old driver lacks what it lacks, and the rest is there") func oldDriver() throws {
    let collected = try CollectedStandIn("h100", isOldDriver: true)
    let gpu = try collected.gpu { $0.gpu.uuid != nil && $0.reading(.pcieWidth) != nil }
    #expect(gpu.reading(.temperature)?.value == 59)
    #expect(gpu.reading(.memoryReserved)?.reason == .missingInDriver)
    #expect(gpu.reading(.smActive)?.reason == .missingInDriver)
    #expect(gpu.processes.value?.count == 3)
  }

  @Test(
    "A call that fails takes only its own value away",
    arguments: [
      (
        "nvmlDeviceGetTemperatureV", 999, GPUMetric.temperature,
        GPUUnavailable.failed("nvmlDeviceGetTemperatureV: error 999")
      ),
      ("nvmlDeviceGetUtilizationRates", 4, .utilisation, .noPermission),
      ("nvmlDeviceGetFieldValues", 3, .energy, .notSupported),
      ("nvmlGpmSampleGet", 3, .smActive, .notSupported),
    ])
  func failing(call: String, code: Int, metric: GPUMetric, reason: GPUUnavailable) throws {
    let collected = try CollectedStandIn("h200x8\nfail \(call) 1 \(code)")
    let failing = try collected.gpu(1) { $0.reading(metric)?.reason == reason }
    #expect(failing.reading(.smClock)?.value == 1.98e9)
    #expect(try collected.gpu(0) { $0.reading(metric)?.value != nil }.gpu.index == 0)
  }

  @Test("Without the right to the whole list the processes are those of the parts") func partProcesses() throws {
    let gpu = try CollectedStandIn("h200-mig\nunprivileged").complete()
    #expect(gpu.processes.value?.map(\.pid) == [12_249, 12_250, 12_267])
  }

  @Test("Without the driver there is a reason, and no GPU") func noDriver() throws {
    let collector = GPUCollector([NVIDIABackend(libraryPath: "/nonexistent/libnvidia-ml.so.1")], Self.withoutLog)
    try collector.start()
    eventually {
      collector.snapshot().backends[0].failure?.contains("/nonexistent/libnvidia-ml.so.1 cannot be loaded") == true
    }
    #expect(collector.snapshot().gpus.isEmpty)
    #expect(collector.stop())
  }

  @Test("The topology says how near the GPUs are") func topology() throws {
    let collected = try CollectedStandIn("h200x8")
    let gpu = try collected.gpu(0) { !$0.peers.isEmpty }
    #expect(gpu.peers.count == 7)
    #expect(gpu.peers.first { $0.index == 3 } == GPUPeer(index: 3, distance: "NODE", hasLink: true))
    #expect(gpu.peers.first { $0.index == 4 }?.distance == "SYS")
  }

  static let withoutLog = {
    var options = GPUCollectorOptions()
    options.kernelLogPath = nil
    options.eventInterval = .milliseconds(20)
    return options
  }()
}

private func ~= (left: Double, right: Double) -> Bool { abs(left - right) <= 1e-9 * max(1, abs(right)) }
