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
    try Connections(port(SQLiteRegistry(path: path, now: now)), port(SQLiteRegistry(path: path, now: now))) {
      port(try SQLiteRegistry(path: path, now: now))
    }
  }

  @Test(arguments: RegistryConformance.all)
  func `the registry in SQLite does what every registry must`(rule: ConformanceCase<any Registry>) async throws {
    try await withPath { path in try await rule.run(try connections(path) { $0 }) }
  }
}
