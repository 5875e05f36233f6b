import FoundationEssentials
import Base
import Engine
import SQLBuilder
import Testing

@testable import TelemetryQueries

/// Statements compared with files in `Snapshots`, which `AXONIZE_UPDATE_SNAPSHOTS=1` rewrites.
enum Snapshot {
  private static let folder = String(#filePath.dropLast("Snapshot.swift".count)) + "Snapshots/"

  static func expect(
    _ select: Select, named name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let statement = select.statement(for: TenantID(7), limits: .ofDefaults)
    let parameters = statement.parameters.sorted { $0.key < $1.key }.map { "-- \($0.key) = \($0.value)\n" }
    let text = parameters.joined() + statement.text + "\n"
    let path = folder + name + ".sql"
    if ProcessInfo.processInfo.environment["AXONIZE_UPDATE_SNAPSHOTS"] == "1" {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return
    }
    let stored = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == stored, "Snapshots/\(name).sql differs", sourceLocation: sourceLocation)
  }
}
