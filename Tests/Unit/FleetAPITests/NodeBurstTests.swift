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

/// Goal: a burst that is asked for reaches the node with its next report, once, within bounds, and no other tenant's node.
@Suite struct NodeBurstTests {
  private let documents: SQLiteRegistry
  private let events = EventsInMemory()
  private let other: TenantID
  private let registry: NodeRegistry
  private let api: CheckedAPI
  private let time: SharedTime

  private final class SharedTime: Sendable {
    let now = Mutex(UnixNanoseconds(1_795_248_000_000_000_000))
    func pass(_ seconds: Int64) { now.withLock { $0 = UnixNanoseconds($0.rawValue + seconds * 1_000_000_000) } }
    var value: UnixNanoseconds { now.withLock { $0 } }
  }

  init() throws {
    documents = try SQLiteRegistry(path: ":memory:", now: UnixNanoseconds(1))
    other = try documents.createTenant(name: "other", at: UnixNanoseconds(1)).id
    registry = NodeRegistry(documents: documents, events: events)
    let bursts = NodeBursts(registry: registry, own: nil, hourlyMax: .seconds(100))
    let time = SharedTime()
    self.time = time
    api = CheckedAPI(
      FleetEndpoints(registry: registry, events: events, bursts: bursts).endpoints, now: { time.value })
  }

  private func post(_ path: String, _ body: [UInt8], tenant: TenantID = .default) async throws -> (Int, JSONValue) {
    var request = HTTPRequest(method: .post, path: "/api/v1/nodes/\(path)", query: "", body: body)
    request.fields["content-type"] = "application/json"
    let principal = Principal(tenant: tenant, permissions: [.ingest, .edit], keyID: "key-1")
    let response = try await api.handle(request, principal: principal)
    guard case .bytes(let bytes) = response.body, !bytes.isEmpty else { return (response.status, .null) }
    return (response.status, try JSONValue(parsing: bytes))
  }

  private func report(
    _ name: String = "a", _ burst: BurstReport? = BurstReport(), tenant: TenantID = .default
  ) async throws -> (Int, JSONValue) {
    var report = NodeReport()
    (report.name, report.version, report.burst) = (name, "1", burst)
    return try await post("report", report.json, tenant: tenant)
  }

  private func ask(
    _ body: String = "{}", of node: String = "a", tenant: TenantID = .default
  ) async throws -> (Int, JSONValue) { try await post("\(node)/burst", Array(body.utf8), tenant: tenant) }

  @Test func `it comes with the response to the next report, once`() async throws {
    #expect(try await report().0 == 204)
    let (status, asked) = try await ask(#"{"seconds":20}"#)
    #expect(status == 202)
    #expect(asked["data"]?["state"]?.string == "asked")
    // With the five seconds until the report.
    let until = RFC3339.format(UnixNanoseconds(time.value.rawValue + 25_000_000_000))
    #expect(asked["data"]?["until"]?.string == until)
    #expect(try await ask().0 == 409)
    let (taken, response) = try await report()
    #expect(taken == 200)
    #expect(response["burst"]?["seconds"]?.int == 20)
    #expect(response["burst"]?["reason"]?.string == "asked for with the key key-1")
    #expect(try await report().0 == 204)
    #expect(try await ask().0 == 202)
  }

  @Test func `one that nobody fetched for half a minute is forgotten`() async throws {
    _ = try await report()
    _ = try await ask()
    time.pass(31)
    #expect(try await report().0 == 204)
    #expect(try await ask().0 == 202)
  }

  @Test func `an hour has its bound`() async throws {
    _ = try await report()
    for (seconds, status) in [(60, 202), (60, 422), (40, 202), (1, 422)] {
      #expect(try await ask(#"{"seconds":\#(seconds)}"#).0 == status, "\(seconds)")
      _ = try await report()
      time.pass(60)
    }
    time.pass(3_600)
    _ = try await report()
    #expect(try await ask(#"{"seconds":60}"#).0 == 202)
  }

  @Test(arguments: [
    #"{"seconds":0}"#, #"{"seconds":61}"#, #"{"seconds":"30"}"#, #"{"seconds":1.5}"#, #"{"second":5}"#, "[]", "",
  ])
  func `a wrong body is refused`(body: String) async throws {
    _ = try await report()
    #expect(try await ask(body).0 == 400)
    #expect(try await report().0 == 204)
  }

  @Test func `nodes that are not there, silent, without bursts or another tenant's are not asked`() async throws {
    #expect(try await ask().0 == 404)
    _ = try await report(tenant: other)
    #expect(try await ask().0 == 404)
    _ = try await report("old", nil)
    let (status, old) = try await ask(of: "old")
    #expect(status == 409)
    #expect(old["detail"]?.string?.contains("reads no GPUs, or its version has no bursts") == true)
    _ = try await report()
    // Another tenant's request with the same name is about its own node.
    #expect(try await ask(tenant: other).0 == 202)
    #expect(try await report().0 == 204)
    #expect(try await report(tenant: other).0 == 200)
    time.pass(91)
    let (silent, problem) = try await ask()
    #expect(silent == 409)
    #expect(problem["detail"]?.string?.hasPrefix("Node 'a' is silent: nothing was heard of it since 20") == true)
  }

  @Test func `a burst is shown while it runs, by the server's clock, and becomes an event`() async throws {
    _ = try await report()
    var burst = BurstReport()
    let start = time.value
    (burst.count, burst.startedAt, burst.reason) = (1, start, "xid 79 of 0000:83:00.0")
    burst.until = UnixNanoseconds(start.rawValue + 30_000_000_000)
    for _ in 0..<2 { #expect(try await report("a", burst).0 == 204) }
    let node = try #require(try registry.node(named: "a", of: .default))
    #expect(NodeEntry(node, now: time.value).burst == burst)
    #expect(NodeEntry(node, now: UnixNanoseconds(start.rawValue + 30_000_000_000)).burst == nil)
    let messages = events.kept(of: .default).filter { $0.kind == "burst" }.map(\.message)
    #expect(messages == ["until \(RFC3339.format(burst.until ?? start)): xid 79 of 0000:83:00.0"])
    var endless = node.report
    endless.burst?.until = UnixNanoseconds(start.rawValue + 70_000_000_000)
    #expect(Node(report: endless, firstSeenAt: start, lastSeenAt: start).burst(at: start) == nil)
    let told = burst
    // The same burst, whose end was computed again.
    burst.until = UnixNanoseconds(start.rawValue + 30_000_000_007)
    #expect(try await report("a", burst).0 == 204)
    #expect(events.kept(of: .default).filter { $0.kind == "burst" }.count == 1)
    burst.reason = "asked for"
    time.pass(1)
    #expect(try await report("a", burst).0 == 204)
    #expect(events.kept(of: .default).filter { $0.kind == "burst" }.count == 2)
    var ahead = node.report
    ahead.clockOffsetSeconds = 600
    let moved = Node(report: ahead, firstSeenAt: start, lastSeenAt: start)
    #expect(moved.burst(at: start) == nil)
    ahead.clockOffsetSeconds = .greatestFiniteMagnitude
    #expect(Node(report: ahead, firstSeenAt: start, lastSeenAt: start).burst(at: start) == told)
  }
}
