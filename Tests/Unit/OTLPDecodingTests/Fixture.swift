import Glibc
import JSON

/// A request in `Fixtures/`, made by `make_fixtures.py` with OpenTelemetry's own protobuf classes.
enum Fixture {
  private static let folder = String(#filePath.dropLast("Fixture.swift".count)) + "Fixtures/"

  /// The bytes of a fixture.
  static func bytes(_ name: String) throws -> [UInt8] {
    let file = unsafe fopen(folder + name, "rb")
    guard let file = unsafe file else { throw Missing(name: name) }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = unsafe fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
  }

  static func json(_ name: String) throws -> JSONValue { try JSONValue(parsing: bytes(name)) }

  struct Missing: Error {
    let name: String
  }
}
