/// The series of a GPU, by the names of the collector.
struct BoardSeries: Sendable {
  typealias Labels = [(name: String, value: String)]

  /// Each second, of the whole.
  enum Fast: String, CaseIterable, Sendable {
    case utilisation = "utilization_ratio"
    case power = "power_watts"
    case energy = "energy_joules_total"
    case memoryUsed = "memory_used_bytes"
    case temperature = "temperature_celsius"
    case smClock = "sm_clock_hertz"
    case clockEventReasons = "clock_event_reasons"
  }

  /// Each second, of the whole or of a part.
  enum Activity: String, CaseIterable, Sendable {
    case graphics = "graphics_active_ratio"
    case sm = "sm_active_ratio"
    case tensor = "tensor_active_ratio"
    case memory = "dram_active_ratio"
  }

  /// Every five seconds, of the whole.
  enum Slow: String, CaseIterable, Sendable {
    case memoryTotal = "memory_total_bytes"
    case memoryFree = "memory_free_bytes"
    case memoryUtilisation = "memory_utilization_ratio"
    case memoryTemperature = "memory_temperature_celsius"
    case powerLimit = "power_limit_watts"
    case smClockMax = "sm_clock_max_hertz"
    case performanceState = "performance_state"
    case eccUncorrected = "ecc_uncorrected_errors_total"
    case rowRemapPending = "row_remap_pending"
    case processCount = "processes"
    case pcieReceived = "pcie_receive_bytes_per_second"
    case pcieTransmitted = "pcie_transmit_bytes_per_second"
    case linkReceived = "nvlink_receive_bytes_per_second"
    case linkTransmitted = "nvlink_transmit_bytes_per_second"
  }

  /// Reasons for lower clocks that are told, with their bits.
  static let reasons: [(name: String, bit: UInt64)] = [
    ("gpu_idle", 0x1), ("sw_power_cap", 0x4), ("sw_thermal_slowdown", 0x20), ("hw_thermal_slowdown", 0x40),
  ]

  struct PartSeries: Sendable {
    let activities: [Activity: DemoSeries.Handle]
    let memoryUsed: DemoSeries.Handle
    let resourceInfo: DemoSeries.Handle
  }

  let fast: [Fast: DemoSeries.Handle]
  let activities: [Activity: DemoSeries.Handle]
  let slow: [Slow: DemoSeries.Handle]
  let reasons: [DemoSeries.Handle]
  let parts: [PartSeries]
  let up: DemoSeries.Handle
  let info: DemoSeries.Handle
  /// That a divided board has no utilisation; nil for others.
  let unavailable: DemoSeries.Handle?
  /// Of the whole, as a thing that work is given to; nil where the board is divided.
  let resourceInfo: DemoSeries.Handle?
  let faultEvents: DemoSeries.Handle
  let faults: DemoSeries.Handle

  private static let prefix = "axonize_gpu_"

  init(_ board: Board, of machine: Machine, in series: inout DemoSeries) {
    let source: Labels = [("instance", machine.name), ("job", "node"), ("rack", machine.rack)]
    let gpu: Labels =
      source + [
        ("gpu", "\(board.index)"), ("uuid", board.uuid), ("pci_bus_id", board.pciBusID), ("model", board.model.name),
      ]
    func handles<Metric: RawRepresentable & CaseIterable & Hashable>(
      _ labels: Labels, _ isThere: (Metric) -> Bool = { _ in true }
    ) -> [Metric: DemoSeries.Handle] where Metric.RawValue == String {
      var handles: [Metric: DemoSeries.Handle] = [:]
      for metric in Metric.allCases where isThere(metric) {
        handles[metric] = series.add(Self.prefix + metric.rawValue, labels)
      }
      return handles
    }
    let isDivided = !board.parts.isEmpty
    // The driver has no utilisation of a divided board.
    fast = handles(gpu) { !isDivided || $0 != .utilisation }
    activities = isDivided ? [:] : handles(gpu)
    slow = handles(gpu) { board.model.hasNVLink || ($0 != .linkReceived && $0 != .linkTransmitted) }
    reasons = Self.reasons.map { series.add("axonize_gpu_clock_event_active", gpu + [("reason", $0.name)]) }
    parts = board.parts.map { part in
      let labels = gpu + [("gpu_instance", "\(part.gpuInstance)"), ("mig_profile", part.profile)]
      return PartSeries(
        activities: handles(labels), memoryUsed: series.add("axonize_gpu_memory_used_bytes", labels),
        resourceInfo: series.add(
          "axonize_gpu_resource_info",
          labels + [
            ("compute_instance", "0"), ("compute_profile", part.profile), ("resource_uuid", part.uuid),
            ("generation", "1"),
          ]))
    }
    up = series.add("axonize_gpu_up", gpu)
    info = series.add(
      "axonize_gpu_info",
      gpu + [
        ("vendor", "nvidia"), ("architecture", board.model.architecture), ("serial", board.serial),
        ("driver_version", DemoMachines.driverVersion), ("cuda_version", DemoMachines.cudaVersion),
        ("compute_capability", board.model.computeCapability),
      ])
    unavailable =
      isDivided
      ? series.add(
        "axonize_gpu_unavailable",
        gpu + [("metric", Self.prefix + Fast.utilisation.rawValue), ("reason", "mig_mode")]) : nil
    resourceInfo =
      isDivided
      ? nil : series.add("axonize_gpu_resource_info", gpu + [("resource_uuid", board.uuid), ("generation", "1")])
    let bus: Labels = source + [("pci_bus_id", board.pciBusID)]
    faultEvents = series.add("axonize_gpu_events_total", bus + [("event", "xid")])
    faults = series.add(
      "axonize_gpu_xid_errors_total", bus + [("xid", "\(GPUFault.code)"), ("class", GPUFault.kind)])
  }
}

/// The fault that a GPU of the demo has now and then: a page fault of its memory.
enum GPUFault {
  static let code = 31
  static let kind = "application"
  static let message =
    "MMU Fault: ENGINE GRAPHICS GPCCLIENT_T1_4 faulted @ 0x7f3c_2e000000. Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_READ"
}

extension DemoMachines {
  static let driverVersion = "580.105.08"
  static let cudaVersion = "13.0"
}
