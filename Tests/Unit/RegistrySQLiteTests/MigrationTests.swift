import Base
import Identity
import SQLite
import Testing

@testable import RegistrySQLite

struct MigrationTests {
  @Test func `a migration is applied once, and a failing one leaves nothing behind`() async throws {
    try await withPath { path in
      let latest = try #require(RegistryMigration.all.last).number
      let good = RegistryMigration(number: latest + 1, name: "more", sql: "CREATE TABLE more (x)")
      let bad = RegistryMigration(number: latest + 2, name: "bad", sql: "CREATE TABLE half (x); NONSENSE")
      for _ in 0..<2 {
        _ = try SQLiteRegistry(path: path, now: now, migrations: RegistryMigration.all + [good])
      }
      #expect(throws: RegistryError.self) {
        _ = try SQLiteRegistry(path: path, now: now, migrations: RegistryMigration.all + [good, bad])
      }
      let database = try SQLiteDatabase.open(path: path)
      let numbers = try database.rows("SELECT number FROM schema_migrations") { (row) throws(SQLiteError) in
        row.integer(0)
      }
      #expect(numbers == Array(1...latest + 1))
      #expect(try !database.exists("SELECT 1 FROM sqlite_schema WHERE name = ?", ["half"]))
    }
  }

  @Test func `the keys of a registry of step 1 may do what they could, and nothing more`() async throws {
    try await withPath { path in
      do {
        let database = try SQLiteDatabase.open(path: path)
        try RegistryMigration.apply(Array(RegistryMigration.all.prefix(1)), to: database, at: now)
        try database.execute(
          """
          INSERT INTO api_keys (id, tenant, name, may_ingest, may_query, hash, created_at, expires_at, last_used_at) VALUES
            ('aaaaaaaaaaaa', 1, 'both', 1, 1, zeroblob(32), 1, 9, NULL),
            ('bbbbbbbbbbbb', 1, 'ingest', 1, 0, zeroblob(32), 2, NULL, 8),
            ('cccccccccccc', 1, 'query', 0, 1, zeroblob(32), 3, NULL, NULL),
            ('dddddddddddd', 1, 'nothing', 0, 0, zeroblob(32), 4, NULL, NULL)
          """)
      }
      let keys = try SQLiteRegistry(path: path, now: now).keys()
      #expect(keys.map(\.permissions) == [[.ingest, .query], [.ingest], [.query], []])
      #expect(keys.map(\.name) == ["both", "ingest", "query", "nothing"])
      #expect(keys.map(\.hash) == Array(repeating: Array(repeating: 0, count: 32), count: 4))
      #expect(keys[0].expiresAt?.rawValue == 9)
      #expect(keys[1].lastUsedAt?.rawValue == 8)
    }
  }

  @Test(
    arguments: [
      ("ingest,query,rule", [.ingest, .query]), ("rule", []), ("Ingest, query", []), ("", []), ("edit,", [.edit]),
    ] as [(String, Set<Permission>)])
  func `a permission that a later version wrote grants nothing and is kept`(
    text: String, permissions: Set<Permission>
  ) async throws {
    try await withPath { path in
      let registry = try SQLiteRegistry(path: path, now: now)
      let database = try SQLiteDatabase.open(path: path)
      try database.run(
        """
        INSERT INTO api_keys (id, tenant, name, permissions, hash, created_at)
        VALUES ('aaaaaaaaaaaa', 1, 'k', ?, zeroblob(32), 1)
        """, [.text(text)])
      let id = try #require(APIKeyID("aaaaaaaaaaaa"))
      #expect(try registry.keys().map(\.permissions) == [permissions])
      try registry.recordUse(of: [id: now])
      #expect(try registry.revokeKey(id, at: now).permissions == permissions)
      let kept = try database.rows("SELECT permissions FROM api_keys") { (row) throws(SQLiteError) in row.text(0) }
      #expect(kept == [text])
    }
  }
}
