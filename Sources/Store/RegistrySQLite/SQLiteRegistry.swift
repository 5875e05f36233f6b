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
  private func read<Result: Sendable>(
    _ body: (borrowing SQLiteDatabase) throws -> Result
  ) throws(RegistryError) -> Result {
    do { return try database.withLock { database in try body(database) } } catch { throw Self.wrap(error, path) }
  }

  /// Runs a body that changes rows, as one transaction.
  private func write<Result: Sendable>(
    _ body: (borrowing SQLiteDatabase) throws -> Result
  ) throws(RegistryError) -> Result {
    try read { database in try database.transaction(body) { $0 } }
  }

  /// Like ``write(_:)``, and tells ``changeToken()`` of it.
  private func change<Result: Sendable>(
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

// MARK: - Tenants

extension SQLiteRegistry {
  package func tenants() throws(RegistryError) -> [Tenant] {
    try read { database in
      try database.rows("SELECT id, name, created_at FROM tenants ORDER BY id") { (row) throws(SQLiteError) in
        Tenant(
          id: TenantID(UInt32(truncatingIfNeeded: row.integer(0))), name: row.text(1) ?? "",
          createdAt: UnixNanoseconds(row.integer(2)))
      }
    }
  }

  package func createTenant(name: String, at time: UnixNanoseconds) throws(RegistryError) -> Tenant {
    try RegistryName.check(name, of: "tenant")
    return try change { database in
      guard try !database.exists("SELECT 1 FROM tenants WHERE name = ?", [.text(name)]) else {
        throw RegistryError(kind: .conflict, message: "There is already a tenant named '\(name)'.")
      }
      let sql = "INSERT INTO tenants (name, created_at) VALUES (?, ?) RETURNING id"
      let ids = try database.rows(sql, [.text(name), .integer(time.rawValue)]) { (row) throws(SQLiteError) in
        row.integer(0)
      }
      return Tenant(id: TenantID(UInt32(truncatingIfNeeded: ids[0])), name: name, createdAt: time)
    }
  }
}

// MARK: - Keys

extension SQLiteRegistry {
  private static let keyColumns =
    "id, tenant, name, may_ingest, may_query, hash, created_at, expires_at, revoked_at, last_used_at"

  package func keys() throws(RegistryError) -> [APIKey] {
    try read { database in
      try database.rows("SELECT \(Self.keyColumns) FROM api_keys ORDER BY created_at, id", [], Self.key)
    }
    .compactMap { $0 }
  }

  package func createKey(_ key: APIKey) throws(RegistryError) {
    try change { database in
      guard try database.exists("SELECT 1 FROM tenants WHERE id = ?", [.integer(Int64(key.tenant.rawValue))]) else {
        throw RegistryError(kind: .notFound, message: "There is no tenant \(key.tenant).")
      }
      guard try !database.exists("SELECT 1 FROM api_keys WHERE id = ?", [.text(key.id.description)]) else {
        throw RegistryError(kind: .conflict, message: "There is a key \(key.id) already.")
      }
      let active = try database.rows(
        "SELECT count(*) FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)",
        [.integer(key.createdAt.rawValue)]
      ) { (row) throws(SQLiteError) in row.integer(0) }
      guard active[0] < RegistryLimits.activeKeyCountMax else {
        throw RegistryError(
          kind: .limit,
          message: "There are \(active[0]) active keys, which is the maximum. Revoke some first.")
      }
      try database.run(
        "INSERT INTO api_keys (\(Self.keyColumns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .text(key.id.description), .integer(Int64(key.tenant.rawValue)), .text(key.name),
          key.permissions.contains(.ingest) ? 1 : 0, key.permissions.contains(.query) ? 1 : 0, .blob(key.hash),
          .integer(key.createdAt.rawValue), SQLiteValue(key.expiresAt?.rawValue),
          SQLiteValue(key.revokedAt?.rawValue), SQLiteValue(key.lastUsedAt?.rawValue),
        ])
    }
  }

  package func revokeKey(_ id: APIKeyID, at time: UnixNanoseconds) throws(RegistryError) -> APIKey {
    try change { database in
      let sql = """
        UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? RETURNING \(Self.keyColumns)
        """
      let keys = try database.rows(sql, [.integer(time.rawValue), .text(id.description)], Self.key)
      guard let key = keys.first ?? nil else {
        throw RegistryError(kind: .notFound, message: "There is no key \(id). 'axonize keys list' shows them.")
      }
      return key
    }
  }

  package func recordUse(of keys: [APIKeyID: UnixNanoseconds]) throws(RegistryError) {
    try write { database in
      let statement = try database.prepare(
        "UPDATE api_keys SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)")
      for (id, time) in keys {
        try statement.bind([.integer(time.rawValue), .text(id.description), .integer(time.rawValue)])
        while try statement.step() {}
      }
    }
  }

  /// A row of ``keyColumns``; nil when its id is none of ours.
  private static func key(_ row: borrowing SQLiteStatement) throws(SQLiteError) -> APIKey? {
    guard let id = APIKeyID(row.text(0) ?? "") else { return nil }
    var permissions: Set<Permission> = []
    if row.integer(3) == 1 { permissions.insert(.ingest) }
    if row.integer(4) == 1 { permissions.insert(.query) }
    return APIKey(
      id: id, tenant: TenantID(UInt32(truncatingIfNeeded: row.integer(1))), name: row.text(2) ?? "",
      permissions: permissions, hash: row.bytes(5) ?? [], createdAt: UnixNanoseconds(row.integer(6)),
      expiresAt: row.optionalInteger(7).map { UnixNanoseconds($0) },
      revokedAt: row.optionalInteger(8).map { UnixNanoseconds($0) },
      lastUsedAt: row.optionalInteger(9).map { UnixNanoseconds($0) })
  }
}

// MARK: - Settings

extension SQLiteRegistry {
  package func setting(_ name: String, of tenant: TenantID) throws(RegistryError) -> String? {
    try read { database in
      try database.rows(
        "SELECT value FROM settings WHERE tenant = ? AND name = ?", [.integer(Int64(tenant.rawValue)), .text(name)]
      ) { (row) throws(SQLiteError) in row.text(0) }.first ?? nil
    }
  }

  package func setSetting(
    _ name: String, of tenant: TenantID, to value: String?, at time: UnixNanoseconds
  ) throws(RegistryError) {
    try RegistryName.check(name, of: "setting")
    let id = SQLiteValue.integer(Int64(tenant.rawValue))
    try change { database in
      guard try database.exists("SELECT 1 FROM tenants WHERE id = ?", [id]) else {
        throw RegistryError(kind: .notFound, message: "There is no tenant \(tenant).")
      }
      if let value {
        try database.run(
          """
          INSERT INTO settings (tenant, name, value, updated_at) VALUES (?, ?, ?, ?)
          ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
          """, [id, .text(name), .text(value), .integer(time.rawValue)])
      } else {
        try database.run("DELETE FROM settings WHERE tenant = ? AND name = ?", [id, .text(name)])
      }
    }
  }
}

extension SQLiteDatabase {
  /// Whether a query has a row.
  borrowing func exists(_ sql: String, _ values: [SQLiteValue]) throws(SQLiteError) -> Bool {
    let statement = try prepare(sql)
    try statement.bind(values)
    return try statement.step()
  }
}
