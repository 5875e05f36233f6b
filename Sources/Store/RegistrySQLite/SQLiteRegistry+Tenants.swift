package import Base
package import Identity
import SQLite

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

  /// Throws when there is no such tenant.
  static func requireTenant(_ tenant: TenantID, _ database: borrowing SQLiteDatabase) throws {
    guard try database.exists("SELECT 1 FROM tenants WHERE id = ?", [.tenant(tenant)]) else {
      throw RegistryError(kind: .notFound, message: "There is no tenant \(tenant).")
    }
  }
}

extension SQLiteValue {
  static func tenant(_ tenant: TenantID) -> SQLiteValue { .integer(Int64(tenant.rawValue)) }
}
