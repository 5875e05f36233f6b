import API
package import Base
import Identity
import JSON
package import NodeReports

/// A node as the registry knows it.
package struct Node: Sendable {
  package let report: NodeReport
  package let firstSeenAt: UnixNanoseconds
  package let lastSeenAt: UnixNanoseconds
  /// Whether several programs reported with its name when it was heard of last.
  package let isShared: Bool
  /// Of its GPUs that other nodes reported too when it was heard of last, one of these by the UUID.
  let sharedGPUs: [String: String]

  package init(
    report: NodeReport, firstSeenAt: UnixNanoseconds, lastSeenAt: UnixNanoseconds, isShared: Bool = false,
    sharedGPUs: [String: String] = [:]
  ) {
    self.report = report
    self.firstSeenAt = firstSeenAt
    self.lastSeenAt = lastSeenAt
    self.isShared = isShared
    self.sharedGPUs = sharedGPUs
  }

  /// The burst that runs, with its times by the server's clock.
  func burst(at now: UnixNanoseconds) -> BurstReport? {
    guard var burst = report.burst, let until = burst.until else { return nil }
    let offset = Int64(exactly: ((report.clockOffsetSeconds ?? 0) * 1e9).rounded()) ?? 0
    let ends = UnixNanoseconds(until.rawValue.subtractingReportingOverflow(offset).partialValue)
    burst.until = ends
    // What would last longer than a burst may is a mistake of the node; clocks are compared to about a second.
    let latest = UnixNanoseconds(now.rawValue + (BurstBody.secondsMax + 5) * 1_000_000_000)
    return now < ends && ends <= latest && state(at: now) == .up ? burst : nil
  }

  package var documentID: String { NodeID.document(of: report.name) }

  /// Whether it was heard of lately: nodes report every 5 s, and a report is written once a minute.
  package func state(at now: UnixNanoseconds) -> NodeState {
    let silence = now.rawValue - lastSeenAt.rawValue
    return silence <= NodeState.silentAfter ? .up : silence <= NodeState.offlineAfter ? .silent : .offline
  }
}

/// Whether a node reports.
package enum NodeState: String, Sendable, CaseIterable {
  case up
  /// Nothing was heard of it for 90 s.
  case silent
  /// Nothing was heard of it for ten minutes.
  case offline

  /// Nanoseconds: nodes report every five seconds, and a report is written once a minute.
  static let silentAfter: Int64 = 90_000_000_000
  static let offlineAfter: Int64 = 600_000_000_000
}

/// What is said of a node as a whole.
package enum NodeProblem {
  package static func sharedName(_ name: String) -> String {
    "several programs report as '\(name)', so that their series are mixed; give each its own --instance or "
      + "fleet.instance"
  }

  static func sharedGPU(_ uuid: String, with node: String) -> String {
    "'\(node)' reports the GPU \(uuid) too; its energy counts once, of the node with more samples in each minute, but sums over "
      + "series count both: let one of them report it"
  }
}

extension GPUReport {
  /// The same GPU with the identity that it had.
  ///
  /// A driver that has lost a GPU no longer says which one it was, and answers again before that is read.
  fileprivate func named(by before: [GPUReport]) -> GPUReport {
    guard uuid == nil else { return self }
    let old = before.first { old in
      old.uuid != nil && old.condition != .gone && old.vendor == vendor
        && (pciBusID.map { $0 == old.pciBusID } ?? (old.index == index))
    }
    guard let old else { return self }
    var gpu = self
    (gpu.uuid, gpu.pciBusID, gpu.model, gpu.serial) = (old.uuid, old.pciBusID, old.model, old.serial)
    (gpu.architecture, gpu.memoryBytes, gpu.isDivided) = (old.architecture, old.memoryBytes, old.isDivided)
    if gpu.resources.isEmpty { gpu.resources = old.resources }
    return gpu
  }
}

/// The id of a node's document, made of its name.
enum NodeID {
  /// What of a long name stands in the id before the number that tells it from others.
  private static let prefixCount = 46

  /// The name with `_` and two hexadecimal digits for each byte that ids do not have; a long one ends with `__` and a
  /// hash.
  static func document(of name: String) -> String {
    var id = ""
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"): id.unicodeScalars.append(Unicode.Scalar(byte))
      default: id += "_" + Hex.encode([byte])
      }
    }
    return id.utf8.count <= 64 ? id : "\(id.prefix(prefixCount))__\(Hex.encode(hash))"
  }
}

extension NodeReport {
  /// GPUs that are gone are forgotten after 30 days, and beyond this count at once.
  private static let goneCountMax = 16
  private static let goneKept: Int64 = 30 * 86_400 * 1_000_000_000

  /// The report with those GPUs of the one before that it has no more, so that their events are found.
  func keeping(_ before: [GPUReport], at time: UnixNanoseconds) -> NodeReport {
    var report = self
    for place in gpus.indices { report.gpus[place] = gpus[place].named(by: before) }
    return report.keepingGone(before, at: time)
  }

  private func keepingGone(_ before: [GPUReport], at time: UnixNanoseconds) -> NodeReport {
    let present = Set(gpus.compactMap(\.uuid))
    let gone = before.compactMap { gpu -> GPUReport? in
      guard let uuid = gpu.uuid, !present.contains(uuid) else { return nil }
      var gpu = gpu
      gpu.goneSince = gpu.goneSince ?? time
      gpu.condition = .gone
      gpu.problem = "the node does not have it any more"
      (gpu.readings, gpu.peers, gpu.links) = ([], [], nil)
      (gpu.processes, gpu.processesUnavailable) = (nil, nil)
      return time.rawValue - (gpu.goneSince ?? time).rawValue < Self.goneKept ? gpu : nil
    }
    let count = min(Self.goneCountMax, NodeReportLimits.gpuCountMax - gpus.count)
    var report = self
    report.gpus += gone.suffix(max(0, count))
    return report
  }

  /// Whether another report differs in values, processes and events only.
  func isSame(as other: NodeReport) -> Bool { withoutValues == other.withoutValues }

  private var withoutValues: NodeReport {
    var report = self
    report.events = []
    report.clockOffsetSeconds = nil
    for place in report.gpus.indices {
      report.gpus[place].readings = []
      report.gpus[place].processes = nil
      report.gpus[place].workloads = nil
      report.gpus[place].processesUnavailable = nil
    }
    return report
  }
}
