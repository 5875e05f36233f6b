import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Glibc
import System
import Testing

/// Goal: the engine runs by our configuration.
///
/// Method: what the engine that all tests share says of itself.
@Suite struct `Configuration of the engine` {
  @Test func `the engine has the settings that its configuration names, and nothing else is changed`() throws {
    let changed = try EngineFixture.store().query(
      SQLStatement(
        "SELECT name, value FROM system.server_settings WHERE changed AND name NOT IN ('path', 'logger.level') ORDER BY name"
      ))
    let settings = (0..<changed.rowCount).map { row in
      "\(changed["name"].string(row) ?? "") = \(changed["value"].string(row) ?? "")"
    }
    #expect(
      settings == [
        "index_mark_cache_size = 134217728", "index_uncompressed_cache_size = 33554432",
        "mark_cache_size = 268435456", "memory_worker_period_ms = 250", "primary_index_cache_size = 134217728",
        "query_condition_cache_size = 16777216",
      ])
  }

  @Test func `a file that says what it should is left alone, and any other is replaced`() throws {
    var template = Array("/tmp/axonize-configuration-XXXXXX".utf8CString)
    // SAFETY: mkdtemp writes into the template, which ends with a NUL.
    let folder = unsafe template.withUnsafeMutableBufferPointer { unsafe String(cString: mkdtemp($0.baseAddress!)) }
    let path = try EngineConfiguration.prepare(in: folder, memoryBytes: 1 << 30) + "/config.xml"
    let text = try File.read(path)
    try File.writeAtomically(path, Array("<broken".utf8))
    _ = try EngineConfiguration.prepare(in: folder, memoryBytes: 1 << 30)
    #expect(try File.read(path) == text)
    let before = try status(path)
    _ = try EngineConfiguration.prepare(in: folder, memoryBytes: 1 << 30)
    #expect(try status(path) == before, "it was written again")
    _ = try EngineConfiguration.prepare(in: folder, memoryBytes: 2 << 30)
    #expect(try File.read(path) != text)
  }

  private func status(_ path: String) throws -> UInt64 {
    var status = stat()
    // SAFETY: the structure is a local that lives during the call.
    guard unsafe stat(path, &status) == 0 else { throw SystemError(call: "stat", code: errno) }
    return UInt64(status.st_ino)
  }
}
