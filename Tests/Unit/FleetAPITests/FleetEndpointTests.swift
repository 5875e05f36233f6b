import API
import APITestSupport
import Base
import HTTPTypes
import Identity
import JSON
import Synchronization
import Testing

@testable import FleetAPI
@testable import NodeReports
@testable import RegistrySQLite

/// Goal: what nodes report is found again by node, GPU and part, with its events, each tenant's apart, also after a restart.
///
/// Method: the endpoints over a registry in memory; every response is held against the OpenAPI document.
@Suite struct FleetEndpointTests {
  private let documents: SQLiteRegistry
  private let events = EventsInMemory()
  private let other: TenantID
  private static let now = UnixNanoseconds(1_795_248_000_000_000_000)

  init() throws {
    documents = try SQLiteRegistry(path: ":memory:", now: UnixNanoseconds(1))
    other = try documents.createTenant(name: "other", at: UnixNanoseconds(1)).id
  }

  private func bursts(_ registry: NodeRegistry) -> NodeBursts {
    NodeBursts(registry: registry, own: nil, hourlyMax: .seconds(600))
  }

  private func api(_ registry: NodeRegistry, now: UnixNanoseconds = now) -> CheckedAPI {
    CheckedAPI(FleetEndpoints(registry: registry, events: events, bursts: bursts(registry)).endpoints, now: { now })
  }

  private func send(
    _ api: CheckedAPI, _ path: String, body: [UInt8]? = nil, tenant: TenantID = .default,
    permissions: Set<Permission> = [.query, .ingest]
  ) async throws -> (status: Int, json: JSONValue) {
    let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
    var request = HTTPRequest(
      method: body == nil ? .get : .post, path: "/api/v1" + parts[0], query: parts.count > 1 ? parts[1] : "",
      body: body ?? [])
    if body != nil { request.fields["content-type"] = "application/json" }
    let principal = Principal(tenant: tenant, permissions: permissions, keyID: "key-1")
    let response = try await api.handle(request, principal: principal)
    guard case .bytes(let bytes) = response.body, !bytes.isEmpty else { return (response.status, .null) }
    return (response.status, try JSONValue(parsing: bytes))
  }

  private static func gpu(_ node: String, _ index: Int64) -> GPUReport {
    var gpu = GPUReport(uuid: "GPU-\(node)-\(index)", vendor: "nvidia", index: index)
    gpu.pciBusID = "0000:0\(index):00.0"
    gpu.resources = [Int64(1), 2].map { instance in
      var resource = ResourceReport(generation: 1)
      (resource.uuid, resource.profile) = ("MIG-\(node)-\(index)-\(instance)", "1g.18gb")
      (resource.gpuInstance, resource.computeInstance) = (instance, 0)
      return resource
    }
    gpu.readings = [
      ReadingReport(metric: "axonize_gpu_power_watts", value: 400, source: "nvml", time: now),
      ReadingReport(metric: "axonize_gpu_utilization_ratio", unavailable: "mig_mode"),
      ReadingReport(metric: "axonize_gpu_memory_used_bytes", gpuInstance: 1, value: 7, source: "nvml", time: now),
      ReadingReport(metric: "axonize_gpu_memory_used_bytes", gpuInstance: 2, value: 8, source: "nvml", time: now),
    ]
    gpu.processes = [
      ProcessReport(pid: 1, gpuInstance: 1, computeInstance: 0),
      ProcessReport(pid: 2, gpuInstance: 2, computeInstance: 0),
    ]
    gpu.peers = (0..<3).filter { $0 != index }.map { PeerReport(index: $0, distance: "NODE", hasLink: true) }
    return gpu
  }

  private static func report(_ name: String, gpuCount: Int64 = 3, events: [GPUEventReport] = []) -> NodeReport {
    var report = NodeReport()
    (report.name, report.version, report.labels) = (name, "0.9.0", ["rack": "7"])
    report.drivers = [DriverReport(vendor: "nvidia")]
    report.gpus = (0..<gpuCount).map { gpu(name, $0) }
    report.events = events
    return report
  }

