import API
import APITestSupport
import Base
import EmbeddedEngine
import Engine
import EngineTestSupport
import HTTPTypes
import Identity
import JSON
import Schema
import Synchronization
import TelemetryTables
import Testing

@testable import TelemetryAPI

/// The API over a real store with a known set of rows, which are rolled up.
struct Harness: Sendable {
  /// 2026-11-21T08:00:00Z.
  static let base: Int64 = 1_795_248_000_000_000_000
  /// Ten minutes later: the API's now.
  static let now = UnixNanoseconds(base + 600_000_000_000)

  let engine: EmbeddedStore
  /// What the rows that the harness was made of are derived to.
  let derived: any DerivedTables
  let api: CheckedAPI
  let document: OpenAPIDocument

  /// The API over ``SampleRows``, for tests that only read: making one takes most of a second.
  static var sample: Harness { get throws { try sharedSample.get() } }

  private static let sharedSample = Result { try Harness(SampleRows.all) }

  /// The time that the API sees, and whether keys are revoked; both for tests to change.
  let clock = Clock()

  final class Clock: Sendable {
    private let state = Mutex((now: Harness.now, isRevoked: false))

    var now: UnixNanoseconds { state.withLock { $0.now } }
    var isRevoked: Bool { state.withLock { $0.isRevoked } }

    func advance(by duration: Duration) { state.withLock { $0.now = $0.now.adding(duration) } }
    func revoke() { state.withLock { $0.isRevoked = true } }
  }

  /// The rows have times of 2026, and stay however late the tests run.
  private static let options: EmbeddedStoreOptions = {
    var options = EmbeddedStoreOptions(folder: "")
    for period in [RetentionPeriod.traces, .logs, .aggregates] {
      options.retention[period] = .seconds(40 * 365 * 86_400)
    }
    return options
  }()

  /// - Parameter fill: statements that insert rows.
  init(_ fill: [String]) throws {
    let name = EngineFixture.newName()
    let filled = try EngineFixture.store(name: name, Self.options)
    for statement in fill { try filled.execute(SQLStatement(statement)) }
    filled.close()
    // A store that opens finds the rows as those of commits before it.
    engine = try EngineFixture.store(name: name, Self.options)
    try engine.rollUp()
    derived = HarnessTables(tables: engine.derivedTables, now: { [clock] in clock.now })
    let endpoints = TelemetryEndpoints(
      reader: .over(engine, derived: derived), workers: DirectWorkers(), now: { [clock] in clock.now },
      sleep: { _ in await Task.yield() }, isActive: { [clock] _ in !clock.isRevoked })
    api = CheckedAPI(
      endpoints.endpoints, now: { [clock] in clock.now })
    document = OpenAPIDocument(
      version: "1.2.3", definitions: api.server.definitions)
  }

  /// The response to a GET below `/api/v1`.
  func response(
    _ target: String, tenant: UInt32 = 1, method: HTTPMethod = .get, permissions: Set<Permission> = [.query]
  ) async throws -> HTTPResponse {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    let request = HTTPRequest(
      method: method, path: "/api/v1" + parts[0], query: parts.count > 1 ? parts[1] : "",
      fields: ["x-request-id": "r1"])
    let principal = Principal(tenant: TenantID(tenant), permissions: permissions, keyID: nil)
    return try await api.handle(request, principal: principal)
  }

  func bytes(_ response: HTTPResponse) throws -> [UInt8] {
    guard case .bytes(let bytes) = response.body else { throw JSONError(offset: 0, reason: "a stream") }
    return bytes
  }

  /// The JSON of a GET, whatever its status.
  func json(_ target: String, tenant: UInt32 = 1) async throws -> JSONValue {
    try JSONValue(parsing: try bytes(try await response(target, tenant: tenant)))
  }

  /// The JSON of a GET that must succeed.
  func get(_ target: String, tenant: UInt32 = 1) async throws -> JSONValue {
    let response = try await response(target, tenant: tenant)
    let body = try bytes(response)
    #expect(response.status == 200, "\(target): \(String(decoding: body, as: UTF8.self))")
    return try JSONValue(parsing: body)
  }

  /// The texts of one member of the items of `data`.
  func list(_ target: String, _ member: String, tenant: UInt32 = 1) async throws -> [String] {
    try await get(target, tenant: tenant)["data"]?.array?.compactMap { $0[member]?.string } ?? []
  }
}

/// The derived tables of a store at the time of a harness: its commits carry such times, and end at once.
private struct HarnessTables: DerivedTables {
  let tables: any DerivedTables
  let now: @Sendable () -> UnixNanoseconds

  var visibleUntil: Int64 { now().rawValue }
  var derivedUntil: Int64 { tables.derivedUntil }
  var hasNewerCommits: Bool { tables.hasNewerCommits }
  var rowCount: Int { tables.rowCount }
  func hasCorrections(after until: Int64) -> Bool { tables.hasCorrections(after: until) }
  func didComputeNewerRows() { tables.didComputeNewerRows() }
  func density(of tenant: TenantID) -> SpanDensity { tables.density(of: tenant) }
  func read<Result, Failure: Error>(
    _ body: (_ derivedUntil: Int64?) throws(Failure) -> Result
  ) throws(Failure) -> Result { try tables.read(body) }
}

/// A row of `spans` as SQL.
struct SpanRow {
  var tenant = 1
  var trace: Int
  var span: Int
  var parent = 0
  var name = "root"
  var service = "gateway"
  var offsetMilliseconds: Int
  var durationMilliseconds = 10
  var status = 0
  var kind = 2
  /// Seconds between ``Harness/base`` and the row's arrival.
  var receivedSeconds = 0
  /// Further columns and their SQL.
  var columns: [(String, String)] = []

  static func id(_ trace: Int) -> String { "000000000000000000000000" + Hex.encode(UInt64(trace)).suffix(8) }

  var insert: String {
    let all: [(String, String)] =
      [
        ("tenant", "\(tenant)"), ("trace_id", "unhex('\(Self.id(trace))')"), ("span_id", "\(span)"),
        ("parent_span_id", "\(parent)"), ("name", "'\(name)'"), ("service_name", "'\(service)'"),
        (
          "start_time",
          "fromUnixTimestamp64Nano(toInt64(\(Harness.base + Int64(offsetMilliseconds) * 1_000_000)), 'UTC')"
        ), ("duration_ns", "\(durationMilliseconds * 1_000_000)"), ("status_code", "\(status)"), ("kind", "\(kind)"),
        ("received_at", "toDateTime(\(Harness.base / 1_000_000_000 + Int64(receivedSeconds)), 'UTC')"),
      ] + columns
    return
      "INSERT INTO spans (\(all.map(\.0).joined(separator: ", "))) SELECT \(all.map(\.1).joined(separator: ", "))"
  }
}
