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
    let open: @Sendable () throws -> Port = {
      port(try SQLiteRegistry(path: path, now: now, documentLimits: DocumentStoreConformance.limits))
    }
    return try Connections(open(), open(), restarted: open)
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
}
