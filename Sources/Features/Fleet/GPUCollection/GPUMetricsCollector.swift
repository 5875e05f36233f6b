import Base
package import Collection
import System

/// Gives what is known of the GPUs as series: under our names, and under those of DCGM's exporter.
///
/// It asks no driver: the GPUs' own threads do.
package final class GPUMetricsCollector: Collector {
  package let name = "gpu"

  private let collector: GPUCollector
  private let families: GPUFamilies
  private let hasDCGM: Bool

  /// - Parameters:
  ///   - hasDCGM: whether the series of DCGM's exporter are given too.
  ///   - host: the label that its series have for the machine.
  package init(_ collector: GPUCollector, hasDCGM: Bool = true, host: DCGMHostLabel = .none) {
    self.collector = collector
    self.hasDCGM = hasDCGM
    families = GPUFamilies(host: host)
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
    let lastXIDs = Self.lastXIDs(snapshot.recentEvents)
    for gpu in snapshot.gpus {
      let labels = GPULabels(gpu, families.dcgmHost)
      append(gpu, labels, into: &collected)
      for reading in gpu.readings { append(reading, gpu, labels, into: &collected) }
      if hasDCGM, gpu.gpu.vendor == .nvidia {
        let code = gpu.gpu.pciBusID.flatMap { lastXIDs[$0] } ?? 0
        let text = code == 0 ? "" : XIDMeaning(code: code).text
        collected.append(families.dcgmXID, labels: labels.dcgm(["\(code)", text]), Double(code))
      }
    }
    append(snapshot.eventCounts, into: &collected)
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
          process.name ?? "", process.container ?? "",
        ], Double(bytes))
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
    if let instance, let family = families.part[metric] {
      collected.append(family, labels: labels.part(instance), value)
    } else if let family = families.board[metric] {
      collected.append(family, labels: labels.board + (reading.detail.map { [$0] } ?? []), value)
    }
    guard hasDCGM, gpu.gpu.vendor == .nvidia, let facts = metric.facts.dcgm else { return }
    if let instance, let family = families.dcgmPart[metric] {
      collected.append(family, labels: labels.dcgm(labels.dcgmPart(instance)), value * facts.factor)
    } else if let family = families.dcgmBoard[metric] {
      collected.append(family, labels: labels.dcgm([]), value * facts.factor)
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

/// The values of the labels of one GPU, made once for all of its series.
private struct GPULabels {
  let board: [String]
  private let dcgmBoard: [String]
  private let host: [String]
  private let parts: [UInt32: [String]]
  private let profiles: [UInt32: String]

  init(_ state: GPUState, _ host: [String]) {
    let gpu = state.gpu
    let number = "\(gpu.index)"
    board = [number, gpu.uuid ?? "", gpu.pciBusID ?? "", gpu.model ?? ""]
    // DCGM writes the domain of the bus with eight digits.
    let bus = gpu.pciBusID.map { "0000\($0)" } ?? ""
    let device = gpu.minorNumber.map { "nvidia\($0)" } ?? ""
    dcgmBoard = [number, gpu.uuid ?? "", bus, device, gpu.model ?? ""]
    self.host = host
    var profiles: [UInt32: String] = [:]
    for resource in state.resources {
      guard let instance = resource.gpuInstance else { continue }
      profiles[instance] = Self.instanceProfile(resource.profile ?? "")
    }
    self.profiles = profiles
    let board = board
    parts = Dictionary(uniqueKeysWithValues: profiles.map { ($0, board + ["\($0)", $1]) })
  }

  /// The profile of the GPU instance: `3g.71gb` of its compute instance `1c.3g.71gb`.
  private static func instanceProfile(_ profile: String) -> String {
    guard let dot = profile.firstIndex(of: "."), profile[..<dot].hasSuffix("c") else { return profile }
    return String(profile[profile.index(after: dot)...])
  }

  func part(_ instance: UInt32?) -> [String] {
    guard let instance else { return board + ["", ""] }
    return parts[instance] ?? board + ["\(instance)", ""]
  }

  func dcgmPart(_ instance: UInt32) -> [String] { [profiles[instance] ?? "", "\(instance)"] }

  func dcgm(_ more: [String]) -> [String] { dcgmBoard + more + host }
}
