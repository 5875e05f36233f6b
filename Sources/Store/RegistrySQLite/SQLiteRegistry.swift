package import Base
package import Identity
import SQLite
import Synchronization

/// The registry in a SQLite file.
///
/// Several processes may have it open: the server, and commands that manage keys.
package final class SQLiteRegistry: Registry {
  /// A connection that one thread at a time uses.
  private final class Connection: Sendable {
    let database: Mutex<SQLiteDatabase>

    init(_ database: consuming sending SQLiteDatabase) { self.database = Mutex(database) }
  }

  private let path: String
  private let connection: Connection
  /// For what event loops ask: it never waits for a write, which lasts as long as the disk takes to make it durable.
  private let promptConnection: Connection
  let documentLimits: DocumentLimits
  let idempotencyLimits: IdempotencyLimits
  /// Which process this is, for records of what it has in progress.
  let process: Int64

  /// The name of the file within the data directory.
  package static let fileName = "registry.sqlite"

  /// A number of this process; 64 random bits, since process ids come again, in a container at each start.
  static let thisProcess = Int64.random(in: .min ... .max)

  /// Opens or creates the file and brings its schema up to date.
  ///
  /// - Parameters:
  ///   - path: the file; `:memory:` for a private one in memory.
  ///   - now: the time to note for migrations.
  package convenience init(path: String, now: UnixNanoseconds) throws(RegistryError) {
    try self.init(path: path, now: now, migrations: RegistryMigration.all)
  }

  /// - Parameter process: this process, or another one that a test plays.
  init(
    path: String, now: UnixNanoseconds, documentLimits: DocumentLimits = DocumentLimits(),
    idempotencyLimits: IdempotencyLimits = IdempotencyLimits(), process: Int64 = SQLiteRegistry.thisProcess,
    migrations: [RegistryMigration] = RegistryMigration.all
  ) throws(RegistryError) {
    self.path = path
    self.documentLimits = documentLimits
    self.idempotencyLimits = idempotencyLimits
    self.process = process
    do {
      let database = try SQLiteDatabase.open(path: path)
      try RegistryMigration.apply(migrations, to: database, at: now)
      connection = Connection(database)
      promptConnection = path == ":memory:" ? connection : Connection(try SQLiteDatabase.open(path: path))
    } catch {
      throw Self.wrap(error, path)
    }
  }

  package func check() throws(RegistryError) {
    // A transaction that writes back what is there: a read-only file, directory or full disk refuses it.
    try write { database in _ = try database.run("UPDATE tenants SET name = name WHERE id = 1") }
  }

  package func changeToken() throws(RegistryError) -> Int64 {
    try readPromptly { database in
      try database.rows("SELECT count FROM change_count") { (row) throws(SQLiteError) in row.integer(0) }[0]
    }
  }

  /// Runs a body that reads; one thread at a time, so it may wait for a write.
  func read<Result: Sendable>(
    _ body: (borrowing SQLiteDatabase) throws -> Result
  ) throws(RegistryError) -> Result {
    try run(on: connection, body)
  }

  /// Runs a body that reads little, without a wait for a write.
  func readPromptly<Result: Sendable>(
    _ body: (borrowing SQLiteDatabase) throws -> Result
  ) throws(RegistryError) -> Result {
    try run(on: promptConnection, body)
  }

  /// Runs a body that changes rows, as one transaction, which is durable when this returns.
  func write<Result: Sendable>(
    _ body: (borrowing SQLiteDatabase) throws -> Result
  ) throws(RegistryError) -> Result {
    try read { database in try database.transaction(body) { $0 } }
  }

  /// Like ``write(_:)``, and ``changeToken()`` differs afterwards.
  func change<Result: Sendable>(
    _ body: (borrowing SQLiteDatabase) throws -> Result
  ) throws(RegistryError) -> Result {
    try write { database in
      let result = try body(database)
      try database.run("UPDATE change_count SET count = count + 1")
      return result
    }
  }

  private func run<Result: Sendable>(
    on connection: Connection, _ body: (borrowing SQLiteDatabase) throws -> Result
  ) throws(RegistryError) -> Result {
    do {
      return try connection.database.withLock { database in try body(database) }
    } catch {
      throw Self.wrap(error, path)
    }
  }

  /// What a failure means to who uses the registry.
  private static func wrap(_ error: any Error, _ path: String) -> RegistryError {
    if let error = error as? RegistryError { return error }
    let remedy =
      switch (error as? SQLiteError)?.kind {
      case .busy: "Another process holds its lock; try again."
      case .full: "Free some disk space."
      case .readOnly, .cannotOpen: "The user that runs this needs to be able to write the file and its directory."
      case .corrupt: "The file is damaged or not a registry; restore it from a backup, or move it away to start over."
      default: "Look at the disk and the file system."
      }
    return RegistryError(kind: .unavailable, message: "The registry \(path) failed: \(error). \(remedy)")
  }
}
