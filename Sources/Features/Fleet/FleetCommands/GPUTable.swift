import Commands
package import JSON

/// GPUs of the API as tables.
package enum GPUTable {
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

  /// `0`, or `0/2/1` of a part: the GPU, its GPU instance and its compute instance.
  static func place(_ gpu: JSONValue, _ part: JSONValue?) -> String {
    let numbers = [gpu["index"]?.int, part?["gpu_instance"]?.int, part?["compute_instance"]?.int]
    return numbers.compactMap { $0.map { "\($0)" } }.joined(separator: "/")
  }

  /// Events, a line each.
  ///
  /// - Parameter hasNode: whether each has its machine.
  static func events(_ events: [JSONValue], hasNode: Bool = false) -> Table {
    var table = Table(
      [.init(title: "TIME (UTC)")] + (hasNode ? [.init(title: "NODE", isFlexible: true)] : [])
        + [.init(title: "EVENT"), .init(title: "CLASS"), .init(title: "MESSAGE", isFlexible: true)])
    for event in events {
      let xid = event["xid"]?.int.map { " \($0)" } ?? ""
      table.append(
        [String((event["time"]?.string ?? "").prefix(19))] + (hasNode ? [event["node"]?.string ?? ""] : []) + [
          (event["kind"]?.string ?? "") + xid, event["xid_class"]?.string ?? "-", event["message"]?.string ?? "-",
        ])
    }
    return table
  }

  /// What a GPU is, as names and values.
  package static func facts(_ gpu: JSONValue) -> [(name: String, value: String)] {
    [
      ("id", "id"), ("problem", "problem"), ("place", "pci_bus_id"), ("serial", "serial"),
      ("driver", "driver_version"), ("CUDA", "cuda_version"), ("last seen", "last_seen_at"),
    ].compactMap { name, member in
      guard let text = gpu[member]?.string else { return nil }
      return (name, TextWidth.visible(member == "last_seen_at" ? "\(text.prefix(19)) UTC" : text))
    }
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
    let gibibyte = 1_073_741_824.0
    let memory = used.flatMap { used in
      total.map {
        "\(NumberText.number((used / gibibyte).rounded()))/\(HostText.bytes(($0 / gibibyte).rounded() * gibibyte))"
      }
    }
    return [
      HostText.percent(utilisation), memory ?? "-", celsius.map { "\(NumberText.number($0.rounded())) °C" } ?? "-",
      watts.map { "\(NumberText.number($0.rounded())) W" } ?? "-",
    ]
  }
}
