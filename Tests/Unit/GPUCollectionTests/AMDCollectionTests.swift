import Base
import FoundationEssentials
import Glibc
import System
import TestSupport
import Testing

@testable import GPUCollection

/// A tree of sysfs in a folder of its own.
final class SysfsTree {
  let path: String

  init() throws {
    // SAFETY: getenv gives null or a C string; mkdtemp changes the local template, which ends with a zero.
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/axonize-sysfs-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw SystemError(call: "mkdtemp", code: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try File.makeDirectories("\(path)/class/drm")
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Adds a card with the files of its device.
  func add(card: Int, device: String, _ files: [String: String]) throws {
    let folder = "\(path)/devices/\(device)"
    try File.makeDirectories(folder)
    try File.makeDirectories("\(path)/class/drm/card\(card)")
    #expect(unsafe symlink(folder, "\(path)/class/drm/card\(card)/device") == 0)
    for (name, content) in files { try write("\(folder)/\(name)", content) }
  }

  func write(_ file: String, _ content: String) throws { try write(file, Array(content.utf8)) }

  func write(_ file: String, _ content: [UInt8]) throws {
    try File.makeDirectories(file.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 })
    try File.writeAtomically(file, content)
  }
}

@Suite("Collection of AMD's GPUs") struct AMDCollectionTests {
  /// A gaming board, as its driver's files are described in the kernel's documentation.
  private static let board = [
    "vendor": "0x1002\n", "unique_id": "6c1a2b3c4d5e6f70\n", "product_name": "\n", "serial_number": "12345\n",
    "uevent": "DRIVER=amdgpu\nPCI_ID=1002:73BF\nPCI_SLOT_NAME=0000:0b:00.0\n", "gpu_busy_percent": "37\n",
    "mem_busy_percent": "12\n", "mem_info_vram_total": "17163091968\n", "mem_info_vram_used": "1163091968\n",
    "pp_dpm_sclk": "0: 500Mhz\n1: 2430Mhz *\n2: 2575Mhz\n", "pp_dpm_mclk": "0: 96Mhz *\n1: 1000Mhz\n",
    "current_link_speed": "16.0 GT/s PCIe\n", "current_link_width": "16\n", "max_link_speed": "16.0 GT/s PCIe\n",
    "max_link_width": "16\n", "pcie_replay_count": "3\n", "numa_node": "-1\n",
    "hwmon/hwmon3/power1_average": "41000000\n", "hwmon/hwmon3/power1_cap": "255000000\n",
    "hwmon/hwmon3/temp1_label": "edge\n", "hwmon/hwmon3/temp1_input": "48000\n",
    "hwmon/hwmon3/temp2_label": "junction\n", "hwmon/hwmon3/temp2_input": "56500\n",
    "hwmon/hwmon3/temp3_label": "mem\n", "hwmon/hwmon3/temp3_input": "60000\n",
    "hwmon/hwmon3/fan1_input": "825\n", "hwmon/hwmon3/fan1_max": "3300\n",
  ]

  /// An Instinct: no busy file of memory, power only as it is now, errors of its blocks.
  private static let instinct = [
    "vendor": "0x1002\n", "unique_id": "aa00000000000001\n", "product_name": "AMD Instinct MI300X OAM\n",
    "uevent": "PCI_SLOT_NAME=0000:05:00.0\n", "gpu_busy_percent": "100\n", "mem_info_vram_total": "206141652992\n",
    "mem_info_vram_used": "103070826496\n", "current_compute_partition": "CPX\n", "numa_node": "1\n",
    "ras/umc_err_count": "ue: 1\nce: 20\n", "ras/gfx_err_count": "ue: 0\nce: 3\n",
    "hwmon/hwmon7/power1_input": "550000000\n", "hwmon/hwmon7/temp1_label": "junction\n",
    "hwmon/hwmon7/temp1_input": "71000\n", "hwmon/hwmon7/temp2_label": "mem\n",
    "hwmon/hwmon7/temp2_input": "62000\n", "pp_dpm_sclk": "0: 132Mhz\n1: 2100Mhz *\n",
  ]

  private func reader(_ tree: SysfsTree, _ index: Int = 0) throws -> any GPUReader {
    let found = try AMDBackend(sysPath: tree.path).discover()
    return try #require(found.dropFirst(index).first).open()
  }

  private func values(_ reader: any GPUReader) -> [GPUMetric: Measured<Double>] {
    let readings = GPUSchedule.allCases.flatMap { reader.read($0) }
    return Dictionary(readings.map { ($0.metric, $0.value) }) { first, _ in first }
  }

