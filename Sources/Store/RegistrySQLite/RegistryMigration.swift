import Base
import Identity
import SQLite

/// One step of the registry's schema.
///
/// Steps are never changed once released, only added.
struct RegistryMigration {
  let number: Int64
  let name: String
  let sql: String

  /// Marks the file as ours in its header (https://www.sqlite.org/pragma.html#pragma_application_id): "axon".
  static let applicationID: Int64 = 0x6178_6f6e

  /// Brings a database up to date, each step in a transaction of its own.
  ///
  /// Throws `incompatible` for a database of another program or of a later version.
  static func apply(
    _ migrations: [RegistryMigration], to database: borrowing SQLiteDatabase, at time: UnixNanoseconds
  ) throws {
    let found = try database.number("PRAGMA application_id")
    let isEmpty = try database.number("SELECT count(*) FROM sqlite_schema") == 0
    guard found == applicationID || (found == 0 && isEmpty) else {
      throw RegistryError(
        kind: .incompatible,
        message: "The registry's file belongs to another program. Move it away, or name another data directory.")
    }
    try database.transaction({ database in
      try database.execute("PRAGMA application_id = \(applicationID)")
      try database.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
          number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL
        ) STRICT
        """)
    }) { $0 }
    for migration in migrations {
      try database.transaction({ database in
        // Asked within the transaction: another process may have been faster.
        if try database.number("SELECT coalesce(max(number), 0) FROM schema_migrations") >= migration.number { return }
        try database.execute(migration.sql)
        try database.run(
          "INSERT INTO schema_migrations (number, name, applied_at) VALUES (?, ?, ?)",
          [.integer(migration.number), .text(migration.name), .integer(time.rawValue)])
      }) { $0 }
    }
    let latest = migrations.map(\.number).max() ?? 0
    let number = try database.number("SELECT coalesce(max(number), 0) FROM schema_migrations")
    guard number <= latest else {
      throw RegistryError(
        kind: .incompatible,
        message: "The registry has schema \(number), written by a later version of Axonize; this one knows up to "
          + "\(latest). Run the later version, or name another data directory.")
    }
  }
}

extension SQLiteDatabase {
  /// The number in the first column of the first row.
  fileprivate borrowing func number(_ sql: String) throws(SQLiteError) -> Int64 {
    try rows(sql) { (row) throws(SQLiteError) in row.integer(0) }[0]
  }
}
