import CArrowADBC
package import Columns

/// A connection to the engine: one statement at a time, from any thread.
@safe
package final class EngineConnection: @unchecked Sendable {
  // @unchecked: the owner (a pool or a writer) lets one thread use it at a time, as ADBC demands.
  private let database: EmbeddedDatabase
  private let connection: UnsafeMutablePointer<AdbcConnection>
  /// Whether the database counts it.
  private var isOpen = false

  init(_ database: EmbeddedDatabase, _ handle: UnsafeMutablePointer<AdbcDatabase>) throws(EngineFailure) {
    self.database = database
    unsafe connection = .allocate(capacity: 1)
    unsafe connection.initialize(to: AdbcConnection())
    let driver = unsafe database.driver
    // SAFETY: the handle is the database's own, which is kept alive by `database`.
    try unsafe AdbcCall.check { unsafe driver.pointee.ConnectionNew(connection, $0) }
    try unsafe AdbcCall.check { unsafe driver.pointee.ConnectionInit(connection, handle, $0) }
    isOpen = true
  }

  deinit {
    // SAFETY: statements are released before their call returns.
    var error = unsafe AdbcError()
    if let release = unsafe database.driver.pointee.ConnectionRelease { _ = unsafe release(connection, &error) }
    unsafe axonize_adbc_release_error(&error)
    unsafe connection.deallocate()
    if isOpen { database.disconnected() }
  }

  /// Runs a statement and drops its rows.
  package func execute(_ sql: String) throws(EngineFailure) { _ = try query(sql) }

  /// Runs a statement and returns its rows.
  package func query(_ sql: String) throws(EngineFailure) -> QueryResult {
    let driver = unsafe database.driver
    return try unsafe withStatement { (statement) throws(EngineFailure) in
      // SAFETY: the stream is released below, before its statement.
      var stream = unsafe ArrowArrayStream()
      defer { unsafe axonize_arrow_release_stream(&stream) }
      try unsafe AdbcCall.check { unsafe driver.pointee.StatementSetSqlQuery(statement, sql, $0) }
      try unsafe AdbcCall.check { unsafe driver.pointee.StatementExecuteQuery(statement, &stream, nil, $0) }
      return try unsafe Self.read(&stream)
    }
  }

  /// Adds rows to a table, as one commit in each partition.
  ///
  /// Returns when the rows are committed. The columns MUST NOT change meanwhile.
  ///
  /// - Parameters:
  ///   - columns: Every column of the table that is not an alias, in its order: the driver matches by position.
  ///   - rows: Which rows of the columns.
  package func insert(
    _ columns: [(name: String, column: any Column)], rows: Range<Int>, into table: String
  ) throws(EngineFailure) {
    let driver = unsafe database.driver
    // The engine asks the stream for its schema and never releases it (26.9): 7 KiB an insert of 40 columns.
    // SAFETY: the statement, which alone takes schemas, is released before the list is.
    let given = UnsafeMutablePointer<OpaquePointer?>.allocate(capacity: 1)
    unsafe given.initialize(to: nil)
    defer {
      unsafe axonize_arrow_release_given_schemas(given)
      unsafe given.deallocate()
    }
    try unsafe withStatement { (statement) throws(EngineFailure) in
      try unsafe AdbcCall.check {
        unsafe driver.pointee.StatementSetOption(statement, ADBC_INGEST_OPTION_TARGET_TABLE, table, $0)
      }
      try unsafe AdbcCall.check {
        unsafe driver.pointee.StatementSetOption(statement, ADBC_INGEST_OPTION_MODE, ADBC_INGEST_OPTION_MODE_APPEND, $0)
      }
      // A stream, although it is one batch: StatementBind re-exports a batch through Arrow's own code and never frees
      // some 25 KiB of it an insert (engine 26.9).
      // SAFETY: the stream takes schema and array over; BindStream takes the stream over and empties ours, and what it
      // leaves after a failure is released here.
      var schema = unsafe ArrowSchema()
      var array = unsafe ArrowArray()
      unsafe ArrowExport.fill(&schema, &array, with: columns, rows: rows)
      var stream = unsafe ArrowArrayStream()
      unsafe axonize_arrow_stream_of_one(&stream, &schema, &array, given)
      defer { unsafe axonize_arrow_release_stream(&stream) }
      try unsafe AdbcCall.check { unsafe driver.pointee.StatementBindStream(statement, &stream, $0) }
      try unsafe AdbcCall.check { unsafe driver.pointee.StatementExecuteQuery(statement, nil, nil, $0) }
    }
  }

  private func withStatement<Result>(
    _ body: (UnsafeMutablePointer<AdbcStatement>) throws(EngineFailure) -> Result
  ) throws(EngineFailure) -> Result {
    let driver = unsafe database.driver
    // SAFETY: the statement is released on every way out, before its connection can be.
    var statement = unsafe AdbcStatement()
    try unsafe AdbcCall.check { unsafe driver.pointee.StatementNew(connection, &statement, $0) }
    defer {
      var error = unsafe AdbcError()
      _ = unsafe driver.pointee.StatementRelease(&statement, &error)
      unsafe axonize_adbc_release_error(&error)
    }
    return try unsafe body(&statement)
  }

  private static func read(_ stream: UnsafeMutablePointer<ArrowArrayStream>) throws(EngineFailure) -> QueryResult {
    guard unsafe stream.pointee.release != nil else { return QueryResult(columns: [], rowCount: 0) }
    // SAFETY: schema and arrays are released after their values were copied out.
    var schema = unsafe ArrowSchema()
    defer { unsafe axonize_arrow_release_schema(&schema) }
    try unsafe check(stream.pointee.get_schema(stream, &schema), stream)
    var readers: [ArrowColumnReader] = []
    for index in 0..<Int(unsafe schema.n_children) {
      try unsafe readers.append(ArrowColumnReader(schema.children[index]!))
    }
    var rowCount = 0
    while true {
      var array = unsafe ArrowArray()
      defer { unsafe axonize_arrow_release_array(&array) }
      try unsafe check(stream.pointee.get_next(stream, &array), stream)
      guard unsafe array.release != nil else { break }
      let rows = unsafe Int(array.length)
      let offset = unsafe Int(array.offset)
      for (index, reader) in readers.enumerated() {
        unsafe reader.append(array.children[index]!, offset..<offset + rows)
      }
      rowCount += rows
    }
    return QueryResult(columns: readers.map(\.column), rowCount: rowCount)
  }

  private static func check(
    _ status: Int32, _ stream: UnsafeMutablePointer<ArrowArrayStream>
  ) throws(EngineFailure) {
    guard status != 0 else { return }
    // SAFETY: the text belongs to the stream and is copied before the next call.
    let text = unsafe stream.pointee.get_last_error(stream).map { unsafe String(cString: $0) }
    throw EngineFailure(engineText: text ?? "the engine gave no reason (errno \(status))")
  }
}
