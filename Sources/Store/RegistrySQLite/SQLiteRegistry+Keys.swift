package import Base
package import Identity
import SQLite

extension SQLiteRegistry {
  private static let keyColumns =
    "id, tenant, name, permissions, hash, created_at, expires_at, revoked_at, last_used_at"

  package func keys() throws(RegistryError) -> [APIKey] {
    try readPromptly { database in
      try database.rows("SELECT \(Self.keyColumns) FROM api_keys ORDER BY created_at, id", [], Self.key)
    }
    .compactMap { $0 }
  }

  package func createKey(_ key: APIKey) throws(RegistryError) {
    try change { database in
      try Self.requireTenant(key.tenant, database)
      guard try !database.exists("SELECT 1 FROM api_keys WHERE id = ?", [.text(key.id.description)]) else {
        throw RegistryError(kind: .conflict, message: "There is already a key \(key.id).")
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
        "INSERT INTO api_keys (\(Self.keyColumns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .text(key.id.description), .tenant(key.tenant), .text(key.name),
          .text(PermissionText.write(key.permissions)), .blob(key.hash),
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

  /// A row of ``keyColumns``; nil when its id is not one of ours.
  private static func key(_ row: borrowing SQLiteStatement) throws(SQLiteError) -> APIKey? {
    guard let id = APIKeyID(row.text(0) ?? "") else { return nil }
    return APIKey(
      id: id, tenant: TenantID(UInt32(truncatingIfNeeded: row.integer(1))), name: row.text(2) ?? "",
      permissions: PermissionText.read(row.text(3) ?? ""), hash: row.bytes(4) ?? [],
      createdAt: UnixNanoseconds(row.integer(5)),
      expiresAt: row.optionalInteger(6).map { UnixNanoseconds($0) },
      revokedAt: row.optionalInteger(7).map { UnixNanoseconds($0) },
      lastUsedAt: row.optionalInteger(8).map { UnixNanoseconds($0) })
  }
}
