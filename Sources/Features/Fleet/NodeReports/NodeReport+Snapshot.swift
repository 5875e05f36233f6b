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
    drivers = snapshot.backends.map { DriverReport(vendor: $0.vendor.rawValue, unavailable: clean($0.failure)) }
    gpus = snapshot.gpus.map(GPUReport.init)
    events = snapshot.recentEvents.suffix(NodeReportLimits.eventCountMax).map(GPUEventReport.init)
  }
}

/// Text as a report takes it: drivers and kernels give what they like.
private func clean(_ text: String?) -> String? {
  text.map { text in
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(NodeReportLimits.textLengthMax).filter { $0.properties.generalCategory != .control }
      ))
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
    peers = state.peers.prefix(NodeReportLimits.gpuCountMax).map {
      PeerReport(index: Int64($0.index), distance: $0.distance, hasLink: $0.hasLink)
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
    container = clean(process.container)
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
