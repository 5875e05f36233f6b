import Commands
import JSON

/// GPUs of the API as tables.
enum GPUTable {
  static func values(_ gpus: [JSONValue]) -> Table {
    var table = Table([
      .init(title: "NODE", isFlexible: true), .init(title: "GPU"), .init(title: "MODEL", isFlexible: true),
      .init(title: "STATE"), .init(title: "UTIL", isNumber: true), .init(title: "MEMORY", isNumber: true),
      .init(title: "TEMP", isNumber: true), .init(title: "POWER", isNumber: true),
    ])
    for gpu in gpus {
      let node = gpu["node"]?.string ?? ""
      let index = gpu["index"]?.int.map { "\($0)" } ?? ""
      let isSilent = gpu["node_state"]?.string == "silent"
      table.append(
        [
          node, index, gpu["model"]?.string ?? gpu["vendor"]?.string ?? "",
          isSilent ? "silent" : gpu["condition"]?.string ?? "",
        ] + values(of: gpu, instance: nil))
      for resource in gpu["resources"]?.array ?? [] {
        guard let instance = resource["gpu_instance"]?.int else { continue }
        let compute = resource["compute_instance"]?.int.map { "/\($0)" } ?? ""
        table.append(
          ["", "\(index)/\(instance)\(compute)", resource["profile"]?.string ?? "", ""]
            + values(of: gpu, instance: instance))
      }
    }
    return table
  }

  static func ids(_ gpus: [JSONValue]) -> Table {
    var table = Table([
      .init(title: "NODE", isFlexible: true), .init(title: "GPU"), .init(title: "PLACE"),
      .init(title: "ID", isFlexible: true),
    ])
    for gpu in gpus {
      let index = gpu["index"]?.int.map { "\($0)" } ?? ""
      table.append([gpu["node"]?.string ?? "", index, gpu["pci_bus_id"]?.string ?? "-", gpu["id"]?.string ?? ""])
      for resource in gpu["resources"]?.array ?? [] {
        guard let instance = resource["gpu_instance"]?.int, let uuid = resource["uuid"]?.string else { continue }
        let compute = resource["compute_instance"]?.int.map { "/\($0)" } ?? ""
        table.append(["", "\(index)/\(instance)\(compute)", resource["profile"]?.string ?? "", uuid])
      }
    }
    return table
  }

  static func events(_ events: [JSONValue]) -> Table {
    var table = Table([
      .init(title: "TIME (UTC)"), .init(title: "EVENT"), .init(title: "CLASS"),
      .init(title: "MESSAGE", isFlexible: true),
    ])
    for event in events {
      let xid = event["xid"]?.int.map { " \($0)" } ?? ""
      table.append([
        String((event["time"]?.string ?? "").prefix(19)), (event["kind"]?.string ?? "") + xid,
        event["xid_class"]?.string ?? "-", event["message"]?.string ?? "-",
      ])
    }
    return table
  }

  /// What a GPU is, as names and values.
  static func facts(_ gpu: JSONValue) -> [(name: String, value: String)] {
    [
      ("id", "id"), ("problem", "problem"), ("place", "pci_bus_id"), ("serial", "serial"),
      ("driver", "driver_version"), ("CUDA", "cuda_version"), ("last seen", "last_seen_at"),
    ].compactMap { name, member in gpu[member]?.string.map { (name, TextWidth.visible($0)) } }
  }

  /// Utilisation, memory, temperature and power; in MIG mode the activity of the multiprocessors is the utilisation.
  private static func values(of gpu: JSONValue, instance: Int64?) -> [String] {
    func value(_ name: String) -> Double? {
      gpu["readings"]?.array?.first { reading in
        reading["metric"]?.string == "axonize_gpu_\(name)" && reading["gpu_instance"]?.int == instance
      }?["value"]?.double
    }
    return GPUText.values(
      utilisation: value("utilization_ratio") ?? value("sm_active_ratio"), used: value("memory_used_bytes"),
      total: value("memory_total_bytes"), celsius: value("temperature_celsius"), watts: value("power_watts"))
  }
}

/// The columns of a GPU's values.
enum GPUText {
  static func values(
    utilisation: Double?, used: Double?, total: Double?, celsius: Double?, watts: Double?
  ) -> [String] {
    let memory = used.flatMap { used in
      total.map {
        "\(Int((used / 1_073_741_824).rounded()))/\(HostText.bytes(($0 / 1_073_741_824).rounded() * 1_073_741_824))"
      }
    }
    return [
      HostText.percent(utilisation), memory ?? "-", celsius.map { "\(Int($0.rounded())) °C" } ?? "-",
      watts.map { "\(Int($0.rounded())) W" } ?? "-",
    ]
  }
}
