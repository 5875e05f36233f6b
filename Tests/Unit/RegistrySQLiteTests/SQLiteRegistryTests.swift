import Base
import Identity
import SQLite
import Testing

@testable import RegistrySQLite

struct SQLiteRegistryTests {
  @Test func `what was written is there when the file is opened again`() async throws {
    try await withPath { path in
      let tenant = try SQLiteRegistry(path: path, now: now).createTenant(name: "blue", at: now)
      #expect(try SQLiteRegistry(path: path, now: now).tenants().last == tenant)
    }
  }

  @Test func `a registry of a later version and a file of another program are refused untouched`() async throws {
    try await withPath { path in
      let later = RegistryMigration(number: 99, name: "later", sql: "CREATE TABLE later (x)")
      _ = try SQLiteRegistry(path: path, now: now, migrations: RegistryMigration.all + [later])
      #expect(kind { try SQLiteRegistry(path: path, now: now) } == .incompatible)
    }
    try await withPath { path in
      try SQLiteDatabase.open(path: path).execute("CREATE TABLE bookmarks (x)")
      #expect(kind { try SQLiteRegistry(path: path, now: now) } == .incompatible)
      #expect(try !SQLiteDatabase.open(path: path).exists("SELECT 1 FROM sqlite_schema WHERE name = ?", ["tenants"]))
    }
  }

  @Test func `what cannot be opened says where and what to do`() throws {
    do {
      _ = try SQLiteRegistry(path: "/nowhere/registry.sqlite", now: now)
      Issue.record("opened")
    } catch {
      #expect(error.kind == .unavailable)
      #expect(error.message.contains("/nowhere/registry.sqlite"))
      #expect(error.message.contains("write"))
    }
  }

  @Test func `the check fails when a write is refused`() async throws {
    try await withPath { path in
      let registry = try SQLiteRegistry(path: path, now: now)
      try registry.check()
      let blocker = try SQLiteDatabase.open(path: path)
      try blocker.execute("CREATE TRIGGER no_writes BEFORE UPDATE ON tenants BEGIN SELECT raise(ABORT, 'no'); END")
      #expect(kind { try registry.check() } == .unavailable)
    }
  }

  @Test func `what event loops ask does not wait for a write`() async throws {
    try await withPath { path in
      let registry = try SQLiteRegistry(path: path, now: now)
      let token = try registry.changeToken()
      try registry.change { database in
        try database.run("INSERT INTO tenants (name, created_at) VALUES ('half', 1)")
        // The same thread, so a shared lock would hang here.
        #expect(try registry.changeToken() == token)
        #expect(try registry.keys().isEmpty)
      }
      #expect(try registry.changeToken() != token)
    }
  }

  @Test func `active keys are bounded, and revoking one makes room`() throws {
    let registry = try SQLiteRegistry(path: ":memory:", now: now)
    func key(_ number: Int) -> APIKey {
      let bytes = (0..<APIKeyToken.randomByteCount).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 2))) }
      return APIKey(
        id: APIKeyToken(randomBytes: bytes).id, tenant: .default, name: "k", permissions: [.ingest],
        hash: [UInt8](repeating: 0, count: 32), createdAt: now)
    }
    for number in 0..<RegistryLimits.activeKeyCountMax { try registry.createKey(key(number)) }
    #expect(kind { try registry.createKey(key(20_000)) } == .limit)
    _ = try registry.revokeKey(key(5).id, at: now)
    try registry.createKey(key(20_000))
  }
}