  @Test("A board's files are its values") func boardValues() throws {
    let tree = try SysfsTree()
    try tree.add(card: 0, device: "pci0", ["vendor": "0x8086\n"])
    try tree.add(card: 1, device: "pci1", Self.board)
    let reader = try reader(tree)
    let gpu = reader.identity()
    #expect(gpu.uuid == "6c1a2b3c4d5e6f70")
    #expect(gpu.pciBusID == "0000:0b:00.0")
    #expect(gpu.model == nil)
    #expect(gpu.numaNode == nil)
    #expect(gpu.isDivided == nil)
    #expect(gpu.minorNumber == 1)
    let expected: [GPUMetric: Double] = [
      .utilisation: 0.37, .memoryUtilisation: 0.12, .memoryTotal: 17_163_091_968, .memoryUsed: 1_163_091_968,
      .memoryFree: 16_000_000_000, .temperature: 48, .hotSpotTemperature: 56.5, .memoryTemperature: 60, .power: 41,
      .powerLimit: 255, .smClock: 2.43e9, .memoryClock: 9.6e7, .smClockMax: 2.575e9, .pcieGeneration: 4,
      .pcieGenerationMax: 4, .pcieWidth: 16, .pcieWidthMax: 16, .pcieReplays: 3, .fanSpeed: 0.25,
    ]
    let found = values(reader)
    for (metric, value) in expected { #expect(found[metric]?.value == value, "\(metric)") }
    #expect(found[.powerInstant]?.reason == .notSupported)
    #expect(found[.eccCorrected]?.reason == .notSupported)
    #expect(reader.resources(isChanged: false) == [ComputeResource(uuid: "6c1a2b3c4d5e6f70", generation: 1)])
  }

  @Test("Partitions have no sensors: the board's values are its own") func partitions() throws {
    let tree = try SysfsTree()
    try tree.add(card: 1, device: "pci1", Self.instinct)
    for card in 2...8 { try tree.add(card: card, device: "platform/amdgpu_xcp.\(card)", [:]) }
    var other = Self.instinct
    other["unique_id"] = "aa00000000000002\n"
    other["current_compute_partition"] = "SPX\n"
    try tree.add(card: 9, device: "pci2", other)
    #expect(try AMDBackend(sysPath: tree.path).discover().count == 2)
    let first = try reader(tree)
    #expect(first.identity().isDivided == true)
    #expect(first.identity().model == "AMD Instinct MI300X OAM")
    let parts = first.resources(isChanged: false)
    #expect(parts.map(\.gpuInstance) == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(Set(parts.map(\.profile)) == ["CPX"])
    let found = values(first)
    #expect(found[.power]?.value == 550)
    #expect(found[.hotSpotTemperature]?.value == 71)
    #expect(found[.temperature]?.reason == .notSupported)
    #expect(found[.memoryUtilisation]?.reason == .notSupported)
    #expect(found[.eccUncorrected]?.value == 1)
    #expect(found[.eccCorrected]?.value == 23)
    #expect(found[.memoryFree]?.value == 103_070_826_496)
    let second = try reader(tree, 1)
    #expect(second.identity().isDivided == false)
    #expect(second.resources(isChanged: false).map(\.profile) == [nil])
  }

  @Test("What the hardware does not measure is no number", arguments: ["65535", "4294967295", "", "none"])
  func sentinels(text: String) throws {
    let tree = try SysfsTree()
    var files = Self.board
    files["gpu_busy_percent"] = text
    try tree.add(card: 0, device: "pci1", files)
    #expect(try values(reader(tree))[.utilisation]?.reason == .noValue)
  }

  @Test("The table of metrics fills in what no other file has, and counts joules") func table() throws {
    let tree = try SysfsTree()
    var files = Self.instinct
    files["hwmon/hwmon7/power1_input"] = nil
    try tree.add(card: 1, device: "pci1", files)
    let table = AMDMetricsFixture.v1_6.bytes([
      "hotspot": 70, "power": 540, "gfx": 90, "umc": 45, "energy": 65_536 * 250, "replays": 7,
    ])
    try tree.write("\(tree.path)/devices/pci1/gpu_metrics", table)
    let found = try values(reader(tree))
    #expect(found[.memoryUtilisation]?.value == 0.45)
    #expect(found[.power]?.value == 540)
    #expect(found[.energy]?.value == 250)
    #expect(found[.pcieReplays]?.value == 7)
    // Files of their own come first.
    #expect(found[.utilisation]?.value == 1)
    #expect(found[.hotSpotTemperature]?.value == 71)
    #expect(found[.clockEventReasons]?.reason == .noValue)
  }

  @Test(
    "Throttlers are the reasons that NVIDIA's driver names",
    arguments: [
      ([], 0), ([0], 0x4), ([7], 0x4), ([16], 0), ([32], 0x20), ([43], 0x20), ([44], 0), ([47], 0x8), ([1, 36], 0x24),
    ] as [([UInt64], Int)]) func throttlers(set: [UInt64], expected: Int) throws
  {
    let bits = set.reduce(UInt64(0)) { $0 | 1 << $1 }
    let tree = try SysfsTree()
    try tree.add(card: 1, device: "pci1", Self.board)
    try tree.write("\(tree.path)/devices/pci1/gpu_metrics", AMDMetricsFixture.v1_3.bytes(["throttlers": bits]))
    let readings = try reader(tree).read(.fast)
    #expect(readings.first { $0.metric == .clockEventReasons }?.value.value == Double(expected))
    let active = readings.filter { $0.metric == .clockEventActive && $0.value.value == 1 }.compactMap(\.detail)
    let names: [(Int, String)] = [(4, "sw_power_cap"), (8, "hw_slowdown"), (0x20, "sw_thermal_slowdown")]
    #expect(active == names.filter { expected & $0.0 != 0 }.map(\.1))
    #expect(readings.first { $0.metric == .energy }?.value.reason == .notSupported)
  }

  @Test("A table that is not understood says why there is no energy", arguments: [[UInt8](), [0, 0, 9, 9]])
  func brokenTable(bytes: [UInt8]) throws {
    let tree = try SysfsTree()
    try tree.add(card: 1, device: "pci1", Self.board)
    try tree.write("\(tree.path)/devices/pci1/gpu_metrics", bytes)
    #expect(try values(reader(tree))[.energy]?.reason?.description.hasPrefix("gpu_metrics ") == true)
  }

  @Test("Without a GPU there is a reason") func none() throws {
    let tree = try SysfsTree()
    #expect {
      try AMDBackend(sysPath: tree.path).discover()
    } throws: { "\($0)".hasPrefix("no GPU of AMD is among the 0 cards of ") }
  }
}
