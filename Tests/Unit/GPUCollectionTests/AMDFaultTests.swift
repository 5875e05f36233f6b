import FoundationEssentials
import Glibc
import System
import TestSupport
import Testing

@testable import GPUCollection

@Suite("Faults of AMD's GPUs") struct AMDFaultTests {
  private static let places = ["0000:05:00.0", "0000:06:00.0"]

  /// Reads GPUs of a tree all the time.
  private final class Collected {
    let tree: SysfsTree
    let collector: GPUCollector

    /// - Parameter files: more files of each GPU.
    init(gpuCount: Int, _ files: [String: String] = [:]) throws {
      tree = try SysfsTree()
      try File.makeDirectories("\(tree.path)/module/amdgpu")
      try File.makeDirectories("\(tree.path)/proc")
      for index in 0..<gpuCount {
        var all = [
          "vendor": "0x1002\n", "unique_id": "aa0\(index)\n",
          "uevent": "PCI_SLOT_NAME=\(AMDFaultTests.places[index])\n",
          "hwmon/hwmon1/temp1_label": "edge\n", "hwmon/hwmon1/temp1_input": "40000\n",
        ]
        all.merge(files) { $1 }
        try tree.add(card: index, device: "pci\(index)", all)
      }
      var options = NVIDIACollectionTests.withoutLog
      options.fastInterval = .milliseconds(5)
      options.slowInterval = .milliseconds(5)
      options.fixedInterval = .milliseconds(10)
      let backend = AMDBackend(sysPath: tree.path, procPath: "\(tree.path)/proc", root: tree.path)
      collector = GPUCollector([backend], options)
      try collector.start()
    }

    deinit { collector.stop() }

    func write(_ file: String, _ text: String) throws { try tree.write("\(tree.path)/devices/pci0/\(file)", text) }

    func writeEnergy(joules: UInt64) throws {
      try tree.write(
        "\(tree.path)/devices/pci0/gpu_metrics", AMDMetricsFixture.v1_6.bytes(["energy": joules * 65_536]))
    }

    /// Takes a card away, as the kernel does with one that has fallen off the bus.
    func remove(card: Int) throws {
      try FileManager.default.removeItem(atPath: "\(tree.path)/devices/pci\(card)")
      try FileManager.default.removeItem(atPath: "\(tree.path)/class/drm/card\(card)")
    }

    func value(_ metric: GPUMetric, is expected: Double) -> Bool {
      collector.snapshot().gpus.first?.reading(metric)?.value == expected
    }

    func events() -> [GPUEventKind] { collector.snapshot().recentEvents.map(\.kind) }
  }

  @Test("Errors that were added are an event with their GPU; those from before are none") func errors() throws {
    let collected = try Collected(
      gpuCount: 1, ["ras/umc_err_count": "ue: 2\nce: 20\n", "ras/gfx_err_count": "ue: 1\nce: 0\n"])
    eventually { collected.value(.eccUncorrected, is: 3) }
    try collected.write("ras/umc_err_count", "ue: 2\nce: 25\n")
    eventually { collected.value(.eccCorrected, is: 25) }
    // What the first change was taken for is known when the second is there.
    try collected.write("ras/umc_err_count", "ue: 2\nce: 26\n")
    eventually { collected.value(.eccCorrected, is: 26) }
    #expect(collected.events().isEmpty)
    try collected.write("ras/gfx_err_count", "ue: 4\nce: 0\n")
    eventually { collected.value(.eccUncorrected, is: 6) }
    eventually { collected.events() == [.eccError(isCorrected: false)] }
    let event = try #require(collected.collector.snapshot().recentEvents.first)
    #expect(event.pciBusID == Self.places[0])
    #expect(event.source == .readings)
  }

