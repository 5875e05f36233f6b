package import EmbeddedClickHouse
import Glibc
import Synchronization

/// The one engine of the test process: it can be open on one folder only, so every suite uses this.
package enum EngineFixture {
  /// A connection of its own, to a database of its own.
  package static func connection() throws -> EngineConnection {
    let database = try shared.get()
    let connection = try database.connect()
    let name = "test_\(nextNumber.wrappingAdd(1, ordering: .relaxed).newValue)"
    try connection.execute("CREATE DATABASE \(name)")
    try connection.execute("USE \(name)")
    return connection
  }

  package static var database: EmbeddedDatabase { get throws { try shared.get() } }

  private static let nextNumber = Atomic<Int>(0)

  private static let shared: Result<EmbeddedDatabase, any Error> = Result {
    let library = try EngineLibrary.load()
    return try EmbeddedDatabase(library: library, folder: temporaryFolder())
  }

  /// A new folder that is removed when the process ends.
  private static func temporaryFolder() -> String {
    var template = Array("/tmp/axonize-engine-XXXXXX".utf8CString)
    // SAFETY: mkdtemp writes into the template, which ends with a NUL.
    let path = unsafe template.withUnsafeMutableBufferPointer { buffer in
      unsafe mkdtemp(buffer.baseAddress!).map { unsafe String(cString: $0) }
    }
    return path ?? "/tmp/axonize-engine"
  }
}