  private static func xid(_ code: Int64, at time: Int64, bus: String = "0000:01:00.0") -> GPUEventReport {
    GPUEventReport(
      time: UnixNanoseconds(time), kind: "xid", source: "driver", pciBusID: bus, xid: code, xidClass: "hardware")
  }

  @Test func `a node that reports is there with its GPUs`() async throws {
    let api = api(NodeRegistry(documents: documents, events: events))
    #expect(try await send(api, "/nodes/report", body: Self.report("a.example:9100").json).status == 204)
    let nodes = try await send(api, "/nodes").json
    #expect(nodes["data"]?[0]?["name"]?.string == "a.example:9100")
    #expect(nodes["data"]?[0]?["state"]?.string == "up")
    #expect(nodes["data"]?[0]?["gpu_count"]?.int == 3)
    #expect(nodes["next_cursor"]?.isNull == true)
    #expect(try await send(api, "/nodes/a.example:9100").json["data"] == nodes["data"]?[0])
    #expect(try await send(api, "/nodes/b").status == 404)
    let gpu = try await send(api, "/gpus/GPU-a.example:9100-1").json["data"]
    #expect(gpu?["node"]?.string == "a.example:9100")
    #expect(gpu?["resources"]?.array?.count == 2)
    #expect(gpu?["readings"]?[1]?["unavailable"]?.string == "mig_mode")
    #expect(gpu?["readings"]?[1]?["value"] == nil)
    #expect(try await send(api, "/gpus/GPU-none").status == 404)
  }

  @Test func `a part is found by its UUID, with what is its own`() async throws {
    let api = api(NodeRegistry(documents: documents, events: events))
    _ = try await send(api, "/nodes/report", body: Self.report("a").json)
    let part = try await send(api, "/gpus/MIG-a-1-2").json["data"]
    #expect(part?["id"]?.string == "GPU-a-1")
    #expect(part?["resources"]?.array?.map { $0["uuid"]?.string } == ["MIG-a-1-2"])
    #expect(part?["processes"]?.array?.map { $0["pid"]?.int } == [2])
    #expect(part?["readings"]?.array?.map { $0["gpu_instance"]?.int } == [nil, nil, 2])
  }

  /// A name in a path, and the id of the GPU and of its only part that it finds; what the error says where it finds none.
  private struct Name: Sendable {
    let name: String
    var gpu: String?
    var part: String?
    var status = 200
    var message = ""
  }

  private static let names: [Name] = [
    Name(name: "GPU-aaaaaaaa-1111-2222", gpu: "GPU-aaaaaaaa-1111-2222"),
    Name(name: "GPU-AAAAAAAA-1", gpu: "GPU-aaaaaaaa-1111-2222"),
    Name(name: "aaaaaaaa-1", gpu: "GPU-aaaaaaaa-1111-2222"),
    Name(name: "bbbbbbbb", gpu: "GPU-bbbbbbbb-1111-2222"),
    Name(name: "cccccccc", gpu: "GPU-bbbbbbbb-1111-2222", part: "MIG-cccccccc-1111-2222"),
    Name(name: "MIG-cccccccc", gpu: "GPU-bbbbbbbb-1111-2222", part: "MIG-cccccccc-1111-2222"),
    Name(name: "GPU-cccccccc", status: 404, message: "There is no GPU 'GPU-cccccccc'."),
    Name(name: "bbbbbbb", status: 404, message: "There is no GPU 'bbbbbbb'."),
    Name(name: "GPU-bbbb", status: 404, message: "There is no GPU 'GPU-bbbb'."),
    Name(
      name: "aaaaaaaa", status: 400,
      message: "give more of it: GPU-aaaaaaaa-1111-2222, GPU-aaaaaaaa-3333-4444"),
  ]

