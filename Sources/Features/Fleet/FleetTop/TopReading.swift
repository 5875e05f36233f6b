import Base
import Commands
import FleetCommands
import JSON
import System

/// Responses of the API as a frame.
enum TopReading {
  /// The label of a value in ``hostQuery``.
  private static let valueLabel = "axonize_top"

  /// The series of machines, in one query; what is older than 30 s is not shown.
  ///
  /// - Parameter node: nil for all machines.
  static func hostQuery(node: String?) -> String {
    let one = node.map { "instance=\(quoted($0))" }
    func selector(_ name: String, _ matchers: String...) -> String {
      let all = matchers + (one.map { [$0] } ?? [])
      return all.isEmpty ? name : "\(name){\(all.joined(separator: ","))}"
    }
    let parts = [
      ("busy", "1 - avg by (instance) (rate(\(selector("node_cpu_seconds_total", "mode=\"idle\""))[15s]))"),
      ("load", "max by (instance) (last_over_time(\(selector("node_load1"))[30s]))"),
      ("total", "max by (instance) (last_over_time(\(selector("node_memory_MemTotal_bytes"))[30s]))"),
      ("available", "max by (instance) (last_over_time(\(selector("node_memory_MemAvailable_bytes"))[30s]))"),
      ("disk", "max by (instance) (rate(\(selector("node_disk_io_time_seconds_total"))[30s]))"),
      (
        "received",
        "sum by (instance) (rate(\(selector("node_network_receive_bytes_total", "device!=\"lo\""))[30s]))"
      ),
      ("sent", "sum by (instance) (rate(\(selector("node_network_transmit_bytes_total", "device!=\"lo\""))[30s]))"),
    ]
    return parts.map { "label_replace(\($1), \"\(valueLabel)\", \"\($0)\", \"\", \"\")" }.joined(separator: " or ")
  }

  /// The series of GPUs; what is older than 15 s is not shown.
  static func gpuQuery(node: String?) -> String {
    let names =
      "utilization_ratio|sm_active_ratio|memory_used_bytes|memory_total_bytes|temperature_celsius|power_watts|"
      + "power_limit_watts"
    let one = node.map { ",instance=\(quoted($0))" } ?? ""
    return "last_over_time({__name__=~\"axonize_gpu_(\(names))\"\(one)}[15s])"
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : $0 == "\n" ? "\\n" : String($0) }
    return "\"\(escaped.joined())\""
  }

  // MARK: - Machines

  /// Machines of the list of nodes, and those that send series only; by name.
  static func hosts(nodes: [JSONValue], series: JSONValue) -> [TopHost] {
    var hosts: [String: TopHost] = [:]
    for node in nodes {
      guard let name = node["name"]?.string else { continue }
      hosts[name] = TopHost(
        name: name, state: node["state"]?.string, gpuCount: node["gpu_count"]?.int, gpusUp: node["gpus_up"]?.int)
    }
    for (labels, value) in samples(series) {
      guard let name = labels["instance"]?.string, let place = place(ofHost: labels[valueLabel]?.string) else {
        continue
      }
      hosts[name, default: TopHost(name: name)].values[keyPath: place] = value
    }
    return hosts.values.sorted { $0.name < $1.name }
  }

  private static func place(ofHost value: String?) -> WritableKeyPath<TopHostValues, Double?>? {
    switch value {
    case "busy": \.busy
    case "load": \.load
    case "total": \.memoryTotal
    case "available": \.memoryAvailable
    case "disk": \.disk
    case "received": \.received
    case "sent": \.sent
    default: nil
    }
  }

  /// Labels and value of each series of an instant query.
  private static func samples(_ response: JSONValue) -> [(labels: JSONValue, value: Double)] {
    (response["data"]?["result"]?.array ?? []).compactMap { series in
      guard let labels = series["metric"], let value = series["value"]?.array?.last?.string.flatMap(Double.init),
        value.isFinite
      else { return nil }
      return (labels, value)
    }
  }
}

// MARK: - GPUs

extension TopReading {
  /// GPUs as the registry has them, with the values of their series where these are newer.
  static func gpus(_ gpus: [JSONValue], series: JSONValue) -> [TopGPU] {
    var values: [SeriesPlace: TopGPUValues] = [:]
    var active: [SeriesPlace: Double] = [:]
    for (labels, value) in samples(series) {
      guard let metric = labels["__name__"]?.string else { continue }
      let place = SeriesPlace(
        node: labels["instance"]?.string ?? "", bus: labels["pci_bus_id"]?.string ?? "",
        instance: labels["gpu_instance"]?.string ?? "")
      take(metric, value, &values[place, default: TopGPUValues()], &active[place])
    }
    for (place, ratio) in active where values[place]?.utilisation == nil {
      values[place, default: TopGPUValues()].utilisation = ratio
    }
    return gpus.map { gpu($0, values) }
  }

  /// Utilisation, or the activity of multiprocessors where there is none, as in MIG mode.
  private static func take(_ metric: String, _ value: Double, _ values: inout TopGPUValues, _ active: inout Double?) {
    switch metric {
    case "axonize_gpu_utilization_ratio": values.utilisation = value
    case "axonize_gpu_sm_active_ratio": active = value
    default: if let place = TopGPUValues.place(of: metric) { values[keyPath: place] = value }
    }
  }

