package import Base
package import Identity
import SQLite
import Synchronization

/// The registry in a SQLite file. Several processes may have it open: the server, and commands that manage keys.
package final class SQLiteRegistry: Registry {
  private let path: String
  private let database: Mutex<SQLiteDatabase>
  /// SQLite's data version does not tell of this connection's own commits.
  private let ownChangeCount = Atomic<Int64>(0)

  /// The name of the file within the data directory.
  package static let fileName = "registry.sqlite"

  /// Opens or creates the file and brings its schema up to date.
  ///
  /// - Parameters:
  ///   - path: the file; `:memory:` for a private one in memory.
  ///   - now: the time to note for migrations.
  package convenience init(path: String, now: UnixNanoseconds) throws(RegistryError) {
    try self.init(path: path, now: now, migrations: RegistryMigration.all)
  }

  init(path: String, now: UnixNanoseconds, migrations: [RegistryMigration]) throws(RegistryError) {
    self.path = path
    do {
      let database = try SQLiteDatabase.open(path: path)
      try RegistryMigration.apply(migrations, to: database, at: now)
      self.database = Mutex(database)
    } catch {
      throw Self.wrap(error, path)
    }
  }

  package func check() throws(RegistryError) {
    // A transaction that writes back what is there: a read-only file, directory or full disk refuses it.
    try write { database in _ = try database.run("UPDATE tenants SET name = name WHERE id = 1") }
  }

  package func changeToken() throws(RegistryError) -> Int64 {
    try read { database in try database.dataVersion() } << 32 ^ ownChangeCount.load(ordering: .acquiring)
  }

  /// Runs a body that reads; one thread at a time.
  func read<Result: Sendable>(
    _ body: (borrowing SQLiteDatabase) throws -> Result
  ) throws(RegistryError) -> Result {
    do { return try database.withLock { database in try body(database) } } catch { throw Self.wrap(error, path) }
  }

  /// Runs a body that changes rows, as one transaction.
  func write<Result: Sendable>(
    _ body: (borrowing SQLiteDatabase) throws -> Result
  ) throws(RegistryError) -> Result {
    try read { database in try database.transaction(body) { $0 } }
  }

  /// Like ``write(_:)``, and tells ``changeToken()`` of it.
  func change<Result: Sendable>(
    _ body: (borrowing SQLiteDatabase) throws -> Result
  ) throws(RegistryError) -> Result {
    let result = try write(body)
    ownChangeCount.add(1, ordering: .releasing)
    return result
  }

  /// What a failure means to who uses the registry.
  private static func wrap(_ error: any Error, _ path: String) -> RegistryError {
    if let error = error as? RegistryError { return error }
    let remedy =
      switch (error as? SQLiteError)?.kind {
      case .busy: "Another process holds its lock; try again."
      case .full: "Free some disk space."
      case .readOnly, .cannotOpen: "The user that runs this needs to be able to write the file and its directory."
      case .corrupt: "The file is damaged or no registry; restore it from a backup, or move it away to begin anew."
      default: "Look at the disk and the file system."
      }
    return RegistryError(kind: .unavailable, message: "The registry \(path) failed: \(error). \(remedy)")
  }
}
