package import Base

/// What a node says of itself and its GPUs: the server of its own machine, an agent of another one.
///
/// ``form`` is how it is sent and kept.
package struct NodeReport: Sendable, Equatable {
  /// The name of the machine; the label `instance` of its series.
  package var name = ""
  /// The version of the program that reports.
  package var version = ""
  package var labels: [String: String] = [:]
  /// A number that the program chose at its start, which tells it from another one with the same name.
  package var run: String?
  /// By how much the machine's clock is ahead of the server's; nil where it is not known.
  package var clockOffsetSeconds: Double?
  package var drivers: [DriverReport] = []
  package var gpus: [GPUReport] = []
  /// The newest events; one that was reported before counts once.
  package var events: [GPUEventReport] = []
  /// Nil where no GPUs are read, and of a version that has no bursts.
  package var burst: BurstReport?

  package init() {}
}

/// The bursts of a machine's GPUs, and the newest of them.
package struct BurstReport: Sendable, Equatable {
  /// Since the start of the program.
  package var count: Int64 = 0
  package var startedAt: UnixNanoseconds?
  package var until: UnixNanoseconds?
  /// Who asked for it, or what happened.
  package var reason: String?

  package init() {}
}

/// Whether a kind of driver answers on a node.
package struct DriverReport: Sendable, Equatable {
  package var vendor = ""
  /// Why its GPUs cannot be read; nil where they can.
  package var unavailable: String?
}

/// Whether a GPU answers.
package enum GPUCondition: String, Sendable, CaseIterable {
  case up
  /// Off the bus, or in need of a reset.
  case lost
  /// A call on it has not returned.
  case wedged
  /// The node has no such GPU any more.
  case gone
  /// A later version of the program that reports says something that this one does not know.
  case unknown
}

/// A board with its parts, processes and newest values.
package struct GPUReport: Sendable, Equatable {
  package var uuid: String?
  package var vendor = ""
  package var index: Int64 = 0
  package var condition = GPUCondition.up
  /// More about a condition that is not `up`.
  package var problem: String?
  /// Of a GPU that is gone; the registry sets it.
  package var goneSince: UnixNanoseconds?
  package var pciBusID: String?
  package var model: String?
  package var architecture: String?
  package var serial: String?
  package var firmwareVersion: String?
  package var driverVersion: String?
  package var cudaVersion: String?
  package var computeCapability: String?
  package var memoryBytes: Int64?
  package var numaNode: Int64?
  package var isDivided: Bool?
  package var resources: [ResourceReport] = []
  /// Nil where the driver does not say; then ``processesUnavailable`` is why.
  package var processes: [ProcessReport]?
  package var processesUnavailable: String?
  /// What holds or uses it, or parts of it.
  package var workloads: [PartWorkloadReport]?
  package var peers: [PeerReport] = []
  /// Nil where there are no NVLinks or the driver does not say.
  package var links: [LinkReport]?
  package var readings: [ReadingReport] = []
}

/// What work can be given to: a whole GPU or a part of it.
package struct ResourceReport: Sendable, Equatable {
  package var uuid: String?
  package var profile: String?
  package var gpuInstance: Int64?
  package var computeInstance: Int64?
  package var multiprocessorCount: Int64?
  package var generation: Int64 = 0
}

/// A process with a context on a GPU.
package struct ProcessReport: Sendable, Equatable {
  package var pid: Int64 = 0
  package var name: String?
  package var workload: WorkloadReport?
  package var memoryBytes: Int64?
  package var gpuInstance: Int64?
  package var computeInstance: Int64?
}

/// How near another GPU of the node is.
package struct PeerReport: Sendable, Equatable {
  package var index: Int64 = 0
  package var distance = ""
  package var hasLink = false
}

/// An NVLink of a GPU.
package struct LinkReport: Sendable, Equatable {
  package var number: Int64 = 0
  package var isActive = false
  /// `gpu`, `switch` or `processor`.
  package var remote: String?
}

/// A value with its origin and time, or the reason why there is none.
package struct ReadingReport: Sendable, Equatable {
  package var metric = ""
  /// Nil for the board.
  package var gpuInstance: Int64?
  package var value: Double?
  package var source: String?
  package var time: UnixNanoseconds?
  /// A short name, as in `axonize_gpu_unavailable`.
  package var unavailable: String?
}

/// Something that happened to a GPU.
package struct GPUEventReport: Sendable, Equatable {
  package var time = UnixNanoseconds(0)
  package var kind = ""
  package var source = ""
  package var pciBusID: String?
  /// The code of an XID.
  package var xid: Int64?
  /// `application`, `hardware`, `driver` or `unknown`, of an XID.
  package var xidClass: String?
  package var message: String?

  /// What makes two reports of an event one.
  package var identity: String { "\(time.rawValue) \(kind) \(xid ?? -1) \(pciBusID ?? "") \(source)" }
}
