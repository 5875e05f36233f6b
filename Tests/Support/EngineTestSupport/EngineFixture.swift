import Base
package import EmbeddedClickHouse
package import EmbeddedEngine
package import Engine
import Glibc
package import Schema
import Synchronization
import TelemetryTables
import Testing

/// The one engine of the test process: it can be open on one folder only, so all tests share it.
package enum EngineFixture {
  /// The engine, on a folder of its own.
  ///
  /// Throws if its library was not set up (scripts/setup.sh).
  ///
  /// Under a sanitizer the test ends here and counts as skipped: the engine is a library that was built without one and
  /// brings its own allocator and threads, so it aborts or reports what is no fault of ours.
  package static var database: EmbeddedDatabase {
    get throws {
      if isSanitized { try Test.cancel("the analytics engine does not run under a sanitizer") }
      return try shared.get()
    }
  }

  /// Whether this process runs under the address or the thread sanitizer.
  private static let isSanitized = unsafe dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

  /// A connection to a new database.
  package static func connection() throws -> EngineConnection {
    let connection = try database.connect()
    let name = newName()
    try connection.execute("CREATE DATABASE \(name)")
    try connection.execute("USE \(name)")
    leaveWithoutTeardown()
    return connection
  }

  /// A store with the whole schema in a new database.
  package static func store(
    _ options: EmbeddedStoreOptions = EmbeddedStoreOptions(folder: "")
  ) throws -> EmbeddedStore {
    try store(name: newName(), options)
  }

  /// A store in a database of a name, which another store may have opened before.
  ///
  /// Tests roll up by hand.
  package static func store(
    name: String, _ options: EmbeddedStoreOptions = EmbeddedStoreOptions(folder: ""),
    schema: StoreSchema = StoreSchema(tables: TelemetryTables.all, steps: TelemetryTables.steps)
  ) throws -> EmbeddedStore {
    let store = try EmbeddedStore(
      sharing: database, name: name, options: options, schema: schema, logger: .disabled)
    leaveWithoutTeardown()
    return store
  }

  /// A name that no database has yet.
  package static func newName() -> String { "test_\(counter.wrappingAdd(1, ordering: .relaxed).newValue)" }

  /// What the configuration of the shared engine is made for.
  package static let memoryBytes = 2 << 30

  private static let counter = Atomic<Int>(0)

  private static let folder = Mutex<String?>(nil)

  private static let shared: Result<EmbeddedDatabase, any Error> = Result {
    let folder = try temporaryFolder()
    Self.folder.withLock { $0 = folder }
    return try EmbeddedDatabase(
      library: EngineLibrary.load(), folder: folder + "/engine",
      configurationFolder: EngineConfiguration.prepare(in: folder, memoryBytes: memoryBytes))
  }

  /// Has the process end without tearing the engine down.
  ///
  /// The engine stays open until the end, and its library's static objects must not go away under its running threads.
  /// Handlers of exit run in reverse order, and the engine makes such objects as it works, so this is called often.
  package static func leaveWithoutTeardown() {
    unsafe on_exit(
      { status, _ in
        fflush(nil)
        EngineFixture.removeFolder()
        _exit(status)
      }, nil)
  }

  private static func removeFolder() {
    guard let folder = folder.withLock({ $0 }) else { return }
    let texts: [String] = ["rm", "-rf", folder]
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) }
    unsafe arguments.append(nil)
    var id: pid_t = 0
    // SAFETY: the arguments are NUL-terminated texts, after them NULL, and stay until the process ends.
    if unsafe posix_spawnp(&id, "rm", nil, nil, &arguments, environ) == 0 { waitpid(id, nil, 0) }
  }

  /// A new folder, in memory where there is room: the engine synchronises each definition of a table with the disk, and the
  /// tests make thousands.
  private static func temporaryFolder() throws -> String {
    var space = statvfs()
    let memory = "/dev/shm"
    let isRoomy = unsafe statvfs(memory, &space) == 0 && UInt64(space.f_bavail) * UInt64(space.f_frsize) >= 2 << 30
    let base = unsafe isRoomy && access(memory, W_OK) == 0 ? memory : "/tmp"
    var template = Array("\(base)/axonize-engine-XXXXXX".utf8CString)
    let folder = unsafe template.withUnsafeMutableBufferPointer { buffer -> String? in
      // SAFETY: mkdtemp writes into the template, which ends with a NUL.
      guard let base = buffer.baseAddress, let path = unsafe mkdtemp(base) else { return nil }
      return unsafe String(cString: path)
    }
    guard let folder else { throw ErrorReport(code: "no_folder", message: "mkdtemp failed with \(errno)") }
    return folder
  }
}

extension EmbeddedStore {
  /// The tables that are derived from spans.
  package var derivedTables: any DerivedTables { derivedTables(of: TelemetryTables.spans.table) }
}
