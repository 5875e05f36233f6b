package import API
import Base
import HTTPTypes
import Identity
import NodeReports

/// Nodes and their GPUs below `/api/v1/nodes`, `/api/v1/gpus` and `/api/v1/topology`.
///
/// docs/api.md is their reference.
package struct FleetEndpoints: Sendable {
  private let registry: NodeRegistry
  private let eventStore: any FleetEventStore
  private let bursts: NodeBursts

  package init(registry: NodeRegistry, events: any FleetEventStore, bursts: NodeBursts) {
    self.registry = registry
    self.bursts = bursts
    eventStore = events
  }

  /// As many as the store of documents gives at once.
  private static let pageCountMax = DocumentLimits.pageCountMax
  private static let limit = Parameter.limit(default: 50, max: pageCountMax)
  private static let eventLimit = Parameter.limit(default: 50, max: 1_000)
  private static let eventNode = Parameter.text("node", "Only the events of this node.")
  private static let eventGPU = Parameter.text("gpu", "Only the events of the GPU with this UUID.")
  private static let eventKind = Parameter.text("kind", "Only the events of this kind, such as `xid`.")
  private static let nodeFilter = Parameter.text("node", "Only the GPUs of this node.")
  private static let topologyFilter = Parameter.text("node", "Only this machine.")
  private static let start = Parameter.time(
    "start", "Only events from this time on: RFC 3339, or relative to now as `-15m`. Default: all that are kept.")
  private static let end = Parameter.time("end", "Only events before this time. Default: all that are kept.")
  private static let name = Parameter.text("name", "The node's name.").required()
  private static let id = Parameter.text(
    "id",
    "The `id` of a GPU; at `/gpus/{id}` the `uuid` of a part of it, such as a MIG device, too. \(GPULookup.description)"
  ).required()

  private static let nodePage = JSONResponse("NodeList", .page(NodeEntry.shape))
  private static let nodeResponse = JSONResponse("NodeResponse", .data(NodeEntry.shape))
  private static let reportResponse = JSONResponse(
    "NodeReportResponse", NodeReportResponse.form.shape, emptyStatus: 204)
  private static let burstResponse = JSONResponse("GpuBurstResponse", .data(BurstRequest.shape), status: 202)
  private static let gpuPage = JSONResponse("GpuList", .page(GPUEntry.shape, canWarn: true))
  private static let gpuResponse = JSONResponse("GpuResponse", .data(GPUEntry.shape))
  private static let eventPage = JSONResponse("FleetEventList", .page(FleetEvent.form.shape.named("FleetEvent")))
  private static let topologyPage = JSONResponse("TopologyList", .page(NodeTopology.shape))

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    let paging = [Self.limit.definition, Parameter.cursor.definition]
    return [
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/nodes", name: "listNodes", summary: "Machines that report to the server, in pages.",
          tag: "fleet", parameters: paging, response: Self.nodePage.definition), nodes),
      Endpoint(
        EndpointDefinition(
          .post, "/api/v1/nodes/report", name: "reportNode",
          summary: "Takes what an agent says of its machine and of the GPUs there.", tag: "fleet", permission: .ingest,
          body: NodeReportBody.definition, response: Self.reportResponse.definition, problems: [.limitReached]), report),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/nodes/{name}", name: "getNode", summary: "A machine.", tag: "fleet",
          pathParameters: [Self.name.definition], response: Self.nodeResponse.definition, problems: [.notFound]), node),
      Endpoint(
        EndpointDefinition(
          .post, "/api/v1/nodes/{name}/burst", name: "burstNode",
          summary: "Has a machine read its GPUs ten times a second for a while.", tag: "fleet", permission: .edit,
          pathParameters: [Self.name.definition], body: BurstBody.definition, response: Self.burstResponse.definition,
          problems: [.notFound, .limitReached]), burst),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/gpus", name: "listGpus", summary: "GPUs of all machines, in pages.", tag: "fleet",
          parameters: [Self.nodeFilter.definition] + paging, response: Self.gpuPage.definition), gpus),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/gpus/{id}", name: "getGpu", summary: "A GPU, or a part of one with its board.", tag: "fleet",
          pathParameters: [Self.id.definition], response: Self.gpuResponse.definition, problems: [.notFound]), gpu),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/gpus/{id}/events", name: "listGpuEvents",
          summary: "Faults and changes of a GPU, the newest first, in pages.", tag: "fleet",
          pathParameters: [Self.id.definition], parameters: [Self.eventLimit.definition, Parameter.cursor.definition],
          response: Self.eventPage.definition, problems: [.notFound]), gpuEvents),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/events", name: "listEvents",
          summary: "What happened to machines and their GPUs, the newest first, in pages.", tag: "fleet",
          parameters: [Self.eventNode.definition, Self.eventGPU.definition, Self.eventKind.definition]
            + [Self.start.definition, Self.end.definition, Self.eventLimit.definition, Parameter.cursor.definition],
          response: Self.eventPage.definition), events),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/topology", name: "listTopology",
          summary: "How near the GPUs of each machine are to each other, in pages.", tag: "fleet",
          parameters: [Self.topologyFilter.definition] + paging, response: Self.topologyPage.definition), topology),
    ]
  }

  // MARK: - Work

  private func report(_ call: Call<Void>) throws -> HTTPResponse {
    guard let body = call.body else { preconditionFailure("the endpoint has a body") }
    let report = NodeReportBody.report(body)
    let isShared: Bool
    do throws(RegistryError) {
      isShared = try registry.add(report, of: call.principal.tenant, at: call.now, by: call.principal.keyID)
    } catch {
      throw error.kind == .limit
        ? Problem(.limitReached, "There are \(error.countMax ?? 0) nodes, which is the maximum.") : Problem(error)
    }
    // The report was taken all the same: the node is there, and says so too.
    if isShared { throw Problem(.conflict, "\(NodeProblem.sharedName(report.name)).") }
    if let order = bursts.take(report.name, of: call.principal.tenant, at: call.now) {
      return Self.reportResponse(NodeReportResponse(burst: order))
    }
    return HTTPResponse(status: 204)
  }

  private func burst(_ call: Call<Void>) throws -> HTTPResponse {
    guard let body = call.body else { preconditionFailure("the endpoint has a body") }
    let key = call.principal.keyID
    return Self.burstResponse(
      try bursts.request(
        call[Self.name], of: call.principal.tenant, seconds: BurstBody.seconds(body),
        reason: key.map { "asked for with the key \($0)" } ?? "asked for without a key", at: call.now))
  }

  private func nodes(_ call: Call<Void>) throws -> HTTPResponse {
    let found = try page(call)
    return Self.nodePage(call.page(found.nodes.map { NodeEntry($0, now: call.now) }, next: found.next))
  }

  private func topology(_ call: Call<Void>) throws -> HTTPResponse {
    if let name = call[Self.topologyFilter] {
      let node = try registry.node(named: name, of: call.principal.tenant)
      return Self.topologyPage(call.page(node.map { [NodeTopology($0, now: call.now)] } ?? [], next: nil))
    }
    let found = try page(call)
    return Self.topologyPage(call.page(found.nodes.map { NodeTopology($0, now: call.now) }, next: found.next))
  }

  private func page(_ call: Call<Void>) throws -> (nodes: [Node], next: Cursor?) {
    let found = try registry.nodes(of: call.principal.tenant, after: call.cursor()?.name, limit: call[Self.limit])
    return (found.nodes, found.next.map { Cursor(name: $0, key: 0) })
  }

  private func node(_ call: Call<Void>) throws -> HTTPResponse {
    let name = call[Self.name]
    guard let node = try registry.node(named: name, of: call.principal.tenant) else {
      throw Problem(.notFound, "There is no node '\(name)'.")
    }
    return Self.nodeResponse(NodeEntry(node, now: call.now))
  }

  private func gpus(_ call: Call<Void>) throws -> HTTPResponse {
    let limit = call[Self.limit]
    let tenant = call.principal.tenant
    var entries: [GPUEntry] = []
    let cursor = try call.cursor()
    // A page begins within the node of the cursor, behind the GPU of it.
    if let cursor, let node = try registry.node(documentID: cursor.name, of: tenant) {
      entries += GPUEntry.all(of: node, now: call.now).filter { Int64($0.place) > cursor.key }
    }
    if let name = call[Self.nodeFilter] {
      if cursor == nil, let node = try registry.node(named: name, of: tenant) {
        entries += GPUEntry.all(of: node, now: call.now)
      }
    } else {
      var after = cursor?.name
      while entries.count <= limit {
        let found = try registry.nodes(of: tenant, after: after, limit: Self.pageCountMax)
        for node in found.nodes { entries += GPUEntry.all(of: node, now: call.now) }
        guard let next = found.next else { break }
        after = next
      }
    }
    let page = Array(entries.prefix(limit))
    let next = entries.count > limit ? page.last.map { Cursor(name: $0.node.documentID, key: Int64($0.place)) } : nil
    let shared = SharedGPU.all(of: page.map(\.node), at: call.now).filter { shared in
      page.contains { $0.gpu.uuid == shared.uuid }
    }
    return Self.gpuPage(call.page(page, next: next, warnings: SharedGPU.warnings(shared)))
  }

  private func gpu(_ call: Call<Void>) throws -> HTTPResponse {
    Self.gpuResponse(try registry.gpu(call[Self.id], call) { entry, id in entry.id == id ? entry : entry.part(id) })
  }

  private func gpuEvents(_ call: Call<Void>) throws -> HTTPResponse {
    let entry = try registry.gpu(call[Self.id], call) { entry, id in entry.id == id ? entry : nil }
    var filter = FleetEventFilter()
    filter.node = entry.node.report.name
    filter.gpu = entry.gpu.uuid ?? ""
    filter.busID = entry.gpu.pciBusID ?? ""
    return try page(call, filter)
  }

  private func events(_ call: Call<Void>) throws -> HTTPResponse {
    var filter = FleetEventFilter()
    filter.node = call[Self.eventNode]
    filter.gpu = call[Self.eventGPU]
    filter.kind = call[Self.eventKind]
    filter.from = call[Self.start]
    filter.until = call[Self.end]
    return try page(call, filter)
  }

  private func page(_ call: Call<Void>, _ filter: FleetEventFilter) throws -> HTTPResponse {
    var filter = filter
    let limit = call[Self.eventLimit]
    if let cursor = try call.cursor() { filter.before = (UnixNanoseconds(cursor.key), cursor.low) }
    let found = try eventStore.newest(
      filter, of: call.principal.tenant, limit: limit + 1, during: call.activity)
    let page = Array(found.prefix(limit))
    var next: Cursor?
    if found.count > limit, let last = page.last {
      next = Cursor(name: "", key: last.time.rawValue)
      next?.low = last.id
    }
    return Self.eventPage(call.page(page, next: next))
  }
}