  @Test(arguments: names) private func `a GPU is named by the beginning of its UUID`(_ name: Name) async throws {
    let registry = NodeRegistry(documents: documents, events: events)
    let uuids = ["GPU-aaaaaaaa-1111-2222", "GPU-aaaaaaaa-3333-4444", "GPU-bbbbbbbb-1111-2222"]
    var report = Self.report("a")
    for (index, uuid) in uuids.enumerated() {
      report.gpus[index].uuid = uuid
      report.gpus[index].resources = []
    }
    var part = ResourceReport(generation: 1)
    (part.uuid, part.gpuInstance, part.computeInstance) = ("MIG-cccccccc-1111-2222", 1, 0)
    report.gpus[2].resources = [part]
    try registry.add(report, of: .default, at: Self.now)
    let found = try await send(api(registry), "/gpus/\(name.name)")
    #expect(found.status == name.status)
    #expect(found.json["data"]?["id"]?.string == name.gpu)
    if let part = name.part { #expect(found.json["data"]?["resources"]?[0]?["uuid"]?.string == part) }
    if !name.message.isEmpty { #expect(found.json["detail"]?.string?.contains(name.message) == true, "\(found.json)") }
    if name.part == nil { #expect(try await send(api(registry), "/gpus/\(name.name)/events").status == name.status) }
  }

  @Test func `a GPU that two nodes report is a warning of the list`() async throws {
    let registry = NodeRegistry(documents: documents, events: events)
    let api = api(registry)
    for name in ["a", "b", "a", "b"] {
      var report = Self.report(name)
      report.gpus[0].uuid = "GPU-both"
      try registry.add(report, of: .default, at: Self.now)
    }
    let warnings = try await send(api, "/gpus").json["warnings"]?.array?.compactMap(\.string) ?? []
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasPrefix("The GPU GPU-both is reported by several nodes: 'a', 'b'.") == true)
    #expect(try await send(api, "/gpus?node=nope").json["warnings"] == nil)
    // Nothing was heard of either since.
    let later = UnixNanoseconds(Self.now.rawValue + 120_000_000_000)
    #expect(try await send(self.api(registry, now: later), "/gpus").json["warnings"] == nil)
  }

  @Test func `pages go through the GPUs of all nodes`() async throws {
    let api = api(NodeRegistry(documents: documents, events: events))
    for name in ["a", "b", "c"] { _ = try await send(api, "/nodes/report", body: Self.report(name).json) }
    var ids: [String] = []
    var cursor = ""
    var pageCount = 0
    repeat {
      let page = try await send(api, "/gpus?limit=2" + cursor).json
      ids += page["data"]?.array?.compactMap { $0["id"]?.string } ?? []
      pageCount += 1
      cursor = page["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty && pageCount < 20
    #expect(ids == ["a", "b", "c"].flatMap { node in (0..<3).map { "GPU-\(node)-\($0)" } })
    #expect(pageCount == 5)
    let filtered = try await send(api, "/gpus?node=b&limit=2").json
    #expect(filtered["data"]?.array?.compactMap { $0["id"]?.string } == ["GPU-b-0", "GPU-b-1"])
    let rest = try await send(api, "/gpus?node=b&limit=2&cursor=\(try #require(filtered["next_cursor"]?.string))").json
    #expect(rest["data"]?.array?.compactMap { $0["id"]?.string } == ["GPU-b-2"])
    #expect(rest["next_cursor"]?.isNull == true)
    let nodes = try await send(api, "/nodes?limit=2").json
    let last = try await send(api, "/nodes?limit=2&cursor=\(try #require(nodes["next_cursor"]?.string))").json
    #expect(last["data"]?.array?.compactMap { $0["name"]?.string } == ["c"])
  }

  @Test func `an event that is reported again counts once, and the newest comes first`() async throws {
    let registry = NodeRegistry(documents: documents, events: events)
    let api = api(registry)
    let first = [Self.xid(79, at: 5), Self.xid(31, at: 6, bus: "0000:02:00.0")]
    _ = try await send(api, "/nodes/report", body: Self.report("a", events: first).json)
    _ = try await send(api, "/nodes/report", body: Self.report("a", events: first + [Self.xid(94, at: 9)]).json)
    let page = try await send(api, "/gpus/GPU-a-1/events?limit=1").json
    #expect(page["data"]?.array?.map { $0["xid"]?.int } == [94])
    let rest = try await send(api, "/gpus/GPU-a-1/events?limit=1&cursor=\(try #require(page["next_cursor"]?.string))")
    #expect(rest.json["data"]?.array?.map { $0["xid"]?.int } == [79])
    #expect(rest.json["next_cursor"]?.isNull == true)
    // A restart, and a node that has forgotten its events with it.
    let later = self.api(NodeRegistry(documents: documents, events: events))
    _ = try await send(later, "/nodes/report", body: Self.report("a").json)
    #expect(try await send(later, "/gpus/GPU-a-1/events").json["data"]?.array?.count == 2)
  }

  @Test func `nodes survive a restart and fall silent`() async throws {
    _ = try await send(
      api(NodeRegistry(documents: documents, events: events)), "/nodes/report", body: Self.report("a").json)
    let after = UnixNanoseconds(Self.now.rawValue + 91_000_000_000)
    let restarted = api(NodeRegistry(documents: documents, events: events), now: after)
    let node = try await send(restarted, "/nodes/a").json["data"]
    #expect(node?["state"]?.string == "silent")
    #expect(node?["gpu_count"]?.int == 3)
    #expect(try await send(restarted, "/gpus/GPU-a-0").json["data"]?["node_state"]?.string == "silent")
  }

  @Test func `values are kept in memory, changes are written at once`() throws {
    let registry = NodeRegistry(documents: documents, events: events)
    var report = Self.report("a")
    func revision() throws -> Int64? {
      try documents.document(DocumentReference(tenant: .default, kind: "fleet_node", id: "a"))?.revision
    }
    func add(after seconds: Int64) throws {
      try registry.add(report, of: .default, at: UnixNanoseconds(Self.now.rawValue + seconds * 1_000_000_000))
    }
    try add(after: 0)
    let first = try revision()
    report.gpus[0].readings[0].value = 300
    try add(after: 10)
    #expect(try revision() == first)
    let node = try #require(try registry.node(named: "a", of: .default))
    #expect(node.report.gpus[0].readings[0].value == 300)
    #expect(node.lastSeenAt.rawValue == Self.now.rawValue + 10_000_000_000)
    #expect(node.firstSeenAt == Self.now)
    report.gpus[0].condition = .lost
    try add(after: 20)
    let second = try revision()
    #expect(second != first)
    try add(after: 80)
    #expect(try revision() != second)
  }

  @Test(arguments: [false, true])
  func `a GPU that is gone is kept with its events, and comes back`(isRestarted: Bool) async throws {
    var registry = NodeRegistry(documents: documents, events: events)
    var report = Self.report("a", events: [Self.xid(79, at: 5)])
    try registry.add(report, of: .default, at: Self.now)
    let gpu = report.gpus.remove(at: 1)
    if isRestarted { registry = NodeRegistry(documents: documents, events: events) }
    try registry.add(report, of: .default, at: Self.now)
    let api = api(registry)
    let gone = try await send(api, "/gpus/GPU-a-1").json["data"]
    #expect(gone?["condition"]?.string == "gone")
    #expect(gone?["gone_since"]?.string == RFC3339.format(Self.now))
    #expect(gone?["readings"]?.array?.isEmpty == true)
    let kinds = try await send(api, "/gpus/GPU-a-1/events").json["data"]?.array?.compactMap { $0["kind"]?.string }
    #expect(kinds == ["gpu_gone", "xid"])
    #expect(try await send(api, "/nodes/a").json["data"]?["gpus_up"]?.int == 2)
    try registry.add(report, of: .default, at: UnixNanoseconds(Self.now.rawValue + 31 * 86_400 * 1_000_000_000))
    #expect(try await send(api, "/gpus/GPU-a-1").status == 404)
    report.gpus.append(gpu)
    try registry.add(report, of: .default, at: Self.now)
    #expect(try await send(api, "/gpus/GPU-a-1").json["data"]?["condition"]?.string == "up")
  }

  @Test func `events of an earlier version move in once, and those of a later one stay`() async throws {
    let registry = NodeRegistry(documents: documents, events: events)
    for name in ["a", "b"] { try registry.add(Self.report(name), of: .default, at: Self.now) }
    let old = JSONForm<[GPUEventReport]>.list(GPUEventReport.form, countMax: 9)
    var writer = JSONWriter(reservingCapacity: 100)
    old.shape.write([Self.xid(79, at: 5), Self.xid(31, at: 6, bus: "0000:02:00.0")], &writer)
    let later = Array(#"{"later": []}"#.utf8)
    for (name, body) in [("a", writer.bytes), ("b", later)] {
      let reference = DocumentReference(tenant: .default, kind: "fleet_events", id: name)
      _ = try documents.put(reference, name: nil, body: body, expecting: .any, at: Self.now, by: nil)
    }
    for _ in 0..<2 { try registry.moveEvents(of: .default) }
    let left = try documents.documents(of: "fleet_events", tenant: .default, after: nil, limit: 10)
    #expect(left.map(\.body) == [later])
    let api = api(registry)
    #expect(try await send(api, "/gpus/GPU-a-1/events").json["data"]?.array?.map { $0["xid"]?.int } == [79])
    #expect(
      try await send(api, "/events?kind=xid").json["data"]?.array?.map { $0["gpu"]?.string } == ["GPU-a-2", "GPU-a-1"])
  }

  @Test func `what the server sees of machines and GPUs is an event`() async throws {
    let registry = NodeRegistry(documents: documents, events: events)
    func at(_ second: Int64) -> UnixNanoseconds { UnixNanoseconds(Self.now.rawValue + second * 1_000_000_000) }
    var report = Self.report("a", gpuCount: 2)
    report.run = "1"
    try registry.add(report, of: .default, at: at(0))
    let whole = report.gpus[1]
    // The driver has forgotten which one it was.
    report.gpus[1] = GPUReport(vendor: "nvidia", index: 1, condition: .lost, problem: "the GPU does not answer")
    report.gpus[1].pciBusID = whole.pciBusID
    try registry.add(report, of: .default, at: at(5))
    #expect(try await send(api(registry), "/gpus/GPU-a-1").json["data"]?["condition"]?.string == "lost")
    // It answers, and is not identified yet.
    report.gpus[1].condition = .up
    try registry.add(report, of: .default, at: at(8))
    report.gpus[1] = whole
    (report.run, report.version) = ("2", "0.9.1")
    try registry.add(report, of: .default, at: at(10))
    // It is looked at again and again, also after a restart.
    for second in [Int64(50), 101, 110, 700, 711, 720] {
      try registry.noteSilence(of: .default, at: at(second), since: at(-1_000))
    }
    let restarted = NodeRegistry(documents: documents, events: events)
    try restarted.noteSilence(of: .default, at: at(800), since: at(750))
    try restarted.noteSilence(of: .default, at: at(850), since: at(750))
    try restarted.add(report, of: .default, at: at(1_000))
    try restarted.noteSilence(of: .default, at: at(1_050), since: at(750))
    let found = try await send(api(restarted), "/events").json["data"]?.array ?? []
    let lines = found.reversed().map { event in
      let time = event["time"]?.string.flatMap { RFC3339.parse($0) }.map { $0.rawValue - Self.now.rawValue } ?? -1
      return "\(time / 1_000_000_000) \(event["kind"]?.string ?? "") \(event["gpu"]?.string ?? "-")"
    }
    #expect(
      lines == [
        "0 node_new -", "5 gpu_lost GPU-a-1", "8 gpu_up GPU-a-1", "10 node_restarted -", "10 node_version -",
        "100 node_silent -", "610 node_offline -", "1000 node_up -",
      ])
    #expect(try await send(api(restarted), "/nodes/a").json["data"]?["state"]?.string == "up")
  }

  @Test func `a report whose events cannot be kept is refused, and taken when they can`() async throws {
    let registry = NodeRegistry(documents: documents, events: events)
    let api = api(registry)
    _ = try await send(api, "/nodes/report", body: Self.report("a").json)
    let report = Self.report("a", events: [Self.xid(79, at: 5)]).json
    events.isFull.withLock { $0 = true }
    #expect(try await send(api, "/nodes/report", body: report).status == 503)
    events.isFull.withLock { $0 = false }
    #expect(try await send(api, "/nodes/report", body: report).status == 204)
    #expect(try await send(api, "/events?node=a&kind=xid").json["data"]?.array?.count == 1)
  }

  @Test func `a node that was silent for a day makes room for another`() throws {
    var limits = DocumentLimits()
    limits.documentCountMax = 2
    let documents = try SQLiteRegistry(path: ":memory:", now: UnixNanoseconds(1), documentLimits: limits)
    let registry = NodeRegistry(documents: documents, events: events)
    func add(_ name: String, afterHours hours: Int64) throws {
      try registry.add(
        Self.report(name, events: [Self.xid(hours, at: hours)]), of: .default,
        at: UnixNanoseconds(Self.now.rawValue + hours * 3_600_000_000_000))
    }
    try add("a", afterHours: 0)
    try add("b", afterHours: 1)
    #expect(throws: RegistryError.self) { try add("c", afterHours: 23) }
    try add("c", afterHours: 24)
    let names = try registry.nodes(of: .default, after: nil, limit: 10).nodes.map(\.report.name)
    #expect(names == ["b", "c"])
    #expect(events.kept(of: .default).filter { $0.kind == "node_new" }.map(\.node) == ["a", "b", "c"])
  }

  @Test func `without memory each report is written`() throws {
    let registry = NodeRegistry(documents: documents, events: events, bytesMax: 0)
    var report = Self.report("a")
    try registry.add(report, of: .default, at: Self.now)
    report.gpus[0].readings[0].value = 300
    try registry.add(report, of: .default, at: Self.now)
    #expect(try registry.node(named: "a", of: .default)?.report.gpus[0].readings[0].value == 300)
  }

  @Test func `each pair of GPUs is a link`() async throws {
    let api = api(NodeRegistry(documents: documents, events: events))
    _ = try await send(api, "/nodes/report", body: Self.report("a").json)
    let node = try await send(api, "/topology").json["data"]?[0]
    #expect(node?["gpus"]?.array?.count == 3)
    let links = node?["links"]?.array?.map { "\($0["from"]?.string ?? "") \($0["to"]?.string ?? "")" }
    #expect(links == ["GPU-a-0 GPU-a-1", "GPU-a-0 GPU-a-2", "GPU-a-1 GPU-a-2"])
  }

  @Test(arguments: ["/nodes", "/gpus", "/topology", "/events"])
  func `another tenant sees nothing`(list: String) async throws {
    let api = api(NodeRegistry(documents: documents, events: events))
    _ = try await send(api, "/nodes/report", body: Self.report("a", events: [Self.xid(79, at: 5)]).json)
    #expect(try await send(api, list).json["data"]?.array?.count ?? 0 > 0)
    #expect(try await send(api, list, tenant: other).json["data"]?.array?.count == 0)
    for path in ["/nodes/a", "/gpus/GPU-a-1", "/gpus/GPU-a-1/events", "/gpus/MIG-a-1-1"] {
      #expect(try await send(api, path).status == 200)
      #expect(try await send(api, path, tenant: other).status == 404)
    }
  }

  private static let permissions: [(path: String, isReport: Bool, permission: Permission)] = [
    ("/nodes", false, .query), ("/nodes/report", true, .ingest), ("/nodes/a", false, .query),
    ("/nodes/a/burst", true, .edit), ("/gpus", false, .query), ("/gpus/GPU-a-1", false, .query), ("/gpus/GPU-a-1/events", false, .query),
    ("/events", false, .query), ("/topology", false, .query),
  ]

  @Test func `the table of permissions has each endpoint`() {
    let registry = NodeRegistry(documents: documents, events: events)
    let endpoints = FleetEndpoints(registry: registry, events: events, bursts: bursts(registry)).endpoints
    #expect(endpoints.map(\.definition.permission) == Self.permissions.map(\.permission))
  }

  @Test(arguments: permissions)
  func `each endpoint has its permission`(path: String, isReport: Bool, permission: Permission) async throws {
    let api = api(NodeRegistry(documents: documents, events: events))
    var node = Self.report("a")
    node.burst = BurstReport()
    let report = node.json
    _ = try await send(api, "/nodes/report", body: report)
    let body = path.hasSuffix("/burst") ? Array("{}".utf8) : isReport ? report : nil
    let others = Set(Permission.allCases).subtracting([permission])
    #expect(try await send(api, path, body: body, permissions: others).status == 403)
    #expect([200, 202, 204].contains(try await send(api, path, body: body, permissions: [permission]).status))
  }

  @Test func `a wrong report is refused with the place of its mistake`() async throws {
    let api = api(NodeRegistry(documents: documents, events: events))
    let text = String(decoding: Self.report("a").json, as: UTF8.self)
    let wrong = text.replacing("\"generation\":1", with: "\"generation\":-1", maxReplacements: 1)
    let refused = try await send(api, "/nodes/report", body: Array(wrong.utf8))
    #expect(refused.status == 400)
    #expect(refused.json["errors"]?[0]?["pointer"]?.string == "/gpus/0/resources/0/generation")
    #expect(try await send(api, "/nodes").json["data"]?.array?.count == 0)
  }

  @Test func `names of nodes are told apart`() {
    let names = ["a.b", "a_2eb", "a-b", "é", String(repeating: "n", count: 100), String(repeating: "n", count: 101)]
    let ids = names.map(NodeID.document(of:))
    #expect(Set(ids).count == names.count)
    #expect(ids.allSatisfy { (try? DocumentRules.check(id: $0)) != nil })
  }

  @Test func `two programs with one name are both told, and the node says so`() async throws {
    let api = api(NodeRegistry(documents: documents, events: events))
    func report(_ run: String) async throws -> Int {
      var report = Self.report("n1")
      report.run = run
      return try await send(api, "/nodes/report", body: report.json).status
    }
    var statuses: [Int] = []
    for run in ["a", "b", "a", "b"] { statuses.append(try await report(run)) }
    #expect(statuses == [204, 204, 409, 409])
    let node = try await send(api, "/nodes/n1").json["data"]
    #expect(node?["problem"]?.string?.hasPrefix("several programs report as 'n1'") == true)
    #expect(node?["gpu_count"]?.int == 3)
  }

  @Test(arguments: [
    (600.0, "its clock is 600 s ahead of the server's; synchronise both"),
    (-6, "its clock is 6 s behind the server's; synchronise both"), (4.9, nil),
  ])
  func `a clock that is wrong is a problem of the node`(offset: Double, problem: String?) async throws {
    let api = api(NodeRegistry(documents: documents, events: events))
    var report = Self.report("n1")
    report.clockOffsetSeconds = offset
    #expect(try await send(api, "/nodes/report", body: report.json).status == 204)
    let node = try await send(api, "/nodes/n1").json["data"]
    #expect(node?["clock_offset_seconds"]?.double == offset)
    #expect(node?["problem"]?.string == problem)
  }

  @Test func `what a later version says besides is left out`() async throws {
    let api = api(NodeRegistry(documents: documents, events: events))
    var body = String(decoding: Self.report("n1", gpuCount: 1).json, as: UTF8.self)
    body.replace(#""condition":"up""#, with: #""condition":"melted","colour":"red""#)
    body.replace(#"{"name""#, with: #"{"mood":{"of":1},"name""#, maxReplacements: 1)
    #expect(try await send(api, "/nodes/report", body: Array(body.utf8)).status == 204)
    #expect(try await send(api, "/gpus").json["data"]?.array?.first?["condition"]?.string == "unknown")
  }
}
