import SQLite

extension SQLiteDatabase {
  /// Whether a query has a row.
  borrowing func exists(_ sql: String, _ values: [SQLiteValue]) throws(SQLiteError) -> Bool {
    let statement = try prepare(sql)
    try statement.bind(values)
    return try statement.step()
  }
}
