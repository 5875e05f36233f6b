import CSQLite

/// A prepared statement.
///
/// Columns are counted from 0 and read after ``step()`` has returned true.
@safe
package struct SQLiteStatement: ~Copyable {
  private let handle: OpaquePointer

  /// - Parameter handle: a statement that nobody else finalizes.
  init(takingOwnershipOf handle: OpaquePointer) { unsafe self.handle = handle }

  deinit {
    // SAFETY: prepared once and finalized once; its result repeats an error that step() has thrown.
    unsafe sqlite3_finalize(handle)
  }

  /// Makes the statement ready to run anew with these values, one for each `?`.
  package borrowing func bind(_ values: [SQLiteValue]) throws(SQLiteError) {
    // The result repeats the error of the last step.
    unsafe sqlite3_reset(handle)
    let count = Int(unsafe sqlite3_bind_parameter_count(handle))
    precondition(values.count == count, "\(values.count) values for \(count) parameters")
    for (index, value) in values.enumerated() {
      let result = bind(value, Int32(index + 1))
      guard result == SQLITE_OK else { throw error(result) }
    }
  }

  private borrowing func bind(_ value: SQLiteValue, _ index: Int32) -> Int32 {
    // SAFETY: SQLITE_TRANSIENT (-1) has SQLite copy texts and blobs during the call.
    let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    return switch value {
    case .null: unsafe sqlite3_bind_null(handle, index)
    case .integer(let number): unsafe sqlite3_bind_int64(handle, index, number)
    case .real(let number): unsafe sqlite3_bind_double(handle, index, number)
    case .text(var text):
      text.withUTF8 { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
          unsafe sqlite3_bind_text64(
            handle, index, characters.baseAddress, UInt64(characters.count), transient, UInt8(SQLITE_UTF8))
        }
      }
    // An empty array may have no address, which would bind NULL.
    case .blob(let bytes) where bytes.isEmpty: unsafe sqlite3_bind_zeroblob(handle, index, 0)
    case .blob(let bytes): unsafe sqlite3_bind_blob64(handle, index, bytes, UInt64(bytes.count), transient)
    }
  }

  /// Goes to the next row; false at the end.
  package borrowing func step() throws(SQLiteError) -> Bool {
    let result = unsafe sqlite3_step(handle)
    switch result {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw error(result)
    }
  }

  package borrowing func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }

  package borrowing func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

  /// An integer; nil for NULL.
  package borrowing func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

  package borrowing func real(_ column: Int32) -> Double { unsafe sqlite3_column_double(handle, column) }

  /// A text; nil for NULL.
  package borrowing func text(_ column: Int32) -> String? {
    bytes(column).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The bytes of a blob or text; nil for NULL.
  package borrowing func bytes(_ column: Int32) -> [UInt8]? {
    guard !isNull(column) else { return nil }
    // The pointer is asked for before the count (https://www.sqlite.org/c3ref/column_blob.html).
    guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
    let count = Int(unsafe sqlite3_column_bytes(handle, column))
    // SAFETY: SQLite owns count bytes at start until the next call on the statement; they are copied here.
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
  }

  private borrowing func error(_ code: Int32) -> SQLiteError {
    // SAFETY: the statement's connection outlives it (sqlite3_close_v2); the text is copied here.
    SQLiteError(code: code, message: unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))))
  }
}
