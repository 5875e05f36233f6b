import Identity
import RegistryConformance
import Testing

@testable import RegistrySQLite

/// What every implementation of the ports must do, in SQLite.
struct ConformanceTests {
  /// Two connections of this process to one file, and those of later processes.
  private func connections<Port: Sendable>(
    _ path: String, _ port: @escaping @Sendable (SQLiteRegistry) -> Port
  ) throws -> Connections<Port> {
    @Sendable func open(_ process: Int64) throws -> Port {
      port(
        try SQLiteRegistry(
          path: path, now: now, documentLimits: DocumentStoreConformance.limits,
          idempotencyLimits: IdempotencyStoreConformance.limits, process: process))
    }
    return try Connections(open(SQLiteRegistry.thisProcess), open(SQLiteRegistry.thisProcess)) {
      try open(.random(in: .min ... .max))
    }
  }

  @Test(arguments: RegistryConformance.all)
  func `the registry in SQLite does what every registry must`(rule: ConformanceCase<any Registry>) async throws {
    try await withPath { path in try await rule.run(try connections(path) { $0 }) }
  }

  @Test(arguments: DocumentStoreConformance.all)
  func `documents in SQLite do what every document store must`(
    rule: ConformanceCase<any DocumentStoreConformance.Port>
  ) async throws {
    try await withPath { path in try await rule.run(try connections(path) { $0 }) }
  }

  @Test(arguments: IdempotencyStoreConformance.all)
  func `idempotency records in SQLite do what every idempotency store must`(
    rule: ConformanceCase<any IdempotencyStoreConformance.Port>
  ) async throws {
    try await withPath { path in try await rule.run(try connections(path) { $0 }) }
  }

  @Test(arguments: CompletionConformance.all)
  func `a change in SQLite keeps its response as every registry must`(
    rule: ConformanceCase<any CompletionConformance.Port>
  ) async throws {
    try await withPath { path in try await rule.run(try connections(path) { $0 }) }
  }
}
