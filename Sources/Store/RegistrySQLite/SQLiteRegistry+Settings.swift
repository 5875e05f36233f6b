package import Base
package import Identity
import SQLite

extension SQLiteRegistry {
  package func setting(_ name: String, of tenant: TenantID) throws(RegistryError) -> String? {
    try read { database in
      try database.rows(
        "SELECT value FROM settings WHERE tenant = ? AND name = ?", [.tenant(tenant), .text(name)]
      ) { (row) throws(SQLiteError) in row.text(0) }.first ?? nil
    }
  }

  package func setSetting(
    _ name: String, of tenant: TenantID, to value: String?, at time: UnixNanoseconds
  ) throws(RegistryError) {
    try RegistryName.check(name, of: "setting")
    try change { database in
      try Self.requireTenant(tenant, database)
      if let value {
        try database.run(
          """
          INSERT INTO settings (tenant, name, value, updated_at) VALUES (?, ?, ?, ?)
          ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
          """, [.tenant(tenant), .text(name), .text(value), .integer(time.rawValue)])
      } else {
        try database.run("DELETE FROM settings WHERE tenant = ? AND name = ?", [.tenant(tenant), .text(name)])
      }
    }
  }
}
