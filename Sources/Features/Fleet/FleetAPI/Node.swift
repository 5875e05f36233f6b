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

  package init(report: NodeReport, firstSeenAt: UnixNanoseconds, lastSeenAt: UnixNanoseconds) {
    self.report = report
    self.firstSeenAt = firstSeenAt
    self.lastSeenAt = lastSeenAt
  }

  package var documentID: String { NodeID.document(of: report.name) }

  /// Whether it was heard of lately: nodes report every 10 s, and a report is written once a minute.
  package func state(at now: UnixNanoseconds) -> NodeState {
    now.rawValue - lastSeenAt.rawValue <= 90_000_000_000 ? .up : .silent
  }
}

/// Whether a node reports.
package enum NodeState: String, Sendable, CaseIterable {
  case up
  /// Nothing was heard of it for 90 s.
  case silent
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
    let present = Set(gpus.compactMap(\.uuid))
    let gone = before.compactMap { gpu -> GPUReport? in
      guard let uuid = gpu.uuid, !present.contains(uuid) else { return nil }
      var gpu = gpu
      gpu.goneSince = gpu.goneSince ?? time
      gpu.condition = .gone
      gpu.problem = "the node does not have it any more"
      (gpu.readings, gpu.peers, gpu.processes, gpu.processesUnavailable) = ([], [], nil, nil)
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
    for place in report.gpus.indices {
      report.gpus[place].readings = []
      report.gpus[place].processes = nil
      report.gpus[place].processesUnavailable = nil
    }
    return report
  }
}

/// The events of a node as a document.
enum NodeEvents {
  /// Faults are rare; the oldest are forgotten.
  private static let countMax = NodeReportLimits.eventCountMax
  /// A document takes 256 KiB; events with long texts are fewer.
  private static let bytesMax = 200 << 10

  private static let form = JSONForm<[GPUEventReport]>.list(GPUEventReport.form, countMax: countMax)

  /// The newest that fit into a document.
  static func json(_ events: [GPUEventReport]) -> [UInt8] {
    var count = min(events.count, countMax)
    while true {
      var writer = JSONWriter(reservingCapacity: 4096)
      form.shape.write(events.suffix(count), &writer)
      if writer.bytes.count <= bytesMax { return writer.bytes }
      count /= 2
    }
  }

  /// Throws for what is not of this version, which is not to be overwritten.
  static func read(_ body: [UInt8]) throws(RegistryError) -> [GPUEventReport] {
    do {
      return try form.read(JSONValue(parsing: body))
    } catch {
      throw RegistryError(
        kind: .incompatible,
        message: "the kept events of the node cannot be read, probably since a later version of Axonize wrote them; "
          + "upgrade this server: \(error)")
    }
  }
}
