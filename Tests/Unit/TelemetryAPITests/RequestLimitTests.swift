import APITestSupport
import Base
import Columns
import Engine
import HTTPTypes
import Identity
import Synchronization
import TelemetryQueries
import Testing

@testable import TelemetryAPI

/// Goal: what a request may take reaches each of its statements.
///
/// Method: an engine without rows that keeps the texts.
@Suite struct `Limits of a request` {
  private static func statements(
    of target: String, workers: some BlockingWorkers
  ) async throws -> (status: Int, texts: [String]) {
    let engine = KeepingEngine()
    let reader = TelemetryReader(
      engine: engine, derived: NothingDerived(), limits: QueryLimits(timeout: .seconds(7), memoryBytesMax: 123_456_789))
    let endpoints = TelemetryEndpoints(
      reader: reader, workers: workers, now: { Harness.now }, isActive: { _ in true })
    let api = CheckedAPI(
      endpoints.endpoints, workers: workers, now: { Harness.now })
    let principal = Principal(tenant: TenantID(9), permissions: [.query], keyID: "key-1")
    let response = try await api.handle(
      HTTPRequest(method: .get, path: "/api/v1/\(target)", peer: "10.0.0.1:99"), principal: principal)
    return (response.status, engine.texts.withLock { $0 })
  }

  private static let targets = [
    "traces", "spans", "services", "analytics/overview", "attributes", "logs",
  ]

  @Test(arguments: targets)
  func `every statement has the memory and the time of the settings`(target: String) async throws {
    let (_, texts) = try await Self.statements(of: target, workers: DirectWorkers())
    #expect(!texts.isEmpty)
    for text in texts { #expect(text.contains("max_execution_time = 7, max_memory_usage = 123456789")) }
  }

  @Test func `a statement has no more than the time that is left of its request`() async throws {
    let (_, texts) = try await Self.statements(
      of: "services", workers: OneActivity(activity: QueryActivity { .milliseconds(3_250) }))
    #expect(texts.first?.contains("max_execution_time = 3.250, ") == true)
  }

  @Test func `a request whose time is over asks nothing more`() async throws {
    let (status, texts) = try await Self.statements(
      of: "services", workers: OneActivity(activity: QueryActivity { .zero }))
    #expect(status == 504)
    #expect(texts == [])
  }

  @Test func `a request that was given up asks nothing more`() async throws {
    let activity = QueryActivity { .seconds(9) }
    activity.cancel()
    let (_, texts) = try await Self.statements(of: "services", workers: OneActivity(activity: activity))
    #expect(texts == [])
  }

  @Test func `the workers are told whose request it is`() async throws {
    let workers = OneActivity(activity: .background)
    _ = try await Self.statements(of: "services", workers: workers)
    #expect(workers.owners.withLock { $0 } == [WorkOwner(tenant: TenantID(9), client: "key-1")])
  }
}

/// An engine that has no rows and keeps what it is asked.
private final class KeepingEngine: AnalyticsEngine {
  let texts = Mutex<[String]>([])

  func execute(_ statement: SQLStatement) throws(EngineError) {}
  func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    texts.withLock { $0.append(statement.text) }
    return QueryResult(columns: [], rowCount: 0)
  }
}

/// Workers that give every request the same activity.
private final class OneActivity: BlockingWorkers {
  let activity: QueryActivity
  let owners = Mutex<[WorkOwner]>([])

  init(activity: QueryActivity) { self.activity = activity }

  func run<Result: Sendable>(
    for owner: WorkOwner, _ work: @escaping @Sendable (QueryActivity) throws -> Result
  ) async throws -> Result {
    owners.withLock { $0.append(owner) }
    return try work(activity)
  }
}
