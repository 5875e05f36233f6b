import Base
import System
import WorkloadIdentity

/// Reads one of AMD's GPUs from the files of its device.
final class AMDReader: GPUReader {
  private static let percent = 0.01
  /// The names of the sensors in hwmon, by what they measure.
  private static let sensors: [(label: String, metric: GPUMetric, inTable: @Sendable (AMDMetricsTable) -> Double?)] = [
    ("edge", .temperature, { $0.graphicsCelsius }), ("junction", .hotSpotTemperature, { $0.hotSpotCelsius }),
    ("mem", .memoryTemperature, { $0.memoryCelsius }),
  ]
  /// No board has more sensors of temperature.
  private static let sensorCountMax = 16

  private let files: DeviceFiles
  private let index: Int
  private let card: Int
  private let partitionCount: Int
  private let scan: AMDProcessScan
  private var lookup: ProcessLookup
  /// What the GPU was when its files were last there.
  private var lastIdentity: PhysicalGPU?
  private var lastResources: [ComputeResource] = []

  init(
    _ files: DeviceFiles, index: Int, card: Int, partitionCount: Int, processes: AMDProcessScan, lookup: ProcessLookup
  ) {
    scan = processes
    self.lookup = lookup
    self.files = files
    self.index = index
    self.card = card
    self.partitionCount = partitionCount
  }

  /// Whether the files of the device are there: those of a GPU that has fallen off the bus are not.
  private var isPresent: Bool { files.text("vendor") == AMDBackend.vendorID }

  func identity() -> PhysicalGPU {
    let gpu = currentIdentity()
    // Asked after the files were read, as they go while some are; the place on the bus may go first.
    if let lastIdentity, !isPresent || (gpu.pciBusID == nil && lastIdentity.pciBusID != nil) { return lastIdentity }
    lastIdentity = gpu
    return gpu
  }

  private func currentIdentity() -> PhysicalGPU {
    var gpu = PhysicalGPU(vendor: .amd, index: index)
    gpu.uuid = files.text("unique_id")
    gpu.pciBusID = Self.value(of: "PCI_SLOT_NAME", in: files.text("uevent") ?? "")
    gpu.model = files.text("product_name").flatMap { $0.isEmpty ? nil : $0 }
    gpu.serial = files.text("serial_number").flatMap { $0.isEmpty ? nil : $0 }
    gpu.firmwareVersion = files.text("vbios_version")
    gpu.memoryBytes = files.text("mem_info_vram_total").flatMap { UInt64($0) }
    gpu.numaNode = files.text("numa_node").flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    gpu.minorNumber = card
    gpu.isDivided = files.text("current_compute_partition").map { $0 != "SPX" }
    return gpu
  }

  /// The whole GPU, or as many partitions as the kernel shows: the board's own card is the first of them.
  func resources(isChanged: Bool) -> [ComputeResource] {
    let uuid = files.text("unique_id")
    let mode = files.text("current_compute_partition")
    if !lastResources.isEmpty, !isPresent || (uuid == nil && lastResources[0].uuid != nil) { return lastResources }
    if let mode, mode != "SPX" {
      lastResources = (0...UInt32(partitionCount)).map { partition in
        ComputeResource(uuid: uuid, profile: mode, gpuInstance: partition, generation: 1)
      }
    } else {
      lastResources = [ComputeResource(uuid: uuid, generation: 1)]
    }
    return lastResources
  }

  /// Processes with a file of the GPU open; which partition each uses, the kernel does not say.
  func processes() -> Measured<[GPUProcess]> {
    guard isPresent else { return .unavailable(.lost) }
    guard let place = Self.value(of: "PCI_SLOT_NAME", in: files.text("uevent") ?? "") else {
      return .unavailable(.noValue)
    }
    switch scan.uses(of: place, files.monitor) {
    case .failure(let failure): return .unavailable(failure.reason)
    case .success(let uses):
      let processes = uses.map { use in
        let program = lookup.program(of: use.pid)
        return GPUProcess(
          pid: use.pid, name: program?.name, workload: program?.workload ?? Workload(), memoryBytes: use.memoryBytes)
      }
      lookup.keep(Set(uses.map(\.pid)))
      return .value(processes, from: .sysfs, at: WallClock.now)
    }
  }

  func peers() -> [GPUPeer] { [] }

  func links() -> [GPULink]? { nil }

  func read(_ schedule: GPUSchedule) -> [GPUReading] {
    let readings = presentReadings(schedule)
    // Asked after the files were read, as they go while some are.
    if isPresent { return readings }
    return readings.map { GPUReading($0.metric, $0.scope, detail: $0.detail, .unavailable(.lost)) }
  }

  private func presentReadings(_ schedule: GPUSchedule) -> [GPUReading] {
    switch schedule {
    case .fast: fastReadings()
    case .slow: slowReadings()
    case .fixed:
      [
        GPUReading(.pcieGenerationMax, pcieGeneration("max_link_speed")),
        GPUReading(.pcieWidthMax, files.number("max_link_width")),
        GPUReading(.smClockMax, clock("pp_dpm_sclk", isActive: false)),
      ]
    }
  }

