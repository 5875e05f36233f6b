package import AnalyticsStore
package import EmbeddedClickHouse
import Glibc
import Ground
import Synchronization

/// The one engine of the test process: it can be open on one folder only, so all tests share it.
package enum EngineFixture {
  /// The engine, on a folder of its own. Throws if its library was not set up (scripts/setup.sh).
  package static var database: EmbeddedDatabase { get throws { try shared.get() } }

  /// A connection to a new database.
  package static func connection() throws -> EngineConnection {
    let connection = try database.connect()
    let name = newName()
    try connection.execute("CREATE DATABASE \(name)")
    try connection.execute("USE \(name)")
    return connection
  }

  /// A store with the whole schema in a new database.
  package static func store(
    _ options: EmbeddedStoreOptions = EmbeddedStoreOptions(folder: "")
  ) throws -> EmbeddedStore {
    try store(name: newName(), options)
  }

  /// A store in a database of a name, which another store may have opened before.
  package static func store(
    name: String, _ options: EmbeddedStoreOptions = EmbeddedStoreOptions(folder: "")
  ) throws -> EmbeddedStore {
    try EmbeddedStore(sharing: database, name: name, options: options, logger: .disabled)
  }

  /// A name that no database has yet.
  package static func newName() -> String { "test_\(counter.wrappingAdd(1, ordering: .relaxed).newValue)" }

  private static let counter = Atomic<Int>(0)

  private static let shared: Result<EmbeddedDatabase, any Error> = Result {
    let library = try EngineLibrary.load()
    // The engine stays open until the process ends. Its library's static objects must not be torn down under its running
    // threads, so the process leaves without that: handlers run in reverse order, and this one comes before theirs.
    unsafe on_exit(
      { status, _ in
        fflush(nil)
        _exit(status)
      }, nil)
    return try EmbeddedDatabase(library: library, folder: temporaryFolder())
  }

  private static func temporaryFolder() throws -> String {
    var template = Array("/tmp/axonize-engine-XXXXXX".utf8CString)
    let folder = unsafe template.withUnsafeMutableBufferPointer { buffer -> String? in
      // SAFETY: mkdtemp writes into the template, which ends with a NUL.
      guard let base = buffer.baseAddress, let path = unsafe mkdtemp(base) else { return nil }
      return unsafe String(cString: path)
    }
    guard let folder else { throw ErrorReport(code: "no_folder", message: "mkdtemp failed with \(errno)") }
    return folder
  }
}
