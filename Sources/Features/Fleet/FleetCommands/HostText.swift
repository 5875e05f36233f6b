import Commands
import HostCollection

/// The facts of a machine as tables for people.
package struct HostText {
  let reading: HostReading

  /// Bytes in the unit that leaves at most four digits, as `7.4 GiB`.
  package static func bytes(_ value: Double?) -> String {
    guard var rest = value, rest.isFinite else { return "-" }
    for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
      if rest < 1024 || unit == "TiB" {
        let isWhole = unit == "B" || rest >= 100
        return "\(isWhole ? NumberText.number(rest.rounded()) : String((rest * 10).rounded() / 10)) \(unit)"
      }
      rest /= 1024
    }
    return "-"
  }

  /// A value without digits behind the point, however great a number it is that somebody has reported.
  package static func whole(_ value: Double) -> String { Int64(exactly: value.rounded()).map { "\($0)" } ?? "\(value)" }

  package static func rate(_ value: Double?) -> String { value.map { bytes($0) + "/s" } ?? "-" }

  package static func percent(_ value: Double?) -> String {
    value.map { $0.isFinite ? "\(NumberText.number(($0 * 100).rounded()))%" : "-" } ?? "-"
  }

  static func share(_ used: Double?, of total: Double?) -> Double? {
    guard let used, let total, total > 0 else { return nil }
    return used / total
  }

  var tables: [Table] {
    [overview, disks, fileSystems, networks, gpus, temperatures, problems].compactMap { $0 }
  }

  private var overview: Table {
    var table = Table([.init(title: "MACHINE"), .init(title: "", isFlexible: true)])
    if let names = reading.series("node_uname_info").first?.labels {
      table.append(["name", "\(names[1]), \(names[0]) \(names[2]) \(names[5])"])
    }
    let modes = modes()
    table.append([
      "cpu",
      "\(modes.processorCount == 0 ? "-" : "\(modes.processorCount)") processors, "
        + (["user", "system", "iowait", "steal"].map { "\($0) \(Self.percent(modes.shares[$0]))" }
        + ["busy \(Self.percent(modes.shares["idle"].map { 1 - $0 - (modes.shares["iowait"] ?? 0) }))"]).joined(
          separator: ", "),
    ])
    let loads = ["1", "5", "15"].map { reading.value("node_load\($0)").map { String($0) } ?? "-" }
    table.append(["load", loads.joined(separator: " ")])
    let (total, available) = (memory("MemTotal"), memory("MemAvailable"))
    table.append([
      "memory",
      "\(Self.bytes(total)), \(Self.percent(Self.share(difference(total, available), of: total))) used, "
        + "\(Self.bytes(available)) available",
    ])
    let (swap, freeSwap) = (memory("SwapTotal"), memory("SwapFree"))
    table.append([
      "swap", swap == 0 ? "none" : "\(Self.bytes(swap)), \(Self.bytes(difference(swap, freeSwap))) used",
    ])
    let waiting = ["cpu", "io", "memory"].map { resource in
      "\(resource) \(Self.percent(reading.rate("node_pressure_\(resource)_waiting_seconds_total", [])))"
    }
    table.append(["pressure", waiting.joined(separator: ", ")])
    if let count = reading.value("node_processes_pids"), let threads = reading.value("node_processes_threads") {
      table.append(["processes", "\(NumberText.number(count)), with \(NumberText.number(threads)) threads"])
    }
    if let open = reading.value("node_filefd_allocated") { table.append(["open files", NumberText.number(open)]) }
    if let used = reading.value("container_memory_working_set_bytes") {
      let limit = reading.value("container_spec_memory_limit_bytes") ?? 0
      table.append(["container", "\(Self.bytes(used)) used of \(limit > 0 ? Self.bytes(limit) : "no limit")"])
    }
    return table
  }

  private func memory(_ name: String) -> Double? { reading.value("node_memory_\(name)_bytes") }

  private func difference(_ left: Double?, _ right: Double?) -> Double? {
    left.flatMap { left in right.map { left - $0 } }
  }

  /// The shares of time of the modes, over all processors.
  private func modes() -> (processorCount: Int, shares: [String: Double]) {
    var seconds: [String: Double] = [:]
    var processors: Set<String> = []
    for (labels, _, rate) in reading.series("node_cpu_seconds_total") {
      processors.insert(labels[0])
      if let rate { seconds[labels[1], default: 0] += rate }
    }
    let total = seconds.values.reduce(0, +)
    return (processors.count, total > 0 ? seconds.mapValues { $0 / total } : [:])
  }

  private var disks: Table? {
    let devices = reading.series("node_disk_io_now").map { $0.labels[0] }
    guard !devices.isEmpty else { return nil }
    var table = Table([
      .init(title: "DISK"), .init(title: "READ", isNumber: true), .init(title: "WRITTEN", isNumber: true),
      .init(title: "READS", isNumber: true), .init(title: "WRITES", isNumber: true),
      .init(title: "BUSY", isNumber: true),
    ])
    for device in devices {
      func rate(_ name: String) -> Double? { reading.rate("node_disk_\(name)_total", [device]) }
      func count(_ name: String) -> String { rate(name).map { "\(NumberText.number($0.rounded()))/s" } ?? "-" }
      table.append([
        device, Self.rate(rate("read_bytes")), Self.rate(rate("written_bytes")), count("reads_completed"),
        count("writes_completed"), Self.percent(rate("io_time_seconds")),
      ])
    }
    return table
  }

  private var fileSystems: Table? {
    let all = reading.series("node_filesystem_size_bytes")
    guard !all.isEmpty else { return nil }
    var table = Table([
      .init(title: "FILE SYSTEM", isFlexible: true), .init(title: "TYPE"), .init(title: "SIZE", isNumber: true),
      .init(title: "FREE", isNumber: true), .init(title: "USED", isNumber: true),
      .init(title: "FILES USED", isNumber: true),
    ])
    for (labels, size, _) in all where size > 0 {
      func value(_ name: String) -> Double? { reading.value("node_filesystem_\(name)", labels) }
      let available = value("avail_bytes")
      let files = value("files")
      let used = difference(size, value("free_bytes"))
      // As df(1): of what ordinary users may use.
      let usable = used.flatMap { used in available.map { used + $0 } }
      table.append([
        labels[2], labels[1], Self.bytes(size), Self.bytes(available), Self.percent(Self.share(used, of: usable)),
        Self.percent(Self.share(difference(files, value("files_free")), of: files)),
      ])
    }
    return table
  }

  private var networks: Table? {
    let devices = reading.series("node_network_receive_bytes_total").map { $0.labels[0] }
    guard !devices.isEmpty else { return nil }
    var table = Table([
      .init(title: "NETWORK"), .init(title: "STATE"), .init(title: "RECEIVED", isNumber: true),
      .init(title: "SENT", isNumber: true), .init(title: "ERRORS", isNumber: true),
      .init(title: "DROPPED", isNumber: true),
    ])
    for device in devices {
      func rate(_ name: String) -> Double? { reading.rate("node_network_\(name)_total", [device]) }
      func both(_ what: String) -> String {
        let values = ["receive", "transmit"].compactMap { reading.value("node_network_\($0)_\(what)_total", [device]) }
        return NumberText.number(values.reduce(0, +))
      }
      let state = reading.series("node_network_info").first { $0.labels[0] == device }?.labels[4]
      table.append([
        device, state ?? "-", Self.rate(rate("receive_bytes")), Self.rate(rate("transmit_bytes")), both("errs"),
        both("drop"),
      ])
    }
    return table
  }

  private var gpus: Table? {
    let all = reading.series("axonize_gpu_info")
    guard !all.isEmpty else { return nil }
    var table = Table([
      .init(title: "GPU"), .init(title: "MODEL", isFlexible: true), .init(title: "UTIL", isNumber: true),
      .init(title: "MEMORY", isNumber: true), .init(title: "TEMP", isNumber: true),
      .init(title: "POWER", isNumber: true),
    ])
    for (labels, _, _) in all {
      // The labels of the board are the first ones of all series of it.
      let board = Array(labels.prefix(4))
      func value(_ name: String) -> Double? {
        reading.series("axonize_gpu_\(name)").first { $0.labels == board }?.value
      }
      table.append(
        [board[0], board[3]]
          + GPUText.values(
            utilisation: value("utilization_ratio") ?? value("sm_active_ratio"), used: value("memory_used_bytes"),
            total: value("memory_total_bytes"), celsius: value("temperature_celsius"), watts: value("power_watts")))
    }
    return table
  }

  private var temperatures: Table? {
    let zones = reading.series("node_thermal_zone_temp").map { ("zone \($0.labels[0])", $0.labels[1], $0.value) }
    let chips = reading.series("node_hwmon_temp_celsius").map { ($0.labels[0], $0.labels[1], $0.value) }
    guard !(zones + chips).isEmpty else { return nil }
    var table = Table([.init(title: "SENSOR"), .init(title: ""), .init(title: "CELSIUS", isNumber: true)])
    for (name, sensor, value) in zones + chips { table.append([name, sensor, String((value * 10).rounded() / 10)]) }
    return table
  }

  private var problems: Table? {
    guard !reading.problems.isEmpty else { return nil }
    var table = Table([.init(title: "NOT AVAILABLE"), .init(title: "WHY", isFlexible: true)])
    for (collector, reason) in reading.problems { table.append([collector, reason]) }
    return table
  }
}
