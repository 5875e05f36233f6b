import Collection
import SeriesBytes

/// How DCGM's exporter spells the label of the machine; it changed in May 2026.
package enum DCGMHostLabel: Sendable, Hashable {
  /// The scrape, or whoever sends the series, says which machine it is.
  case none
  case upperCase(String)
  case lowerCase(String)
}

/// The families of series of GPUs.
///
/// Those of boards and those of parts share a name and differ in labels.
struct GPUFamilies {
  static let boardLabels = ["gpu", "uuid", "pci_bus_id", "model"]
  static let partLabels = boardLabels + ["gpu_instance", "mig_profile"]
  private static let dcgmLabels = ["gpu", "UUID", "pci_bus_id", "device", "modelName"]
  private static let dcgmPartLabels = dcgmLabels + ["GPU_I_PROFILE", "GPU_I_ID"]

  let board: [GPUMetric: CollectedFamily]
  let part: [GPUMetric: CollectedFamily]
  let dcgmBoard: [GPUMetric: CollectedFamily]
  let dcgmPart: [GPUMetric: CollectedFamily]

  let info = CollectedFamily(
    "axonize_gpu_info", .gauge, "What a GPU is; always 1.",
    labelNames: boardLabels + [
      "vendor", "architecture", "serial", "firmware_version", "driver_version", "cuda_version", "compute_capability",
      "numa_node",
    ])
  let resource = CollectedFamily(
    "axonize_gpu_resource_info", .gauge, "What work can be given to: a GPU or a part of it; always 1.",
    labelNames: partLabels + ["compute_instance", "compute_profile", "resource_uuid", "generation"])
  let process = CollectedFamily(
    "axonize_gpu_process_memory_bytes", .gauge, "Memory of a GPU that a process uses.",
    labelNames: boardLabels + [
      "gpu_instance", "compute_instance", "pid", "process", "namespace", "pod", "pod_uid", "container", "container_id",
      "slurm_job_id", "unit",
    ])
  let workload = CollectedFamily(
    "axonize_gpu_workload_info", .gauge, "Whose a GPU or a part of it is at the moment; always 1.",
    labelNames: [
      "gpu", "uuid", "gpu_instance", "compute_instance", "namespace", "pod", "pod_uid", "container", "container_id",
      "slurm_job_id", "slurm_job_name", "slurm_step", "slurm_user", "slurm_partition", "slurm_cluster",
      "slurm_array_job_id", "slurm_array_task_id", "unit",
    ])
  let devices = CollectedFamily(
    "axonize_kubernetes_gpu_devices", .gauge, "GPUs, parts and shares of them by which the kubelet counts.",
    labelNames: ["resource", "state"])
  let peer = CollectedFamily(
    "axonize_gpu_peer_info", .gauge, "How near two GPUs of a machine are; always 1.",
    labelNames: ["gpu", "peer", "distance", "nvlink"])
  let up = CollectedFamily(
    "axonize_gpu_up", .gauge, "1 while the GPU answers; 0 when it is off the bus or a call on it hangs.",
    labelNames: boardLabels)
  let wedged = CollectedFamily(
    "axonize_gpu_wedged_seconds", .gauge, "How long a call on the GPU has not returned.", unit: "seconds",
    labelNames: boardLabels + ["call"])
  let unavailable = CollectedFamily(
    "axonize_gpu_unavailable", .gauge, "A metric that has no value, and why; always 1.",
    labelNames: partLabels + ["metric", "reason"])
  let driverUp = CollectedFamily(
    "axonize_gpu_driver_up", .gauge, "1 while the driver answers.", labelNames: ["vendor"])
  let events = CollectedFamily(
    "axonize_gpu_events_total", .counter, "Events of GPUs since the program was started.",
    labelNames: ["pci_bus_id", "event"])
  let xids = CollectedFamily(
    "axonize_gpu_xid_errors_total", .counter,
    "Faults that NVIDIA's driver has numbered, since the program was started.",
    labelNames: ["pci_bus_id", "xid", "class"])
  let telemetrySeconds = CollectedFamily(
    "axonize_gpu_telemetry_seconds_total", .counter, "Time in calls of the driver's library.", unit: "seconds",
    labelNames: ["call"])
  let telemetryCalls = CollectedFamily(
    "axonize_gpu_telemetry_calls_total", .counter, "Calls of the driver's library.", labelNames: ["call"])
  let bursts = CollectedFamily(
    "axonize_gpu_bursts_total", .counter, "Times in which GPUs were read ten times a second, by why.",
    labelNames: ["cause"])
  let burstsRefused = CollectedFamily(
    "axonize_gpu_bursts_refused_total", .counter, "Bursts that were refused because there were too many in the hour.")
  let burstReadSeconds = CollectedFamily(
    "axonize_gpu_burst_read_seconds_total", .counter, "Time of reading GPUs in bursts, over all GPUs.", unit: "seconds")
  let dcgmXID: CollectedFamily
  let dcgmHost: [String]
  let hasDCGMWorkloads: Bool

  init(host: DCGMHostLabel, hasDCGMWorkloads: Bool) {
    self.hasDCGMWorkloads = hasDCGMWorkloads
    var hostLabel: [String]
    switch host {
    case .none: (hostLabel, dcgmHost) = ([], [])
    case .upperCase(let name): (hostLabel, dcgmHost) = (["Hostname"], [name])
    case .lowerCase(let name): (hostLabel, dcgmHost) = (["hostname"], [name])
    }
    // As its exporter has them in Kubernetes, and with a mapping of jobs.
    if hasDCGMWorkloads { hostLabel += ["container", "namespace", "pod", "hpc_job"] }
    let hostLabels = hostLabel
    board = Self.families { metric, facts in
      Self.family(metric.rawValue, facts, Self.boardLabels + (facts.detail.map { [$0] } ?? []))
    }
    part = Self.families { metric, facts in Self.family(metric.rawValue, facts, Self.partLabels) }
    // DCGM has no labels for details, and one series for each GPU: what has details is left out.
    dcgmBoard = Self.families { _, facts in
      facts.detail == nil ? facts.dcgm.map { Self.family($0.name, facts, Self.dcgmLabels + hostLabels) } : nil
    }
    dcgmPart = Self.families { _, facts in
      facts.detail == nil ? facts.dcgm.map { Self.family($0.name, facts, Self.dcgmPartLabels + hostLabels) } : nil
    }
    dcgmXID = CollectedFamily(
      "DCGM_FI_DEV_XID_ERRORS", .gauge, "The last fault that the driver has numbered; 0 before the first.",
      labelNames: Self.dcgmLabels + ["err_code", "err_msg"] + hostLabels)
  }

  private static func families(
    _ make: (GPUMetric, GPUMetricFacts) -> CollectedFamily?
  ) -> [GPUMetric: CollectedFamily] {
    var families: [GPUMetric: CollectedFamily] = [:]
    for metric in GPUMetric.allCases { families[metric] = make(metric, metric.facts) }
    return families
  }

  private static func family(_ name: String, _ facts: GPUMetricFacts, _ labels: [String]) -> CollectedFamily {
    // DCGM's counters do not end as Prometheus would have it; its dashboards know them so.
    CollectedFamily(name, facts.isCounter ? .counter : .gauge, facts.help, labelNames: labels)
  }
}
