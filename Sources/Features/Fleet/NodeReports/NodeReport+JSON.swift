package import API
import JSON

/// Bounds of a report.
package enum NodeReportLimits {
  /// Of the name of a node; the longest name of a host has 253 characters.
  package static let nameLengthMax = 253
  /// Of any other text; messages of the kernel's log are the longest.
  static let textLengthMax = 512
  static let labelCountMax = 32
  /// More than any machine has.
  package static let gpuCountMax = 64
  /// Seven GPU instances with seven compute instances each, or eight partitions.
  static let resourceCountMax = 64
  /// Of one GPU, those with the most memory.
  package static let processCountMax = 32
  /// Of one GPU.
  package static let workloadCountMax = 32
  /// Of one GPU: 14 of the board and 8 of each of seven instances are sent.
  static let readingCountMax = 128
  /// Of one GPU: twice as many as NVIDIA's have.
  static let linkCountMax = 36
  /// What a node keeps of the newest.
  package static let eventCountMax = 256
  /// The largest report: a document of the registry, in which it is kept, takes 256 KiB.
  package static let bytesMax = 192 << 10
}

private let text = NodeReport.text

extension NodeReport {
  static let text = JSONForm<String>.text(lengthMax: NodeReportLimits.textLengthMax)
  package static let versionForm = text
  package static let labelsForm = JSONForm<[String: String]>.texts(
    countMax: NodeReportLimits.labelCountMax, lengthMax: NodeReportLimits.nameLengthMax)
  package static let runForm = JSONForm<String>.text(lengthMax: 64)
  package static let clockOffsetForm = JSONForm<Double>.number
  package static let driversForm = JSONForm<[DriverReport]>.list(DriverReport.form, countMax: 8)
  package static let gpusForm = JSONForm<[GPUReport]>.list(GPUReport.form, countMax: NodeReportLimits.gpuCountMax)
  package static let eventsForm = JSONForm<[GPUEventReport]>.list(
    GPUEventReport.form, countMax: NodeReportLimits.eventCountMax)

  package static let burstForm = BurstReport.form

  package static let form = JSONForm<NodeReport>.object(NodeReport()) { node in
    node.member("name", \.name, .text(lengthMax: NodeReportLimits.nameLengthMax))
    node.member("version", \.version, versionForm)
    node.member("labels", \.labels, labelsForm)
    node.optional("run", \.run, runForm)
    node.optional("clock_offset_seconds", \.clockOffsetSeconds, clockOffsetForm)
    node.member("drivers", \.drivers, driversForm)
    node.member("gpus", \.gpus, gpusForm)
    node.member("events", \.events, eventsForm)
    node.optional("burst", \.burst, burstForm)
  }

  /// The report as JSON.
  package var json: [UInt8] {
    var writer = JSONWriter(reservingCapacity: 16 << 10)
    Self.form.shape.write(self, &writer)
    return writer.bytes
  }
}

extension BurstReport {
  package static let form = JSONForm<BurstReport>.object(BurstReport()) { burst in
    burst.member("count", \.count, .count)
    burst.optional("started_at", \.startedAt, .time)
    burst.optional("until", \.until, .time)
    burst.optional("reason", \.reason, text)
  }
}

extension DriverReport {
  package static let form = JSONForm<DriverReport>.object(DriverReport()) { driver in
    driver.member("vendor", \.vendor, text)
    driver.optional("unavailable", \.unavailable, text)
  }
}

extension GPUReport {
  package static let form = JSONForm.object(GPUReport(), members)

  package static let members = JSONFormMembers<GPUReport> { gpu in
    gpu.optional("uuid", \.uuid, text)
    gpu.member("vendor", \.vendor, text)
    gpu.member("index", \.index, .count)
    gpu.member("condition", \.condition, .choice(else: .unknown))
    gpu.optional("problem", \.problem, text)
    gpu.optional("gone_since", \.goneSince, .time)
    gpu.optional("pci_bus_id", \.pciBusID, text)
    gpu.optional("model", \.model, text)
    gpu.optional("architecture", \.architecture, text)
    gpu.optional("serial", \.serial, text)
    gpu.optional("firmware_version", \.firmwareVersion, text)
    gpu.optional("driver_version", \.driverVersion, text)
    gpu.optional("cuda_version", \.cudaVersion, text)
    gpu.optional("compute_capability", \.computeCapability, text)
    gpu.optional("memory_bytes", \.memoryBytes, .count)
    gpu.optional("numa_node", \.numaNode, .count)
    gpu.optional("divided", \.isDivided, .boolean)
    gpu.member("resources", \.resources, .list(ResourceReport.form, countMax: NodeReportLimits.resourceCountMax))
    gpu.optional("processes", \.processes, .list(ProcessReport.form, countMax: NodeReportLimits.processCountMax))
    gpu.optional("processes_unavailable", \.processesUnavailable, text)
    gpu.optional(
      "workloads", \.workloads, .list(PartWorkloadReport.form, countMax: NodeReportLimits.workloadCountMax))
    gpu.member("peers", \.peers, .list(PeerReport.form, countMax: NodeReportLimits.gpuCountMax))
    gpu.optional("nvlinks", \.links, .list(LinkReport.form, countMax: NodeReportLimits.linkCountMax))
    gpu.member("readings", \.readings, .list(ReadingReport.form, countMax: NodeReportLimits.readingCountMax))
  }
}

extension ResourceReport {
  package static let form = JSONForm<ResourceReport>.object(ResourceReport()) { resource in
    resource.optional("uuid", \.uuid, text)
    resource.optional("profile", \.profile, text)
    resource.optional("gpu_instance", \.gpuInstance, .count)
    resource.optional("compute_instance", \.computeInstance, .count)
    resource.optional("multiprocessor_count", \.multiprocessorCount, .count)
    resource.member("generation", \.generation, .count)
  }
}

extension ProcessReport {
  package static let form = JSONForm<ProcessReport>.object(ProcessReport()) { process in
    process.member("pid", \.pid, .count)
    process.optional("name", \.name, text)
    process.optional("workload", \.workload, WorkloadReport.form)
    process.optional("memory_bytes", \.memoryBytes, .count)
    process.optional("gpu_instance", \.gpuInstance, .count)
    process.optional("compute_instance", \.computeInstance, .count)
  }
}

extension PeerReport {
  package static let form = JSONForm<PeerReport>.object(PeerReport()) { peer in
    peer.member("index", \.index, .count)
    peer.member("distance", \.distance, text)
    peer.member("nvlink", \.hasLink, .boolean)
  }
}

extension LinkReport {
  package static let form = JSONForm<LinkReport>.object(LinkReport()) { link in
    link.member("link", \.number, .count)
    link.member("active", \.isActive, .boolean)
    link.optional("remote", \.remote, text)
  }
}

extension ReadingReport {
  package static let form = JSONForm<ReadingReport>.object(ReadingReport()) { reading in
    reading.member("metric", \.metric, text)
    reading.optional("gpu_instance", \.gpuInstance, .count)
    reading.optional("value", \.value, .number)
    reading.optional("source", \.source, text)
    reading.optional("time", \.time, .time)
    reading.optional("unavailable", \.unavailable, text)
  }
}

extension GPUEventReport {
  package static let form = JSONForm<GPUEventReport>.object(GPUEventReport()) { event in
    event.member("time", \.time, .time)
    event.member("kind", \.kind, text)
    event.member("source", \.source, text)
    event.optional("pci_bus_id", \.pciBusID, text)
    event.optional("xid", \.xid, .count)
    event.optional("xid_class", \.xidClass, text)
    event.optional("message", \.message, text)
  }
}
