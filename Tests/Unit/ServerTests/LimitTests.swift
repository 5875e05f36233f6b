import Base
import Commit
import Configuration
import EmbeddedEngine
import Engine
import Features
import Ingest
import Schema
import System
import TestSupport
import Testing

@testable import Server

/// Goal: a limit has one value, wherever it is written down.
///
/// Method: parts made with their own defaults against those made from the defaults of the settings.
@Suite struct `Defaults of settings and of parts` {
  private func defaults() throws -> Configuration {
    try ConfigurationLoader(Features.settings, environment: [:], readFile: { _ in nil }).load()
  }

  @Test func `commits`() throws {
    #expect(CommitLimits(try defaults()) == CommitLimits())
  }

  @Test func `retention`() throws {
    let policy = Features.retention(try defaults())
    let periods = Features.schema.tables.compactMap { $0.retention?.period }
    #expect(Set(periods).count == 10)
    for period in periods { #expect(policy[period] == period.defaultDuration, "\(period.name)") }
  }

  @Test func `queries`() throws {
    #expect(QueryLimits(try defaults()) == EmbeddedStoreOptions(folder: "").queryLimits)
  }
}

/// Goal: every request to the query APIs has one deadline.
///
/// Method: the pool's own threads.
@Suite struct `Workers of requests` {
  @Test func `a request whose deadline passes while it waits is not begun`() async throws {
    let pool = try WorkerPool(name: "test", threadCount: 1, queueCountMax: 4)
    let workers = QueryWorkers(pool: pool, timeout: .zero)
    await #expect(throws: QueryInterruption.deadline) {
      try await workers.run(for: WorkOwner(tenant: .default, client: "")) { _ in Issue.record("it began") }
    }
    pool.stop()
  }

  @Test func `the activity of a request is cancelled with its task`() async throws {
    let pool = try WorkerPool(name: "test", threadCount: 1, queueCountMax: 4)
    let workers = QueryWorkers(pool: pool, timeout: .seconds(60))
    let begun = AsyncStream.makeStream(of: Void.self)
    let request = Task {
      try await workers.run(for: WorkOwner(tenant: .default, client: "")) { activity in
        begun.continuation.finish()
        eventually { activity.isCancelled }
        _ = try activity.timeLeft()
      }
    }
    for await _ in begun.stream {}
    request.cancel()
    await #expect(throws: QueryInterruption.cancelled) { try await request.value }
    pool.stop()
  }
}