  @Test("Energy that goes back is a reload, also after values were missing") func energy() throws {
    let collected = try Collected(gpuCount: 1)
    try collected.writeEnergy(joules: 500)
    eventually { collected.value(.energy, is: 500) }
    try collected.tree.write("\(collected.tree.path)/devices/pci0/gpu_metrics", [UInt8]())
    eventually { collected.collector.snapshot().gpus.first?.reading(.energy)?.reason != nil }
    try collected.writeEnergy(joules: 3)
    eventually { collected.value(.energy, is: 3) }
    eventually { collected.events() == [.driverReload] }
    try collected.writeEnergy(joules: 4)
    eventually { collected.value(.energy, is: 4) }
    #expect(collected.events() == [.driverReload])
  }

  @Test("Without energy, other counters that go back are a reload") func counters() throws {
    let collected = try Collected(gpuCount: 1, ["pcie_replay_count": "9\n", "ras/umc_err_count": "ue: 2\nce: 20\n"])
    eventually { collected.value(.pcieReplays, is: 9) }
    try collected.write("pcie_replay_count", "0\n")
    eventually { collected.value(.pcieReplays, is: 0) }
    eventually { collected.events() == [.driverReload] }
  }

  @Test("A GPU whose files are gone is lost once, and keeps its identity until then", arguments: [1, 2])
  func gone(gpuCount: Int) throws {
    let collected = try Collected(gpuCount: gpuCount)
    eventually { collected.collector.snapshot().gpus.filter { $0.gpu.pciBusID != nil }.count == gpuCount }
    eventually { collected.collector.snapshot().gpus.allSatisfy { $0.reading(.temperature)?.value == 40 } }
    try collected.remove(card: 0)
    eventually { collected.collector.snapshot().gpus.count == gpuCount - 1 }
    #expect(collected.events() == [.gpuUnavailable])
    #expect(collected.collector.snapshot().recentEvents.map(\.pciBusID) == [Self.places[0]])
    #expect(collected.collector.snapshot().backends[0].failure == nil)
  }

  @Test("Files that are gone say that the GPU is lost, not that it measures nothing") func lost() throws {
    let tree = try SysfsTree()
    try tree.add(
      card: 0, device: "pci0",
      ["vendor": "0x1002\n", "unique_id": "aa00\n", "uevent": "PCI_SLOT_NAME=0000:05:00.0\n"])
    let reader = try AMDBackend(sysPath: tree.path, procPath: tree.path).discover()[0].open()
    let (identity, resources) = (reader.identity(), reader.resources(isChanged: false))
    #expect(reader.read(.fast).first { $0.metric == .temperature }?.value.reason == .notSupported)
    try FileManager.default.removeItem(atPath: "\(tree.path)/devices/pci0")
    #expect(GPUSchedule.allCases.flatMap { reader.read($0) }.allSatisfy { $0.value.reason == .lost })
    #expect(reader.processes().reason == .lost)
    #expect(reader.identity() == identity)
    #expect(reader.resources(isChanged: false) == resources)
    #expect(identity.pciBusID == "0000:05:00.0")
  }

  @Test("A driver that is unloaded is a reason, and its GPUs come back with it") func unloaded() throws {
    let collected = try Collected(gpuCount: 1)
    eventually { collected.value(.temperature, is: 40) }
    try FileManager.default.removeItem(atPath: "\(collected.tree.path)/module/amdgpu")
    try collected.remove(card: 0)
    eventually { collected.collector.snapshot().gpus.isEmpty }
    eventually { collected.collector.snapshot().backends[0].failure?.hasPrefix("no GPU of AMD") == true }
    #expect(!collected.events().contains(.driverReload))
    try File.makeDirectories("\(collected.tree.path)/module/amdgpu")
    try collected.tree.add(
      card: 0, device: "pci0",
      [
        "vendor": "0x1002\n", "uevent": "PCI_SLOT_NAME=\(Self.places[0])\n", "hwmon/hwmon1/temp1_label": "edge\n",
        "hwmon/hwmon1/temp1_input": "30000\n",
      ])
    eventually { collected.value(.temperature, is: 30) }
    eventually { collected.events().contains(.driverReload) }
  }
}
