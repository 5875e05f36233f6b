/// The facts of a machine, under node_exporter's names; every five seconds.
struct HostState: Sendable {
  private static let modes = ["user", "system", "iowait", "idle"]
  /// Between two samples.
  static let interval: Int64 = 5

  private let machine: Machine
  private let cpus: [[DemoSeries.Handle]]
  private let gauges: [DemoSeries.Handle]
  private let counters: [DemoSeries.Handle]
  private let boot: DemoSeries.Handle
  private let info: DemoSeries.Handle
  private let bootTime: Int64
  private var cpuSeconds: [[Double]]
  private var counts: [Double]
  private var loads = [0.0, 0.0, 0.0]

  private static let gaugeNames = [
    "node_load1", "node_load5", "node_load15", "node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes",
    "node_memory_MemFree_bytes", "node_memory_Cached_bytes", "node_procs_running",
  ]

  /// Names with their labels, and what they grow by a second: at rest, and besides for work.
  private static let counterNames: [(name: String, labels: BoardSeries.Labels, rest: Double, work: Double)] = [
    ("node_network_receive_bytes_total", [("device", "bond0")], 240_000, 9_000_000),
    ("node_network_transmit_bytes_total", [("device", "bond0")], 310_000, 14_000_000),
    ("node_disk_read_bytes_total", [("device", "nvme0n1")], 30_000, 400_000),
    ("node_disk_written_bytes_total", [("device", "nvme0n1")], 180_000, 900_000),
    ("node_disk_io_time_seconds_total", [("device", "nvme0n1")], 0.004, 0.03),
    ("node_context_switches_total", [], 21_000, 90_000),
    ("node_pressure_cpu_waiting_seconds_total", [], 0.0005, 0.02),
  ]

  init(_ machine: Machine, since second: Int64, in series: inout DemoSeries, random: inout SeededRandom) {
    self.machine = machine
    let source: BoardSeries.Labels = [("instance", machine.name), ("job", "node"), ("rack", machine.rack)]
    cpus = (0..<machine.cpuCount).map { cpu in
      Self.modes.map { series.add("node_cpu_seconds_total", source + [("cpu", "\(cpu)"), ("mode", $0)]) }
    }
    gauges = Self.gaugeNames.map { series.add($0, source) }
    counters = Self.counterNames.map { series.add($0.name, source + $0.labels) }
    boot = series.add("node_boot_time_seconds", source)
    info = series.add(
      "node_uname_info",
      source + [
        ("nodename", machine.name), ("sysname", "Linux"), ("machine", "x86_64"), ("release", "6.12.57+deb13-amd64"),
      ])
    let age = Double(random.number(900_000..<4_000_000))
    bootTime = second - Int64(age)
    cpuSeconds = (0..<machine.cpuCount).map { _ in [age * 0.06, age * 0.015, age * 0.001, age * 0.924] }
    counts = Self.counterNames.map { age * ($0.rest + $0.work * 0.3) }
  }

  /// Moves on by five seconds.
  ///
  /// - Parameters:
  ///   - work: how busy the GPUs are, from 0 to 1; processors feed them.
  ///   - isSilent: whether nothing is reported.
  mutating func advance(
    to second: Int64, work: Double, isSilent: Bool, into series: inout DemoSeries, random: inout SeededRandom
  ) {
    let length = Double(Self.interval)
    for cpu in cpuSeconds.indices {
      let user = min(0.9, (0.03 + 0.42 * work) * random.around(1, spread: 0.3))
      let parts = [user, user * 0.22, 0.002 * random.fraction()]
      for mode in parts.indices { cpuSeconds[cpu][mode] += parts[mode] * length }
      cpuSeconds[cpu][3] += max(0, 1 - parts.reduce(0, +)) * length
    }
    let running = Double(machine.cpuCount) * (0.04 + 0.5 * work)
    for (index, minutes) in [1.0, 5, 15].enumerated() {
      loads[index] += (running - loads[index]) * min(1, length / (60 * minutes))
    }
    for index in counts.indices {
      let facts = Self.counterNames[index]
      counts[index] += (facts.rest + facts.work * work) * length * random.around(1, spread: 0.15)
    }
    if !isSilent { write(at: second, work: work, running: running, into: &series) }
  }

  private func write(at second: Int64, work: Double, running: Double, into series: inout DemoSeries) {
    for (handles, values) in zip(cpus, cpuSeconds) {
      for (handle, value) in zip(handles, values) { series.append(value, to: handle, at: second) }
    }
    let available = machine.memoryBytes * (0.74 - 0.12 * work)
    let values =
      loads + [
        machine.memoryBytes, available, machine.memoryBytes * 0.21, available - machine.memoryBytes * 0.24,
        running.rounded(),
      ]
    for (handle, value) in zip(gauges, values) { series.append(value, to: handle, at: second) }
    for (handle, value) in zip(counters, counts) { series.append(value, to: handle, at: second) }
    series.append(Double(bootTime), to: boot, at: second)
    series.append(1, to: info, at: second)
  }
}
