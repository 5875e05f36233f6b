import API
import APITestSupport
import Base
import EmbeddedClickHouse
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

/// The API over a real engine with a known set of rows.
struct Harness: Sendable {
  /// 2026-11-21T08:00:00Z.
  static let base: Int64 = 1_795_248_000_000_000_000
  /// Ten minutes later: the API's now.
  static let now = UnixNanoseconds(base + 600_000_000_000)

  let engine: TestEngine
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

  init(_ fill: [String]) throws {
    let connection = try EngineFixture.connection()
    for step in TelemetryTables.steps {
      for statement in step.statements { try connection.execute(statement) }
    }
    for statement in fill { try connection.execute(statement) }
    engine = TestEngine(connection)
    let endpoints = TelemetryEndpoints(
      // Commits carry the times of the harness, and end at once.
      reader: .over(engine, derived: NothingDerived(visibleUntil: { [clock] in clock.now.rawValue })),
      workers: DirectWorkers(), now: { [clock] in clock.now },
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
