package import API
package import Base
import Columns

/// Something that happened to a machine or to a GPU of it.
package struct FleetEvent: Sendable, Equatable {
  package var time = UnixNanoseconds(0)
  /// The name of the machine.
  package var node = ""
  /// The UUID of the GPU; nil where it is about the machine, or the GPU has none.
  package var gpu: String?
  package var kind = ""
  /// Who has seen it: the driver, the kernel's log, values, or the server.
  package var source = ""
  package var pciBusID: String?
  /// The code of an XID.
  package var xid: Int64?
  /// `application`, `hardware`, `driver` or `unknown`, of an XID.
  package var xidClass: String?
  package var message: String?

  package init() {}

  /// An event that the server has seen.
  package init(_ kind: FleetEventKind, of node: String, at time: UnixNanoseconds, _ message: String? = nil) {
    self.node = node
    self.kind = kind.rawValue
    self.time = time
    self.message = message
    source = Self.serverSource
  }

  /// An event of a report.
  package init(_ event: GPUEventReport, of report: NodeReport) {
    time = event.time
    node = report.name
    kind = event.kind
    source = event.source
    pciBusID = event.pciBusID
    gpu = pciBusID.flatMap { bus in report.gpus.first { $0.pciBusID == bus }?.uuid }
    xid = event.xid
    xidClass = event.xidClass
    message = event.message
  }

  package static let serverSource = "server"

  /// A number that an event has whenever it is told; within a tenant it is that of no other one.
  ///
  /// It is stored, so it never changes.
  package var id: UInt64 {
    let text = "\(node)\n\(time.rawValue)\n\(kind)\n\(xid ?? -1)\n\(pciBusID ?? "")\n\(source)\n\(gpu ?? "")"
    // SAFETY: the bytes live during the call.
    return unsafe Array(text.utf8).withUnsafeBytes { unsafe ByteHash.hash($0) }
  }

  package static let form = JSONForm<FleetEvent>.object(FleetEvent()) { event in
    let text = JSONForm<String>.text(lengthMax: NodeReportLimits.textLengthMax)
    event.member("time", \.time, .time)
    event.member("kind", \.kind, text)
    event.member("node", \.node, text)
    event.optional("gpu", \.gpu, text)
    event.member("source", \.source, text)
    event.optional("pci_bus_id", \.pciBusID, text)
    event.optional("xid", \.xid, .count)
    event.optional("xid_class", \.xidClass, text)
    event.optional("message", \.message, text)
  }
}

/// What the server sees of the machines that report to it.
package enum FleetEventKind: String, Sendable, CaseIterable {
  /// It reports for the first time.
  case nodeNew = "node_new"
  /// It reports again.
  case nodeUp = "node_up"
  /// Nothing was heard of it for 90 s.
  case nodeSilent = "node_silent"
  /// Nothing was heard of it for ten minutes.
  case nodeOffline = "node_offline"
  /// Its agent, or its server, was started again.
  case nodeRestarted = "node_restarted"
  /// Another version of the program reports.
  case nodeVersion = "node_version"
  /// Several programs report with its name.
  case nodeShared = "node_shared"
  /// A GPU answers again, is off the bus, hangs, or is there no more.
  case gpuUp = "gpu_up"
  case gpuLost = "gpu_lost"
  case gpuWedged = "gpu_wedged"
  case gpuGone = "gpu_gone"
  /// Several nodes report a GPU with its UUID.
  case gpuShared = "gpu_shared"
  /// Its GPUs are read ten times a second for a while.
  case burst
}
