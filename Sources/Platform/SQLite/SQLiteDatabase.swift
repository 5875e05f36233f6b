import CSQLite
import Glibc

/// One connection to a SQLite file, used by one thread at a time.
@safe
package struct SQLiteDatabase: ~Copyable {
  package enum Mode: Sendable {
    case readOnly
    /// Creates the file, readable by its owner only, if there is none.
    case readWriteCreate
  }

  private let handle: OpaquePointer

  /// Opens a file in WAL mode with full foreign key checks.
  ///
  /// - Parameters:
  ///   - path: the file; `:memory:` for a private one in memory.
  ///   - busyTimeout: how long a call waits for a lock of another connection before it fails as busy.
  package static func open(
    path: String, mode: Mode = .readWriteCreate, busyTimeout: Duration = .seconds(5)
  ) throws(SQLiteError) -> SQLiteDatabase {
    if mode == .readWriteCreate && path != ":memory:" {
      // SQLite would create it with mode 0644; where this fails, SQLite says why in a moment. A file that is there must not
      // be opened: closing it again would drop the locks of this process's other connections, whose log another process
      // could then remove (https://www.sqlite.org/howtocorrupt.html, section 2.2).
      let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if descriptor >= 0 { close(descriptor) }
    }
    let database = unsafe SQLiteDatabase(takingOwnershipOf: try open(path, mode))
    let milliseconds =
      busyTimeout.components.seconds * 1000 + busyTimeout.components.attoseconds / 1_000_000_000_000_000
    unsafe sqlite3_extended_result_codes(database.handle, 1)
    unsafe sqlite3_busy_timeout(database.handle, Int32(clamping: milliseconds))
    try database.execute("PRAGMA foreign_keys = ON")
    if mode == .readWriteCreate {
      try database.execute("PRAGMA journal_mode = WAL")
      // An acknowledged change survives a power cut as well, and changes here are rare.
      try database.execute("PRAGMA synchronous = FULL")
    }
    return database
  }

  private init(takingOwnershipOf handle: OpaquePointer) { unsafe self.handle = handle }

  private static func open(_ path: String, _ mode: Mode) throws(SQLiteError) -> OpaquePointer {
    var opened: OpaquePointer?
    let access = mode == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    // Serialised by the owner, hence no mutex of SQLite's own (https://www.sqlite.org/threadsafe.html).
    // SAFETY: path is a NUL-terminated copy for the call; sqlite3_open_v2 sets `opened` except when out of memory.
    let result = unsafe sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX, nil)
    guard let handle = unsafe opened else { throw SQLiteError(code: result, message: "out of memory") }
    guard result == SQLITE_OK else {
      // SAFETY: the text is copied before the handle, which nobody else has, is closed.
      let error = SQLiteError(code: result, message: unsafe String(cString: sqlite3_errmsg(handle)))
      unsafe sqlite3_close_v2(handle)
      throw error
    }
    return unsafe handle
  }

  deinit {
    // SAFETY: opened by init and closed once; v2 waits for statements that are still alive.
    unsafe sqlite3_close_v2(handle)
  }

  /// Runs statements without parameters or rows.
  package borrowing func execute(_ sql: String) throws(SQLiteError) {
    // SAFETY: sql is a NUL-terminated copy for the call.
    let result = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
    guard result == SQLITE_OK else { throw error(result) }
  }

  /// Prepares one statement.
  package borrowing func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
    var prepared: OpaquePointer?
    // SAFETY: sql is a NUL-terminated copy for the call.
    let result = unsafe sqlite3_prepare_v2(handle, sql, -1, &prepared, nil)
    guard result == SQLITE_OK, let statement = unsafe prepared else { throw error(result) }
    return unsafe SQLiteStatement(takingOwnershipOf: statement)
  }

  /// Runs one statement with values for its `?`, to its end, and returns how many rows it changed.
  @discardableResult
  package borrowing func run(_ sql: String, _ values: [SQLiteValue] = []) throws(SQLiteError) -> Int {
    let statement = try prepare(sql)
    try statement.bind(values)
    while try statement.step() {}
    return Int(unsafe sqlite3_changes64(handle))
  }

  /// The rows of a query, each made into a value.
  package borrowing func rows<Row>(
    _ sql: String, _ values: [SQLiteValue] = [], _ read: (borrowing SQLiteStatement) throws(SQLiteError) -> Row
  ) throws(SQLiteError) -> [Row] {
    let statement = try prepare(sql)
    try statement.bind(values)
    var rows: [Row] = []
    while try statement.step() { rows.append(try read(statement)) }
    return rows
  }

  /// Runs a body as one transaction that takes the write lock at once; a thrown error rolls it back.
  package borrowing func transaction<Result, Failure: Error>(
    _ body: (borrowing SQLiteDatabase) throws(Failure) -> Result, wrap: (SQLiteError) -> Failure
  ) throws(Failure) -> Result {
    do { try execute("BEGIN IMMEDIATE") } catch { throw wrap(error) }
    do throws(Failure) {
      let result = try body(self)
      do { try execute("COMMIT") } catch { throw wrap(error) }
      return result
    } catch {
      // A failed statement may have rolled back already; ROLLBACK then only says so.
      if unsafe sqlite3_get_autocommit(handle) == 0 { unsafe sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
      throw error
    }
  }

  private borrowing func error(_ code: Int32) -> SQLiteError {
    // SAFETY: sqlite3_errmsg returns a NUL-terminated text that is valid until the next call; it is copied here.
    SQLiteError(code: code, message: unsafe String(cString: sqlite3_errmsg(handle)))
  }
}

extension SQLiteError {
  init(code: Int32, message: String) {
    let kind: Kind =
      switch code & 0xff {
      case SQLITE_BUSY, SQLITE_LOCKED: .busy
      case SQLITE_CONSTRAINT: .constraint
      case SQLITE_FULL: .full
      case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .readOnly
      case SQLITE_CANTOPEN: .cannotOpen
      case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
      case SQLITE_IOERR: .inputOutput
      default: .other
      }
    self.init(kind: kind, code: code, message: message)
  }
}
