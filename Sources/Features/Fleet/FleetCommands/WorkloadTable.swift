import Commands
import JSON

/// Whose GPUs are, as tables.
enum WorkloadTable {
  /// What holds or uses each GPU, a line for each.
  static func workloads(_ gpus: [JSONValue]) -> Table {
    var table = Table([
      .init(title: "NODE", isFlexible: true), .init(title: "GPU"), .init(title: "USER"),
      .init(title: "WORKLOAD", isFlexible: true),
    ])
    for gpu in gpus {
      let node = gpu["node"]?.string ?? ""
      let found = gpu["workloads"]?.array ?? []
      if found.isEmpty { table.append([node, GPUTable.place(gpu, nil), "-", absence(of: gpu)]) }
      for one in found {
        let workload = one["workload"] ?? .null
        table.append([
          node, GPUTable.place(gpu, one), TextWidth.visible(workload["slurm"]?["user"]?.string ?? "-"), text(workload),
        ])
      }
    }
    return table
  }

  /// What is said of a GPU that nothing is known to hold or to use.
  private static func absence(of gpu: JSONValue) -> String {
    if let condition = gpu["condition"]?.string, condition != "up" { return condition }
    guard let processes = gpu["processes"]?.array else { return "not known" }
    return processes.isEmpty ? "idle" : "not named"
  }

  /// The processes of a GPU.
  static func processes(of gpu: JSONValue) -> Table {
    var table = Table([
      .init(title: "PID", isNumber: true), .init(title: "GPU"), .init(title: "MEMORY", isNumber: true),
      .init(title: "PROCESS", isFlexible: true), .init(title: "WORKLOAD", isFlexible: true),
    ])
    for process in gpu["processes"]?.array ?? [] {
      table.append([
        process["pid"]?.int.map { "\($0)" } ?? "-", GPUTable.place(gpu, process),
        process["memory_bytes"]?.double.map(HostText.bytes) ?? "-", TextWidth.visible(process["name"]?.string ?? "-"),
        text(process["workload"] ?? .null),
      ])
    }
    return table
  }

  /// `team-a/llama-0 vllm`, `job 4711.0 train`, a unit of systemd, or the beginning of a container's id.
  static func text(_ workload: JSONValue) -> String {
    var parts: [String] = []
    if let pod = workload["pod"]?.string {
      parts.append((workload["namespace"]?.string).map { "\($0)/\(pod)" } ?? pod)
      if let container = workload["container"]?.string { parts.append(container) }
    } else if let uid = workload["pod_uid"]?.string {
      parts.append("pod \(uid)")
    } else if let id = workload["container_id"]?.string {
      parts.append("container \(id.prefix(12))")
    }
    if let job = workload["slurm"], let id = job["job_id"]?.string {
      parts.append("job \(id)" + (job["step"]?.string.map { ".\($0)" } ?? ""))
      if let name = job["job_name"]?.string { parts.append(name) }
      if let partition = job["partition"]?.string { parts.append("(\(partition))") }
    }
    if let unit = workload["unit"]?.string { parts.append(unit) }
    return parts.isEmpty ? "-" : TextWidth.visible(parts.joined(separator: " "))
  }
}