  private struct SeriesPlace: Hashable {
    let node: String
    let bus: String
    let instance: String
  }

  private static func gpu(_ json: JSONValue, _ series: [SeriesPlace: TopGPUValues]) -> TopGPU {
    var gpu = TopGPU()
    gpu.id = json["id"]?.string ?? ""
    gpu.node = json["node"]?.string ?? ""
    gpu.index = json["index"]?.int ?? 0
    gpu.model = json["model"]?.string ?? json["vendor"]?.string ?? ""
    let isSilent = json["node_state"]?.string == "silent"
    gpu.condition = isSilent ? "silent" : json["condition"]?.string ?? ""
    gpu.problem = json["problem"]?.string
    gpu.facts = GPUTable.facts(json).filter { $0.name != "problem" }.map { TopFact(name: $0.name, text: $0.value) }
    let bus = json["pci_bus_id"]?.string ?? ""
    let readings = json["readings"]?.array ?? []
    func values(_ instance: Int64?) -> TopGPUValues {
      let place = SeriesPlace(node: gpu.node, bus: bus, instance: instance.map { "\($0)" } ?? "")
      if let found = series[place] { return found }
      // Values of a machine that is silent, or of a GPU that does not answer, are of another time.
      return gpu.condition == "up" ? self.values(of: readings, instance) : TopGPUValues()
    }
    gpu.values = values(nil)
    gpu.parts = (json["resources"]?.array ?? []).compactMap { resource in
      guard let instance = resource["gpu_instance"]?.int else { return nil }
      let compute = resource["compute_instance"]?.int.map { "/\($0)" } ?? ""
      return TopPart(
        uuid: resource["uuid"]?.string, place: "\(instance)\(compute)", instance: instance,
        profile: resource["profile"]?.string ?? "", values: values(instance))
    }
    gpu.processes = (json["processes"]?.array ?? []).map { process in
      TopProcess(
        pid: process["pid"]?.int ?? 0, name: process["name"]?.string ?? "-", memory: process["memory_bytes"]?.double)
    }
    gpu.processesUnavailable = json["processes_unavailable"]?.string
    gpu.unavailable = unavailable(readings)
    return gpu
  }

  private static func values(of readings: [JSONValue], _ instance: Int64?) -> TopGPUValues {
    var values = TopGPUValues()
    var active: Double?
    for reading in readings where reading["gpu_instance"]?.int == instance {
      guard let metric = reading["metric"]?.string, let value = reading["value"]?.double else { continue }
      take(metric, value, &values, &active)
    }
    values.utilisation = values.utilisation ?? active
    return values
  }

  private static func unavailable(_ readings: [JSONValue]) -> [TopFact] {
    readings.compactMap { reading in
      guard reading["gpu_instance"]?.int == nil, let metric = reading["metric"]?.string,
        let reason = reading["unavailable"]?.string
      else { return nil }
      return TopFact(name: String(metric.dropFirst("axonize_gpu_".count)), text: reason)
    }
  }
}

// MARK: - Requests

extension TopReading {
  /// Spans of a window by GPU, service and model.
  ///
  /// - Parameters:
  ///   - spans: the newest, the last one first.
  ///   - hasMore: whether older ones of the window are missing; the window then begins at the last.
  static func requests(_ spans: [JSONValue], hasMore: Bool, window: Duration, now: UnixNanoseconds) -> TopRequests {
    struct Key: Hashable {
      let gpu: String
      let service: String
      let model: String
    }
    var requests = TopRequests(window: Double(window.wholeNanoseconds) / 1e9)
    var groups: [Key: (group: TopRequestGroup, durations: [Int64])] = [:]
    for span in spans {
      let ids = (span["gpu"]?["resource_ids"]?.array ?? []).compactMap(\.string)
      if ids.isEmpty { requests.withoutGPU += 1 }
      let model = span["gen_ai"]?["request_model"]?.string ?? span["gen_ai"]?["response_model"]?.string
      for id in ids {
        let key = Key(gpu: id, service: span["service_name"]?.string ?? "", model: model ?? span["name"]?.string ?? "")
        let blank = TopRequestGroup(gpu: key.gpu, service: key.service, model: key.model)
        groups[key, default: (blank, [])].durations.append(span["duration_ns"]?.int ?? 0)
        groups[key]?.group.count += 1
        if span["status"]?["code"]?.string == "error" { groups[key]?.group.errorCount += 1 }
        groups[key]?.group.outputTokens += span["gen_ai"]?["output_tokens"]?.int ?? 0
      }
    }
    if hasMore, let oldest = spans.last?["start_time_unix_nano"]?.string.flatMap(Int64.init) {
      requests.window = min(requests.window, max(0.001, Double(now.rawValue - oldest) / 1e9))
    }
    requests.groups = groups.values.map { group, durations in
      var group = group
      let sorted = durations.sorted()
      group.p95 = sorted[min(sorted.count - 1, (sorted.count * 95 + 99) / 100 - 1)]
      return group
    }
    .sorted { ($1.count, $0.gpu, $0.service, $0.model) < ($0.count, $1.gpu, $1.service, $1.model) }
    return requests
  }
}