  private func fastReadings() -> [GPUReading] {
    let total = files.number("mem_info_vram_total")
    let used = files.number("mem_info_vram_used")
    let free: Measured<Double> =
      if let total = total.value, case .value(let used, _, let time) = used {
        .value(max(0, total - used), from: .derived, at: time)
      } else {
        .unavailable(used.reason ?? total.reason ?? .noValue)
      }
    let table = AMDTableReading(files)
    return [
      GPUReading(
        .utilisation, table.else(files.number("gpu_busy_percent", times: Self.percent)) { $0.utilisation }),
      GPUReading(
        .memoryUtilisation, table.else(files.number("mem_busy_percent", times: Self.percent)) { $0.memoryUtilisation }),
      GPUReading(.energy, table.energy),
      GPUReading(.memoryTotal, total), GPUReading(.memoryUsed, used), GPUReading(.memoryFree, free),
      GPUReading(.smClock, clock("pp_dpm_sclk", isActive: true)),
      GPUReading(.memoryClock, clock("pp_dpm_mclk", isActive: true)),
    ] + sensorReadings(table) + table.clockEventReadings()
  }

  private func slowReadings() -> [GPUReading] {
    [
      GPUReading(.pcieGeneration, pcieGeneration("current_link_speed")),
      GPUReading(.pcieWidth, files.number("current_link_width")),
      GPUReading(.pcieReplays, AMDTableReading(files).else(files.number("pcie_replay_count")) { $0.pcieReplayCount }),
      GPUReading(.eccUncorrected, errors("ue")), GPUReading(.eccCorrected, errors("ce")),
      GPUReading(.powerLimit, monitorFiles?.number("power1_cap", times: 1e-6) ?? .unavailable(.notSupported)),
      GPUReading(.fanSpeed, detail: "0", fan()),
    ]
  }
}

// MARK: Sensors

extension AMDReader {
  /// The folder of the board's sensors.
  private var monitorFiles: DeviceFiles? {
    let folder = files.below("hwmon")
    return AMDBackend.names(in: folder.folder).filter { $0.hasPrefix("hwmon") }.min().map { folder.below($0) }
  }

  /// Values of hwmon, or else of the table.
  private func sensorReadings(_ table: AMDTableReading) -> [GPUReading] {
    let sensors = monitorFiles
    // Instincts say the average, newer boards only what is drawn now.
    let average = sensors?.number("power1_average", times: 1e-6) ?? .unavailable(.notSupported)
    let now = table.else(sensors?.number("power1_input", times: 1e-6) ?? .unavailable(.notSupported)) { $0.watts }
    var readings = [GPUReading(.power, average.value == nil ? now : average), GPUReading(.powerInstant, now)]
    for (label, metric, inTable) in Self.sensors {
      let number = sensors.flatMap { sensors in
        (1...Self.sensorCountMax).first { sensors.text("temp\($0)_label") == label }
      }
      let value = number.flatMap { sensors?.number("temp\($0)_input", times: 0.001) } ?? .unavailable(.notSupported)
      readings.append(GPUReading(metric, table.else(value, inTable)))
    }
    return readings
  }

  private func fan() -> Measured<Double> {
    guard let sensors = monitorFiles else { return .unavailable(.notSupported) }
    let speed = sensors.number("fan1_input")
    guard let highest = sensors.number("fan1_max").value, highest > 0 else {
      return .unavailable(speed.reason ?? .notSupported)
    }
    return speed.map { $0 / highest }
  }

  /// A clock's level, which is marked with `*`, or its highest: lines such as `1: 800Mhz *`.
  private func clock(_ name: String, isActive: Bool) -> Measured<Double> {
    switch files.content(name) {
    case .success(let text):
      let levels = text.split(separator: "\n")
      guard let line = isActive ? levels.first(where: { $0.hasSuffix("*") }) : levels.last,
        let colon = line.firstIndex(of: ":"),
        let megahertz = Double(line[line.index(after: colon)...].drop { $0 == " " }.prefix { $0.isNumber })
      else { return .unavailable(.noValue) }
      return .value(megahertz * 1e6, from: .sysfs, at: WallClock.now)
    case .failure(let error): return .unavailable(DeviceFiles.reason(error))
    }
  }

  /// From a speed such as `16.0 GT/s PCIe`.
  private func pcieGeneration(_ name: String) -> Measured<Double> {
    switch files.content(name) {
    case .success(let text):
      let generations = ["2.5": 1, "5.0": 2, "8.0": 3, "16.0": 4, "32.0": 5, "64.0": 6]
      guard let generation = text.split(separator: " ").first.flatMap({ generations[String($0)] }) else {
        return .unavailable(.noValue)
      }
      return .value(Double(generation), from: .sysfs, at: WallClock.now)
    case .failure(let error): return .unavailable(DeviceFiles.reason(error))
    }
  }

  /// Errors of all blocks: files `ras/*_err_count` with lines `ue: 0` and `ce: 0`.
  private func errors(_ kind: String) -> Measured<Double> {
    let folder = files.below("ras")
    let names = AMDBackend.names(in: folder.folder).filter { $0.hasSuffix("_err_count") }
    guard !names.isEmpty else { return .unavailable(.notSupported) }
    var sum = 0.0
    for name in names {
      switch folder.content(name) {
      case .success(let text):
        for line in text.split(separator: "\n") where line.hasPrefix("\(kind):") {
          sum += Double(line.dropFirst(kind.utf8.count + 1).drop { $0 == " " }) ?? 0
        }
      // A block without counters says so when it is read.
      case .failure(let error) where DeviceFiles.reason(error) == .notSupported: continue
      case .failure(let error): return .unavailable(DeviceFiles.reason(error))
      }
    }
    return .value(sum, from: .derived, at: WallClock.now)
  }

  /// The value of a line `NAME=value`.
  private static func value(of name: String, in text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
  }
}
