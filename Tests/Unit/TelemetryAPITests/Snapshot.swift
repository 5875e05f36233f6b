import Base
import Engine
import SQLBuilder
import TestSupport
import Testing

@testable import TelemetryQueries

extension Snapshot {
  /// A statement of the tenant 7 with its parameters.
  static func expect(
    _ select: Select, named name: String, beside file: String = #filePath,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let statement = select.statement(for: TenantID(7), limits: .ofDefaults)
    let parameters = statement.parameters.sorted { $0.key < $1.key }.map { "-- \($0.key) = \($0.value)\n" }
    try expect(
      parameters.joined() + statement.text + "\n", named: name + ".sql", beside: file, sourceLocation: sourceLocation)
  }
}
