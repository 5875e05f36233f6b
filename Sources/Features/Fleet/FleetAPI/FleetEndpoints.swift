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

  package init(registry: NodeRegistry) { self.registry = registry }

  /// As many as the store of documents gives at once.
  private static let pageCountMax = DocumentLimits.pageCountMax
  private static let limit = Parameter.limit(default: 50, max: pageCountMax)
  private static let eventLimit = Parameter.limit(default: 50, max: NodeReportLimits.eventCountMax)
  private static let nodeFilter = Parameter.text("node", "Only the GPUs of this node.")
  private static let name = Parameter.text("name", "The node's name.").required()
  private static let id = Parameter.text(
    "id", "The `id` of a GPU; at `/gpus/{id}` the `uuid` of a part of it, such as a MIG device, too."
  ).required()

  private static let nodePage = JSONResponse("NodeList", .page(NodeEntry.shape))
  private static let nodeResponse = JSONResponse("NodeResponse", .data(NodeEntry.shape))
  private static let gpuPage = JSONResponse("GpuList", .page(GPUEntry.shape))
  private static let gpuResponse = JSONResponse("GpuResponse", .data(GPUEntry.shape))
  private static let eventPage = JSONResponse(
    "GpuEventList", .page(GPUEventReport.form.shape.named("GpuEvent")))
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
          body: NodeReportBody.definition, response: .empty(), problems: [.limitReached]), report),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/nodes/{name}", name: "getNode", summary: "A machine.", tag: "fleet",
          pathParameters: [Self.name.definition], response: Self.nodeResponse.definition, problems: [.notFound]), node),
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
          response: Self.eventPage.definition, problems: [.notFound]), events),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/topology", name: "listTopology",
          summary: "How near the GPUs of each machine are to each other, in pages.", tag: "fleet", parameters: paging,
          response: Self.topologyPage.definition), topology),
    ]
  }

  // MARK: - Work

  private func report(_ call: Call<Void>) throws -> HTTPResponse {
    guard let body = call.body else { preconditionFailure("the endpoint has a body") }
    do throws(RegistryError) {
      try registry.add(
        NodeReportBody.report(body), of: call.principal.tenant, at: call.now, by: call.principal.keyID)
    } catch {
      throw error.kind == .limit
        ? Problem(.limitReached, "There are \(error.countMax ?? 0) nodes, which is the maximum.") : Problem(error)
    }
    return HTTPResponse(status: 204)
  }

  private func nodes(_ call: Call<Void>) throws -> HTTPResponse {
    let found = try page(call)
    return Self.nodePage(call.page(found.nodes.map { NodeEntry($0, now: call.now) }, next: found.next))
  }

  private func topology(_ call: Call<Void>) throws -> HTTPResponse {
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
    return Self.gpuPage(call.page(page, next: next))
  }

  private func gpu(_ call: Call<Void>) throws -> HTTPResponse {
    let id = call[Self.id]
    return Self.gpuResponse(try find(call) { $0.id == id ? $0 : $0.part(id) })
  }

  private func events(_ call: Call<Void>) throws -> HTTPResponse {
    let id = call[Self.id]
    let entry = try find(call) { $0.id == id ? $0 : nil }
    let all = try registry.events(of: entry.node, tenant: call.principal.tenant)
      .filter { $0.pciBusID == nil || $0.pciBusID == entry.gpu.pciBusID }
    let newest = Array(all.reversed())
    let cursor = try call.cursor()
    let begin =
      cursor.map { cursor in
        newest.firstIndex { $0.identity == cursor.name }.map { $0 + 1 }
          ?? newest.firstIndex { $0.time.rawValue < cursor.key } ?? newest.count
      } ?? 0
    let page = Array(newest[begin...].prefix(call[Self.eventLimit]))
    let hasMore = begin + page.count < newest.count
    let next = hasMore ? page.last.map { Cursor(name: $0.identity, key: $0.time.rawValue) } : nil
    return Self.eventPage(call.page(page, next: next))
  }

  /// The first GPU of which a search finds something.
  private func find(_ call: Call<Void>, _ search: (GPUEntry) -> GPUEntry?) throws -> GPUEntry {
    var after: String?
    repeat {
      let found = try registry.nodes(of: call.principal.tenant, after: after, limit: Self.pageCountMax)
      for node in found.nodes {
        for entry in GPUEntry.all(of: node, now: call.now) { if let found = search(entry) { return found } }
      }
      after = found.next
    } while after != nil
    throw Problem(.notFound, "There is no GPU '\(call[Self.id])'. GET /api/v1/gpus lists them.")
  }
}
