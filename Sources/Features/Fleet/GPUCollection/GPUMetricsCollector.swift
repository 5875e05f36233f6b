import Base
package import Collection
package import System
import WorkloadIdentity

/// Gives what is known of the GPUs as series: under our names, and under those of DCGM's exporter.
///
/// It asks no driver: the GPUs' own threads do.
package final class GPUMetricsCollector: BurstCollector {
  package let name = "gpu"

  private let collector: GPUCollector
  private let families: GPUFamilies
  private let hasDCGM: Bool
  /// When the values were read that were given last, by the place of a GPU in the snapshot.
  private var givenAt: [[UnixNanoseconds?]] = []

  /// - Parameters:
  ///   - hasDCGM: whether the series of DCGM's exporter are given too.
  ///   - host: the label that its series have for the machine.
  ///   - hasDCGMWorkloads: whether its series have the labels of pods and jobs.
  package init(
    _ collector: GPUCollector, hasDCGM: Bool = true, host: DCGMHostLabel = .none, hasDCGMWorkloads: Bool = false
  ) {
    self.collector = collector
    self.hasDCGM = hasDCGM
    families = GPUFamilies(host: host, hasDCGMWorkloads: hasDCGMWorkloads)
  }

  package func collect(into collected: inout Collected) throws(CollectionProblem) {
    let snapshot = collector.snapshot()
    for backend in snapshot.backends {
      collected.append(families.driverUp, labels: [backend.vendor.rawValue], backend.failure == nil ? 1 : 0)
      if let failure = backend.failure {
        collected.note(CollectionProblem("GPUs of \(backend.vendor.rawValue)", .unavailable(failure)))
      }
      for cost in backend.callCosts {
        collected.append(families.telemetrySeconds, labels: [cost.call], cost.seconds)
        collected.append(families.telemetryCalls, labels: [cost.call], Double(cost.count))
      }
    }
    if let failure = snapshot.kernelLogFailure {
      collected.note(CollectionProblem("faults of GPUs", .unavailable(failure)))
    }
    append(snapshot.allocations, into: &collected)
    if let failure = snapshot.kubeletFailure {
      collected.note(CollectionProblem("pods", .unavailable(failure)))
    }
    let lastXIDs = Self.lastXIDs(snapshot.recentEvents)
    for gpu in snapshot.gpus {
      let labels = GPULabels(gpu, families)
      append(gpu, labels, into: &collected)
      for reading in gpu.readings { append(reading, gpu, labels, into: &collected) }
      if hasDCGM, gpu.gpu.vendor == .nvidia {
        let code = gpu.gpu.pciBusID.flatMap { lastXIDs[$0] } ?? 0
        let text = code == 0 ? "" : XIDMeaning(code: code).text
        collected.append(families.dcgmXID, labels: labels.dcgm(["\(code)", text]), Double(code))
      }
    }
    append(snapshot.eventCounts, into: &collected)
    append(snapshot.bursts, into: &collected)
    // The fast ones come first.
    givenAt = snapshot.gpus.map { Self.times($0.readings) }
  }

  package var burstInterval: Duration { collector.burstInterval }
  package var burstUntil: Instant { collector.burstUntil }

  /// Appends the values that were read anew, under our names.
  ///
  /// A value that was not read anew would say that a counter stands still.
  package func collectBurst(into collected: inout Collected) {
    let gpus = collector.readings()
    var times: [[UnixNanoseconds?]] = []
    for (place, gpu) in gpus.enumerated() {
      let labels = GPULabels(gpu, families)
      let now = Self.times(gpu.readings)
      let before = place < givenAt.count && givenAt[place].count >= now.count ? givenAt[place] : []
      for (number, reading) in gpu.readings.enumerated() {
        guard let time = now[number], let value = reading.value.value, before.isEmpty || before[number] != time else {
          continue
        }
        appendOurs(reading, value, labels, into: &collected)
      }
      times.append(now)
    }
    givenAt = times
  }

  private static func times(_ readings: [GPUReading]) -> [UnixNanoseconds?] {
    readings.map { if case .value(_, _, let time) = $0.value { time } else { nil } }
  }

  private func append(_ bursts: GPUBurstState, into collected: inout Collected) {
    collected.append(families.bursts, labels: ["demand"], Double(bursts.demandedCount))
    collected.append(families.bursts, labels: ["event"], Double(bursts.automaticCount))
    collected.append(families.burstsRefused, Double(bursts.refusedCount))
    collected.append(families.burstReadSeconds, bursts.readSeconds)
  }

  private func append(_ gpu: GPUState, _ labels: GPULabels, into collected: inout Collected) {
    let identity = gpu.gpu
    collected.append(
      families.info,
      labels: labels.board + [
        identity.vendor.rawValue, identity.architecture ?? "", identity.serial ?? "", identity.firmwareVersion ?? "",
        identity.driverVersion ?? "", identity.cudaVersion ?? "", identity.computeCapability ?? "",
        identity.numaNode.map { "\($0)" } ?? "",
      ], 1)
    let isLost = gpu.reading(.temperature)?.reason == .lost
    collected.append(families.up, labels: labels.board, isLost || gpu.wedged != nil ? 0 : 1)
    if isLost { collected.note(CollectionProblem("GPU \(identity.index)", .unavailable("\(GPUUnavailable.lost)"))) }
    if let call = gpu.wedged {
      let reason = GPUUnavailable.wedged(call: call.name)
      collected.note(CollectionProblem("GPU \(identity.index)", .unavailable("\(reason)")))
      let seconds = Double((Instant.now - call.since).wholeNanoseconds) / 1e9
      collected.append(families.wedged, labels: labels.board + [call.name], seconds)
    }
    for resource in gpu.resources {
      let compute = resource.computeInstance.map { "\($0)" } ?? ""
      collected.append(
        families.resource,
        labels: labels.part(resource.gpuInstance) + [
          compute, resource.profile ?? "", resource.uuid ?? "", "\(resource.generation)",
        ], 1)
    }
    for peer in gpu.peers {
      collected.append(
        families.peer, labels: ["\(identity.index)", "\(peer.index)", peer.distance, peer.hasLink ? "1" : "0"], 1)
    }
    for process in gpu.processes.value ?? [] {
      guard let bytes = process.memoryBytes else { continue }
      collected.append(
        families.process,
        labels: labels.board + [
          process.gpuInstance.map { "\($0)" } ?? "", process.computeInstance.map { "\($0)" } ?? "", "\(process.pid)",
          process.name ?? "",
        ] + process.workload.placeLabels + [process.workload.slurm?.id ?? "", process.workload.unit ?? ""],
        Double(bytes))
    }
    for one in gpu.workloads {
      collected.append(
        families.workload,
        labels: [
          "\(identity.index)", identity.uuid ?? "", one.gpuInstance.map { "\($0)" } ?? "",
          one.computeInstance.map { "\($0)" } ?? "",
        ] + one.workload.placeLabels + one.workload.jobLabels + [one.workload.unit ?? ""], 1)
    }
  }

  private func append(
    _ reading: GPUReading, _ gpu: GPUState, _ labels: GPULabels, into collected: inout Collected
  ) {
    let metric = reading.metric
    let instance: UInt32? = if case .instance(let instance) = reading.scope { instance } else { nil }
    guard let value = reading.value.value else {
      let reason = reading.value.reason?.name ?? ""
      collected.append(families.unavailable, labels: labels.part(instance) + [metric.rawValue, reason], 1)
      return
    }
    appendOurs(reading, value, labels, into: &collected)
    guard hasDCGM, gpu.gpu.vendor == .nvidia, let facts = metric.facts.dcgm else { return }
    if let instance, let family = families.dcgmPart[metric] {
      collected.append(family, labels: labels.dcgm(labels.dcgmPart(instance), instance: instance), value * facts.factor)
    } else if let family = families.dcgmBoard[metric] {
      collected.append(family, labels: labels.dcgm([]), value * facts.factor)
    }
  }

  private func appendOurs(
    _ reading: GPUReading, _ value: Double, _ labels: GPULabels, into collected: inout Collected
  ) {
    if case .instance(let instance) = reading.scope, let family = families.part[reading.metric] {
      collected.append(family, labels: labels.part(instance), value)
    } else if let family = families.board[reading.metric] {
      collected.append(family, labels: labels.board + (reading.detail.map { [$0] } ?? []), value)
    }
  }

  private func append(_ allocations: PodAllocations?, into collected: inout Collected) {
    guard let allocations else { return }
    var allocated: [String: Set<String>] = [:]
    for one in allocations.allocations { allocated[one.resource, default: []].insert(one.id) }
    for (resource, count) in allocations.allocatable.sorted(by: { $0.key < $1.key }) {
      collected.append(families.devices, labels: [resource, "allocatable"], Double(count))
      if allocated[resource] == nil { allocated[resource] = [] }
    }
    for (resource, devices) in allocated.sorted(by: { $0.key < $1.key }) {
      collected.append(families.devices, labels: [resource, "allocated"], Double(devices.count))
    }
  }

  private func append(_ counts: [GPUEventCount], into collected: inout Collected) {
    for event in counts {
      let bus = event.pciBusID ?? ""
      if case .xid(let code) = event.kind {
        collected.append(
          families.xids, labels: [bus, "\(code)", XIDMeaning(code: code).kind.rawValue], Double(event.count))
      } else {
        collected.append(families.events, labels: [bus, event.kind.name], Double(event.count))
      }
    }
  }

  /// The newest code of each GPU, by its bus.
  private static func lastXIDs(_ events: [GPUEvent]) -> [String: UInt64] {
    var last: [String: UInt64] = [:]
    for event in events {
      if case .xid(let code) = event.kind, let bus = event.pciBusID { last[bus] = code }
    }
    return last
  }
}
