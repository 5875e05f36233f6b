import Glibc
import SQLite
import Testing

struct SQLiteDatabaseTests {
  /// A directory of its own for a test; the caller removes it.
  private func withDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/axonize-sqlite-XXXXXX".utf8CString)
    let made = unsafe mkdtemp(&template)
    try #require(unsafe made != nil)
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { for name in ["/x.sqlite", "/x.sqlite-wal", "/x.sqlite-shm", ""] { unsafe remove(path + name) } }
    try body(path)
  }

  @Test func `every kind of value comes back as it went in`() throws {
    let database = try SQLiteDatabase.open(path: ":memory:")
    try database.execute("CREATE TABLE x (a, b, c, d, e, f)")
    let values: [SQLiteValue] = [.null, .integer(.min), .real(0.1), .text("é\u{0}z"), .blob([0, 255]), .blob([])]
    #expect(try database.run("INSERT INTO x VALUES (?, ?, ?, ?, ?, ?)", values) == 1)
    let rows = try database.rows("SELECT * FROM x") { (row) throws(SQLiteError) in
      [
        SQLiteValue(row.optionalInteger(0)), .integer(row.integer(1)), .real(row.real(2)), SQLiteValue(row.text(3)),
        .blob(row.bytes(4) ?? []), row.bytes(5).map(SQLiteValue.blob) ?? .null,
      ]
    }
    #expect(rows == [values])
  }

  @Test func `a statement can run again with other values`() throws {
    let database = try SQLiteDatabase.open(path: ":memory:")
    let statement = try database.prepare("SELECT ? + 1")
    for number in [1, 5] as [Int64] {
      try statement.bind([.integer(number)])
      #expect(try statement.step())
      #expect(statement.integer(0) == number + 1)
      #expect(try !statement.step())
    }
  }

  @Test func `failures are told apart by kind`() throws {
    let database = try SQLiteDatabase.open(path: ":memory:")
    try database.execute("CREATE TABLE x (a UNIQUE)")
    try database.run("INSERT INTO x VALUES (1)")
    func kind(_ body: () throws(SQLiteError) -> Void) -> SQLiteError.Kind? {
      do throws(SQLiteError) { try body() } catch { return error.kind }
      return nil
    }
    #expect(kind { () throws(SQLiteError) in try database.run("INSERT INTO x VALUES (1)") } == .constraint)
    #expect(kind { () throws(SQLiteError) in try database.execute("NONSENSE") } == .other)
    #expect(kind { () throws(SQLiteError) in _ = try SQLiteDatabase.open(path: "/nowhere/x") } == .cannotOpen)
    try withDirectory { directory in
      let opened = unsafe fopen(directory + "/x.sqlite", "w")
      guard let file = unsafe opened else {
        Issue.record("cannot write")
        return
      }
      unsafe fputs(String(repeating: "not a database ", count: 100), file)
      unsafe fclose(file)
      #expect(
        kind { () throws(SQLiteError) in _ = try SQLiteDatabase.open(path: directory + "/x.sqlite") } == .corrupt)
    }
  }

  @Test func `a second writer waits, then fails as busy; its reader goes on`() throws {
    try withDirectory { directory in
      let path = directory + "/x.sqlite"
      let first = try SQLiteDatabase.open(path: path)
      try first.execute("CREATE TABLE x (a)")
      var status = stat()
      #expect(unsafe stat(path, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600)
      let second = try SQLiteDatabase.open(path: path, busyTimeout: .milliseconds(1))
      try first.execute("BEGIN IMMEDIATE; INSERT INTO x VALUES (1)")
      #expect(throws: SQLiteError.self) { try second.execute("BEGIN IMMEDIATE") }
      #expect(try second.rows("SELECT count(*) FROM x") { (row) throws(SQLiteError) in row.integer(0) } == [0])
      try first.execute("COMMIT")
      #expect(try second.rows("SELECT count(*) FROM x") { (row) throws(SQLiteError) in row.integer(0) } == [1])
    }
  }

  @Test func `a second connection leaves the first one's lock on the file, without which others remove its log`() throws
  {
    try withDirectory { directory in
      let path = directory + "/x.sqlite"
      let first = try SQLiteDatabase.open(path: path)
      try first.execute("CREATE TABLE x (a)")
      do { _ = try SQLiteDatabase.open(path: path).rows("SELECT a FROM x") { (_) throws(SQLiteError) in 0 } }
      let second = try SQLiteDatabase.open(path: path)
      // Asked as another process would: locks of open file descriptions do not belong to a process. The header of fcntl
      // shows F_OFD_GETLK to GNU sources only.
      let openDescriptionGetLock: Int32 = 36
      let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
      defer { close(descriptor) }
      var lock = flock()
      lock.l_type = Int16(F_WRLCK)
      lock.l_whence = Int16(SEEK_SET)
      #expect(unsafe fcntl(descriptor, openDescriptionGetLock, &lock) == 0)
      #expect(lock.l_type == Int16(F_RDLCK))
      try second.execute("INSERT INTO x VALUES (1)")
      #expect(try first.rows("SELECT a FROM x") { (row) throws(SQLiteError) in row.integer(0) } == [1])
    }
  }

  @Test func `a transaction that throws leaves nothing behind`() throws {
    let database = try SQLiteDatabase.open(path: ":memory:")
    try database.execute("CREATE TABLE x (a UNIQUE)")
    #expect(throws: SQLiteError.self) {
      try database.transaction { (database) throws(SQLiteError) in
        try database.run("INSERT INTO x VALUES (1)")
        try database.run("INSERT INTO x VALUES (1)")
      } wrap: {
        $0
      }
    }
    try database.transaction { (database) throws(SQLiteError) in
      _ = try database.run("INSERT INTO x VALUES (2)")
    } wrap: {
      $0
    }
    #expect(try database.rows("SELECT a FROM x") { (row) throws(SQLiteError) in row.integer(0) } == [2])
  }
}
