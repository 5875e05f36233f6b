import API
import APITestSupport
import Base
import Configuration
import EmbeddedEngine
import EnergyQueries
import Engine
import EngineTestSupport
import FleetTables
import HTTPTypes
import Identity
import JSON
import Prices
import RegistrySQLite
import Schema
import Testing

@testable import FleetAPI
@testable import NodeReports

/// Goal: energy is what the rows of the tenant say, and what is not known is null with a reason.
///
/// Method: the endpoints over a store with rows by hand; every response is held against the OpenAPI document.
@Suite struct EnergyEndpointTests {
  /// A whole minute.
  private static let minute: Int64 = 1_780_000_020 / 60 * 60
  private static let now = UnixNanoseconds((minute + 600) * 1_000_000_000)

  private let api: CheckedAPI
  private let registry: NodeRegistry

  init() throws {
    let schema = StoreSchema(tables: FleetTables.all, steps: FleetTables.steps)
    var options = EmbeddedStoreOptions(folder: "")
    options.retention[.aggregates] = .forever
    let store = try EngineFixture.store(name: EngineFixture.newName(), options, schema: schema)
    let block = EnergyBlock()
    func add(_ kind: EnergyRowKind, _ joules: Double, model: String = "", tokens: Double = 0, other: TenantID? = nil) {
      var key = EnergyRow.Key(kind, of: .default)
      (key.gpu, key.resource, key.gpuModel, key.node) = ("GPU-1", "GPU-1", "NVIDIA H200", "n1")
      (key.model, key.otherTenant) = (model, other)
      var row = EnergyRow(key)
      (row.joules, row.gpuSeconds, row.outputTokens, row.spans) = (joules, 10, tokens, tokens > 0 ? 1 : 0)
      row.exactJoules = joules
      block.append(row, minute: Self.minute, revision: 1, pass: 0)
    }
    add(.spans, 600, model: "a", tokens: 300)
    add(.spans, 200, model: "b")
    add(.idle, 100)
    add(.otherTenant, 50, other: TenantID(2))
    try store.insert(block.columns, into: "gpu_energy")
    let configuration = try ConfigurationLoader(
      SettingCatalog(features: []), environment: [:], readFile: { _ in nil }
    ).load()
    registry = NodeRegistry(
      documents: try SQLiteRegistry(path: ":memory:", now: UnixNanoseconds(1)), events: EventsInMemory())
    api = CheckedAPI(
      EnergyEndpoints(
        reader: EnergyReader(
          engine: store, limits: QueryLimits(timeout: .seconds(20), memoryBytesMax: 512 << 20)),
        registry: registry, prices: try PriceSource(configuration), completeUntil: { Self.now },
        tenantNames: { ["1": "default", "2": "team"] }
      ).endpoints, now: { Self.now })
  }

  private func get(
    _ query: String, tenant: TenantID = .default, permissions: Set<Permission> = [.query], path: String = "energy"
  ) async throws -> (status: Int, json: JSONValue) {
    let request = HTTPRequest(method: .get, path: "/api/v1/\(path)", query: query, body: [])
    let principal = Principal(tenant: tenant, permissions: permissions, keyID: "key-1")
    let response = try await api.handle(request, principal: principal)
    guard case .bytes(let bytes) = response.body, !bytes.isEmpty else { return (response.status, .null) }
    let json = try JSONValue(parsing: bytes)
    return (response.status, json["data"] ?? json)
  }

  @Test func `the total, groups and idle energy add up`() async throws {
    let energy = try await get("by=model&step=1m").json
    #expect(energy["measured_joules"]?.double == 950)
    #expect(energy["total"]?["joules"]?.double == 800)
    #expect(energy["idle"]?["joules"]?.double == 100)
    #expect(energy["groups"]?[0]?["group"]?["model"]?.string == "a")
    #expect(energy["groups"]?[0]?["joules_per_token"]?.double == 2)
    #expect(energy["groups"]?[1]?["joules_per_token"]?.isNull == true)
    #expect(energy["groups"]?[0]?["points"]?[0]?["joules"]?.double == 600)
    #expect(energy["coverage"]?.double == 1)
    #expect(try await get("").json["groups"]?.array == [])
  }

  @Test(arguments: [
    ("", true), ("gpu=GPU-1", true), ("gpu=GPU-2", false), ("node=a", true), ("node=c", false),
  ])
  func `a GPU that two nodes report is a warning`(query: String, hasWarning: Bool) async throws {
    #expect(try await get(query).json["warnings"] == nil)
    var gpu = GPUReport()
    (gpu.uuid, gpu.vendor, gpu.condition) = ("GPU-1", "nvidia", .up)
    for name in ["a", "b", "a", "b"] {
      var report = NodeReport()
      (report.name, report.gpus) = (name, [gpu])
      try registry.add(report, of: .default, at: Self.now)
    }
    let warnings = try await get(query).json["warnings"]?.array?.compactMap(\.string) ?? []
    #expect(warnings.map { $0.hasPrefix("The GPU GPU-1 is reported by several nodes: 'a', 'b'.") } == (hasWarning ? [true] : []))
    #expect(try await get(query, tenant: TenantID(2)).json["warnings"] == nil)
  }

  @Test(arguments: ["9223372036s", "106751d"])
  func `a step of centuries is one step of the whole range`(step: String) async throws {
    let energy = try await get("by=model&step=\(step)")
    #expect(energy.status == 200)
    #expect(energy.json["groups"]?[0]?["points"]?.array?.count == 1)
  }

  @Test func `without prices costs are null and the reason is there`() async throws {
    let energy = try await get("by=model").json
    #expect(energy["total"]?["energy_cost"]?.isNull == true)
    #expect(energy["total"]?["gpu_cost"]?.isNull == true)
    let reasons = energy["unavailable"]?.array?.map { "\($0["value"]?.string ?? "") \($0["reason"]?.string ?? "")" }
    #expect(
      reasons == [
        "energy_cost price_not_set", "gpu_cost price_not_set", "carbon_grams carbon_intensity_not_set",
      ])
    #expect(try await get("", path: "prices").json["currency"]?.isNull == true)
  }

  @Test func `tenants have their names, and see nothing of others`() async throws {
    let groups = try await get("by=tenant").json["groups"]?.array ?? []
    #expect(groups.map { $0["group"]?["tenant"]?.string } == ["default", "team"])
    #expect(try await get("by=tenant", tenant: TenantID(2)).json["measured_joules"]?.double == 0)
  }

  @Test(arguments: [
    "by=colour", "by=model,model", "by=model,gpu,node", "by=", "step=0s", "limit=0", "start=-30d&step=1m&by=model",
  ])
  func `what cannot be asked is refused`(query: String) async throws { #expect(try await get(query).status == 400) }

  @Test(arguments: ["energy", "prices"])
  func `both may be read by those who may query`(path: String) async throws {
    let others = Set(Permission.allCases).subtracting([.query])
    #expect(try await get("", permissions: others, path: path).status == 403)
    #expect(try await get("", path: path).status == 200)
  }
}
