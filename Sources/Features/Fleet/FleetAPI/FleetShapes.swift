import API
import Base
import NodeReports

private let burstDescription = "While GPUs are read ten times a second: when that ends."

/// A GPU of a node, as the API shows it.
struct GPUEntry: Sendable {
  let node: Node
  let state: NodeState
  let gpu: GPUReport
  /// Among the GPUs of the node.
  let place: Int
  let burst: BurstReport?

  /// All GPUs of a node.
  static func all(of node: Node, now: UnixNanoseconds) -> [GPUEntry] {
    let (state, burst) = (node.state(at: now), node.burst(at: now))
    return node.report.gpus.enumerated().map { GPUEntry(node: node, state: state, gpu: $1, place: $0, burst: burst) }
  }

  /// What it is asked for by: its UUID, or where the driver has none, its place.
  var id: String { gpu.uuid ?? "\(node.report.name)-\(gpu.pciBusID ?? "\(gpu.index)")" }

  /// The same GPU with one of its parts and the values of that; nil where it has no part with the UUID.
  func part(_ uuid: String) -> GPUEntry? {
    guard let resource = gpu.resources.first(where: { $0.uuid == uuid }) else { return nil }
    var gpu = gpu
    gpu.resources = [resource]
    gpu.readings = gpu.readings.filter { $0.gpuInstance == nil || $0.gpuInstance == resource.gpuInstance }
    gpu.processes = gpu.processes?.filter {
      $0.gpuInstance == resource.gpuInstance && $0.computeInstance == resource.computeInstance
    }
    gpu.workloads = gpu.workloads?.filter {
      $0.gpuInstance == nil || $0.gpuInstance == resource.gpuInstance && $0.computeInstance == resource.computeInstance
    }
    return GPUEntry(node: node, state: state, gpu: gpu, place: place, burst: burst)
  }

  static let shape = JSONShape<GPUEntry>.object { entry in
    entry.member("id", JSONShape.string.described("The UUID, or the place where the driver has none.")) { $0.id }
    entry.member("node", .string) { $0.node.report.name }
    entry.member("node_state", .choice) { $0.state }
    entry.member("last_seen_at", .dateTime) { $0.node.lastSeenAt }
    entry.optionalMember("burst_until", JSONShape.dateTime.described(burstDescription)) { $0.burst?.until }
    entry.members(of: GPUReport.members.object) { $0.gpu }
  }
  .named("Gpu")
}

/// A node, as the API shows it.
struct NodeEntry: Sendable {
  let node: Node
  let state: NodeState
  let burst: BurstReport?

  init(_ node: Node, now: UnixNanoseconds) {
    self.node = node
    state = node.state(at: now)
    burst = node.burst(at: now)
  }

  var gpus: [GPUReport] { node.report.gpus }

  /// Clocks that differ by more make samples of several machines stand at wrong places.
  private static let clockOffsetMax = 5.0

  var problem: String? {
    if node.isShared { return NodeProblem.sharedName(node.report.name) }
    if let shared = node.sharedGPUs.min(by: { $0.key < $1.key }) {
      return NodeProblem.sharedGPU(shared.key, with: shared.value)
    }
    guard let offset = node.report.clockOffsetSeconds, abs(offset) > Self.clockOffsetMax else { return nil }
    let seconds = Int64(exactly: abs(offset).rounded()).map { "\($0) s" } ?? "years"
    return "its clock is \(seconds) \(offset > 0 ? "ahead of" : "behind") the server's; synchronise both"
  }

  static let shape = JSONShape<NodeEntry>.object { entry in
    entry.member("name", .string) { $0.node.report.name }
    entry.member("state", JSONShape.choice.described("`silent`: nothing was heard of it for 90 s.")) { $0.state }
    entry.member("version", .string) { $0.node.report.version }
    entry.member("labels", .stringsByName) { $0.node.report.labels }
    entry.member("first_seen_at", .dateTime) { $0.node.firstSeenAt }
    entry.member("last_seen_at", .dateTime) { $0.node.lastSeenAt }
    entry.optionalMember(
      "clock_offset_seconds",
      JSONShape.number.described("By how much its clock is ahead of the server's, where an agent knows it.")
    ) { $0.node.report.clockOffsetSeconds }
    entry.optionalMember(
      "problem", JSONShape.string.described("What is wrong with the node as a whole, such as a name that two use.")
    ) { $0.problem }
    entry.optionalMember("burst_until", JSONShape.dateTime.described(burstDescription)) { $0.burst?.until }
    entry.optionalMember("burst_reason", JSONShape.string.described("Who asked for it, or what happened.")) {
      $0.burst?.reason
    }
    entry.member("gpu_count", .integer) { $0.gpus.count }
    entry.member("gpus_up", .integer) { entry in entry.gpus.count { $0.condition == .up } }
    entry.member("drivers", .list(DriverReport.form.shape)) { $0.node.report.drivers }
  }
  .named("Node")
}

/// The GPUs of a node and how near they are to each other.
struct NodeTopology: Sendable {
  struct Link: Sendable {
    let from: String
    let to: String
    let distance: String
    let hasLink: Bool
  }

  let name: String
  let gpus: [GPUEntry]

  init(_ node: Node, now: UnixNanoseconds) {
    name = node.report.name
    gpus = GPUEntry.all(of: node, now: now)
  }

  /// Each pair once.
  var links: [Link] {
    gpus.flatMap { entry in
      entry.gpu.peers.compactMap { peer in
        guard peer.index > entry.gpu.index,
          let other = gpus.first(where: { $0.gpu.index == peer.index && $0.gpu.vendor == entry.gpu.vendor })
        else { return nil }
        return Link(from: entry.id, to: other.id, distance: peer.distance, hasLink: peer.hasLink)
      }
    }
  }

  static let shape = JSONShape<NodeTopology>.object { node in
    let gpu = JSONShape<GPUEntry>.object { gpu in
      gpu.member("id", .string) { $0.id }
      gpu.member("index", .integer) { $0.gpu.index }
      gpu.optionalMember("pci_bus_id", .string) { $0.gpu.pciBusID }
      gpu.optionalMember("model", .string) { $0.gpu.model }
      gpu.optionalMember("numa_node", .integer) { $0.gpu.numaNode }
      gpu.optionalMember("nvlinks", .list(LinkReport.form.shape)) { $0.gpu.links }
    }
    let link = JSONShape<Link>.object { link in
      link.member("from", .string) { $0.from }
      link.member("to", .string) { $0.to }
      link.member("distance", JSONShape.string.described("As `nvidia-smi topo` has it: PIX, PXB, PHB, NODE, SYS.")) {
        $0.distance
      }
      link.member("nvlink", .boolean) { $0.hasLink }
    }
    node.member("node", .string) { $0.name }
    node.member("gpus", .list(gpu)) { $0.gpus }
    node.member("links", .list(link)) { $0.links }
  }
  .named("NodeTopology")
}
