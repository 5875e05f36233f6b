import Base
package import GPUCollection

extension NodeReport {
  /// What is known of this machine's GPUs.
  ///
  /// - Parameter snapshot: nil where no GPUs are read.
  package init(_ snapshot: GPUSnapshot?, name: String, version: String, labels: [String: String] = [:]) {
    self.name = name
    self.version = version
    self.labels = labels
    guard let snapshot else { return }
    drivers = snapshot.backends.map { DriverReport(vendor: $0.vendor.rawValue, unavailable: Self.clean($0.failure)) }
    gpus = snapshot.gpus.map(GPUReport.init)
    events = snapshot.recentEvents.suffix(NodeReportLimits.eventCountMax).map(GPUEventReport.init)
    burst = BurstReport(snapshot.bursts)
    shorten()
  }

  /// Leaves out processes with little memory where names that users choose make the report too large.
  private mutating func shorten() {
    var countMax = NodeReportLimits.processCountMax
    while countMax > 0, gpus.contains(where: { !($0.processes ?? []).isEmpty }), json.count > NodeReportLimits.bytesMax
    {
      countMax /= 2
      for index in gpus.indices {
        gpus[index].processes = gpus[index].processes.map { Array($0.prefix(countMax)) }
        gpus[index].workloads = gpus[index].workloads.map { Array($0.prefix(countMax)) }
      }
    }
  }
}

private func clean(_ text: String?) -> String? { NodeReport.clean(text) }

extension NodeReport {
  /// Text as a report takes it: drivers, kernels and users give what they like.
  static func clean(_ text: String?) -> String? {
    text.map { text in
      let scalars = text.unicodeScalars.prefix(NodeReportLimits.textLengthMax)
      return String(String.UnicodeScalarView(scalars.filter { $0.properties.generalCategory != .control }))
    }
  }
}

extension BurstReport {
  init(_ state: GPUBurstState) {
    count = Int64(state.count)
    startedAt = state.newest?.startedAt
    until = state.newest?.until
    reason = clean(state.newest?.reason)
  }
}

extension GPUReport {
  /// The values of the registry; all are series.
  private static let metrics: Set<GPUMetric> = [
    .utilisation, .memoryUtilisation, .memoryTotal, .memoryUsed, .temperature, .memoryTemperature, .power, .powerLimit,
    .smClock, .smActive, .tensorActive, .dramActive, .eccUncorrected, .rowRemapPending,
  ]

  init(_ state: GPUState) {
    let gpu = state.gpu
    uuid = clean(gpu.uuid)
    vendor = gpu.vendor.rawValue
    index = Int64(gpu.index)
    pciBusID = clean(gpu.pciBusID)
    model = clean(gpu.model)
    architecture = clean(gpu.architecture)
    serial = clean(gpu.serial)
    firmwareVersion = clean(gpu.firmwareVersion)
    driverVersion = clean(gpu.driverVersion)
    cudaVersion = clean(gpu.cudaVersion)
    computeCapability = clean(gpu.computeCapability)
    memoryBytes = gpu.memoryBytes.flatMap { Int64(exactly: $0) }
    numaNode = gpu.numaNode.flatMap { $0 < 0 ? nil : Int64($0) }
    isDivided = gpu.isDivided
    if let call = state.wedged {
      condition = .wedged
      problem = GPUUnavailable.wedged(call: call.name).description
    } else if state.reading(.temperature)?.reason == .lost {
      condition = .lost
      problem = GPUUnavailable.lost.description
    }
    resources = state.resources.prefix(NodeReportLimits.resourceCountMax).map(ResourceReport.init)
    if let all = state.processes.value {
      let largest = all.sorted { ($0.memoryBytes ?? 0, $1.pid) > ($1.memoryBytes ?? 0, $0.pid) }
      processes = largest.prefix(NodeReportLimits.processCountMax).map(ProcessReport.init)
    } else {
      processesUnavailable = state.processes.reason?.name
    }
    workloads = state.workloads.prefix(NodeReportLimits.workloadCountMax).compactMap { one in
      WorkloadReport(one.workload).map {
        PartWorkloadReport(
          gpuInstance: one.gpuInstance.map { Int64($0) }, computeInstance: one.computeInstance.map { Int64($0) },
          workload: $0)
      }
    }
    peers = state.peers.prefix(NodeReportLimits.gpuCountMax).map {
      PeerReport(index: Int64($0.index), distance: $0.distance, hasLink: $0.hasLink)
    }
    links = state.links?.prefix(NodeReportLimits.linkCountMax).map {
      LinkReport(number: Int64($0.number), isActive: $0.isActive, remote: $0.remote)
    }
    readings = state.readings.compactMap { reading in
      Self.metrics.contains(reading.metric) && reading.detail == nil ? ReadingReport(reading) : nil
    }
    .prefix(NodeReportLimits.readingCountMax).map { $0 }
  }
}

extension ResourceReport {
  init(_ resource: ComputeResource) {
    uuid = clean(resource.uuid)
    profile = clean(resource.profile)
    gpuInstance = resource.gpuInstance.map { Int64($0) }
    computeInstance = resource.computeInstance.map { Int64($0) }
    multiprocessorCount = resource.multiprocessorCount.map { Int64($0) }
    generation = Int64(resource.generation)
  }
}

extension ProcessReport {
  init(_ process: GPUProcess) {
    pid = Int64(process.pid)
    name = clean(process.name)
    workload = WorkloadReport(process.workload)
    memoryBytes = process.memoryBytes.flatMap { Int64(exactly: $0) }
    gpuInstance = process.gpuInstance.map { Int64($0) }
    computeInstance = process.computeInstance.map { Int64($0) }
  }
}

extension ReadingReport {
  /// Nil for a value of a partition, which has no instance.
  init?(_ reading: GPUReading) {
    switch reading.scope {
    case .gpu: break
    case .instance(let instance): gpuInstance = Int64(instance)
    case .resource: return nil
    }
    metric = reading.metric.rawValue
    switch reading.value {
    case .value(let value, let provenance, let time) where value.isFinite:
      (self.value, source, self.time) = (value, provenance.rawValue, time)
    case .value: unavailable = GPUUnavailable.noValue.name
    case .unavailable(let reason): unavailable = reason.name
    }
  }
}

extension GPUEventReport {
  init(_ event: GPUEvent) {
    time = event.time
    kind = event.kind.name
    source = event.source.rawValue
    pciBusID = clean(event.pciBusID)
    if case .xid(let code) = event.kind {
      let meaning = XIDMeaning(code: code)
      xid = Int64(exactly: code)
      xidClass = meaning.kind.rawValue
      message = clean(event.message) ?? meaning.text
    } else {
      message = clean(event.message)
    }
  }
}
