import Glibc
import Base
import Identity
import RegistryConformance
import SQLite
import Testing

@testable import RegistrySQLite

struct SQLiteRegistryTests {
  private let now = UnixNanoseconds(1_795_248_000_000_000_000)

  /// A path in a directory of its own, which is removed afterwards.
  private func withPath(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/axonize-registry-XXXXXX".utf8CString)
    let made = unsafe mkdtemp(&template)
    try #require(unsafe made != nil)
    let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    let path = directory + "/registry.sqlite"
    defer { for name in [path, path + "-wal", path + "-shm", directory] { unsafe remove(name) } }
    try body(path)
  }

  @Test(arguments: RegistryConformance.all)
  func `the registry in SQLite does what every registry must`(rule: RegistryConformance) throws {
    try withPath { path in
      try rule.run(try SQLiteRegistry(path: path, now: now), try SQLiteRegistry(path: path, now: now))
    }
  }

  @Test func `what was written is there when the file is opened again`() throws {
    try withPath { path in
      let tenant = try SQLiteRegistry(path: path, now: now).createTenant(name: "blue", at: now)
      #expect(try SQLiteRegistry(path: path, now: now).tenants().last == tenant)
    }
  }

  @Test func `a migration is applied once, and a failing one leaves nothing behind`() throws {
    try withPath { path in
      let good = RegistryMigration(number: 2, name: "more", sql: "CREATE TABLE more (x)")
      let bad = RegistryMigration(number: 3, name: "bad", sql: "CREATE TABLE half (x); NONSENSE")
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
      #expect(numbers == [1, 2])
      #expect(try !database.exists("SELECT 1 FROM sqlite_schema WHERE name = ?", ["half"]))
    }
  }

  @Test func `a registry of a later version and a file of another program are refused untouched`() throws {
    try withPath { path in
      let later = RegistryMigration(number: 99, name: "later", sql: "CREATE TABLE later (x)")
      _ = try SQLiteRegistry(path: path, now: now, migrations: RegistryMigration.all + [later])
      #expect(kind { try SQLiteRegistry(path: path, now: now) } == .incompatible)
    }
    try withPath { path in
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
      #expect(error.message.contains("/nowhere/registry.sqlite") && error.message.contains("write"))
    }
  }

  @Test func `the check fails when a write is refused`() throws {
    try withPath { path in
      let registry = try SQLiteRegistry(path: path, now: now)
      try registry.check()
      let blocker = try SQLiteDatabase.open(path: path)
      try blocker.execute("CREATE TRIGGER no_writes BEFORE UPDATE ON tenants BEGIN SELECT raise(ABORT, 'no'); END")
      #expect(kind { try registry.check() } == .unavailable)
    }
  }

  @Test func `active keys are bounded, and revoking one makes room`() throws {
    let registry = try SQLiteRegistry(path: ":memory:", now: now)
    func key(_ number: Int) -> APIKey {
      let bytes = (0..<APIKeyToken.randomByteCount).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 2))) }
      return APIKey(
        id: APIKeyToken(randomBytes: bytes).id, tenant: .standard, name: "k", permissions: [.ingest],
        hash: [UInt8](repeating: 0, count: 32), createdAt: now)
    }
    for number in 0..<RegistryLimits.activeKeyCountMax { try registry.createKey(key(number)) }
    #expect(kind { try registry.createKey(key(20_000)) } == .limit)
    _ = try registry.revokeKey(key(5).id, at: now)
    try registry.createKey(key(20_000))
  }

  private func kind(_ body: () throws -> some Any) -> RegistryError.Kind? {
    do { _ = try body() } catch { return (error as? RegistryError)?.kind }
    return nil
  }
}
