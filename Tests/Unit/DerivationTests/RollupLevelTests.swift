import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Telemetry
import Testing

/// Goal: a table of any feature is rolled up, level by level, and every level holds each row once.
///
/// Method: what the levels say is compared with what the rows themselves say.
@Suite struct RollupLevelTests {
  private func store(_ name: String = EngineFixture.newName()) throws -> EmbeddedStore {
    try EngineFixture.store(name: name, schema: Readings.schema)
  }

  private func expectLevels(of store: EmbeddedStore, _ location: SourceLocation = #_sourceLocation) throws {
    for (table, seconds) in zip(Readings.tables, [60, 300, 3_600, 86_400]) {
      let wanted = try Readings.lines(bySeconds: seconds, of: store)
      #expect(try Readings.lines(table, of: store) == wanted, "\(table)", sourceLocation: location)
    }
  }

  @Test func `each level is added up from the level below, commit by commit`() throws {
    let store = try store()
    try Readings.insert([(0, 1), (59, 2), (60, 4)], into: store)
    #expect(store.derivedTables(of: "readings").hasNewerCommits)
    try store.rollUp()
    #expect(try Readings.lines("reading_minutes", of: store) == ["0: 2 3.0 1.0 2.0 2.0", "60: 1 4.0 4.0 4.0 4.0"])
    #expect(try Readings.lines("reading_days", of: store) == ["0: 3 7.0 1.0 4.0 4.0"])
    #expect(!store.derivedTables(of: "readings").hasNewerCommits)
    #expect(store.derivedTables(of: "readings").rowCount == 3)
    try store.rollUp()
    try expectLevels(of: store)
    try Readings.insert([(61, -3), (400, 8), (4_000, 16), (-10, 5)], into: store)
    try Readings.insert([(61, 9)], series: 2, into: store)
    try store.rollUp()
    try expectLevels(of: store)
  }

  @Test func `rows that come late are added where they belong, and an older value is not the last`() throws {
    let store = try store()
    try Readings.insert([(50, 1), (7_200, 2)], into: store)
    try store.rollUp()
    try Readings.insert([(10, 100), (30, -100)], into: store)
    try store.rollUp()
    #expect(try Readings.lines("reading_hours", of: store).first == "0: 3 1.0 -100.0 100.0 1.0")
    try expectLevels(of: store)
    for table in Readings.tables { try store.execute(SQLStatement("OPTIMIZE TABLE \(table) FINAL")) }
    try expectLevels(of: store)
  }

  @Test(arguments: 0...4)
  func `a kill after some of the moves is made good`(movedCount: Int) throws {
    let name = EngineFixture.newName()
    let first = try store(name)
    try Readings.insert([(0, 1), (301, 2)], into: first)
    try first.rollUp()
    try Readings.insert([(2, 3), (90_000, 4)], into: first)
    try first.rollUp()
    // As if the process had ended before the later tables got the rows of the second roll-up.
    let until = first.derivedTables(of: "readings").derivedUntil
    for table in Readings.tables.dropFirst(movedCount) {
      let second = "rolled_until = fromUnixTimestamp64Nano(toInt64(\(until)), 'UTC')"
      try first.execute(
        SQLStatement("INSERT INTO \(table)_staging SELECT * FROM \(table) WHERE \(second)"))
      try first.execute(SQLStatement("ALTER TABLE \(table) DELETE WHERE \(second) SETTINGS mutations_sync = 1"))
    }
    let again = try store(name)
    #expect(again.derivedTables(of: "readings").hasNewerCommits == (movedCount == 0))
    try again.rollUp()
    try expectLevels(of: again)
  }

  @Test func `a table that is new, or whose newest rows were removed, is filled without counting elsewhere`() throws {
    let name = EngineFixture.newName()
    let first = try store(name)
    try Readings.insert([(0, 1), (301, 2)], into: first)
    try first.rollUp()
    try first.execute(SQLStatement("TRUNCATE TABLE \(Readings.tables[0])"))
    try first.execute(SQLStatement("TRUNCATE TABLE \(Readings.tables[3])"))
    let again = try store(name)
    try expectLevels(of: again)
    try again.rollUp()
    try expectLevels(of: again)
  }

  @Test func `commits of other tables make nothing newer`() throws {
    let store = try EngineFixture.store(name: EngineFixture.newName(), schema: Readings.schemaWithSpans)
    try Readings.insert([(0, 1)], into: store)
    #expect(store.derivedTables(of: "readings").hasNewerCommits)
    #expect(!store.derivedTables.hasNewerCommits)
    try store.rollUp()
    let until = store.derivedTables.derivedUntil
    #expect(until == store.latestCommit)
    let spans = SpanBlock()
    SpanRows.append(to: spans, count: 3)
    try store.insert(spans.columns, into: "spans")
    #expect(store.derivedTables.hasNewerCommits)
    #expect(!store.derivedTables(of: "readings").hasNewerCommits)
    try store.rollUp()
    #expect(store.derivedTables.derivedUntil > until)
    #expect(store.derivedTables(of: "readings").derivedUntil == store.derivedTables.derivedUntil)
    let sum = try store.query(SQLStatement("SELECT sum(spans) AS n FROM span_minutes"))
    #expect(sum["n"].unsigned(0) == 3)
  }

  @Test func `a source whose roll-up fails holds up no other`() throws {
    let store = try EngineFixture.store(name: EngineFixture.newName(), schema: Readings.schemaWithSpans)
    let spans = SpanBlock()
    SpanRows.append(to: spans, count: 3)
    try store.insert(spans.columns, into: "spans")
    try Readings.insert([(0, 1)], into: store)
    for (broken, other) in [("span_minutes", "readings"), ("reading_minutes", "spans")] {
      try store.execute(SQLStatement("ALTER TABLE \(broken) ADD COLUMN other UInt8"))
      #expect(throws: EngineError.self) { try store.rollUp() }
      #expect(!store.derivedTables(of: other).hasNewerCommits)
      try store.execute(SQLStatement("ALTER TABLE \(broken) DROP COLUMN other"))
      try store.rollUp()
      try Readings.insert([(0, 1)], into: store)
      try store.insert(spans.columns, into: "spans")
    }
    try store.rollUp()
    try expectLevels(of: store)
    let sum = try store.query(SQLStatement("SELECT sum(spans) AS n FROM span_minutes"))
    #expect(sum["n"].unsigned(0) == 9)
  }

  @Test func `a staging table of other columns than its table is made anew`() throws {
    let name = EngineFixture.newName()
    let first = try store(name)
    // As after a later step of the schema that changed the table.
    try first.execute(SQLStatement("ALTER TABLE reading_hours_staging ADD COLUMN other UInt8"))
    try Readings.insert([(0, 1)], into: first)
    #expect(throws: EngineError.self) { try first.rollUp() }
    let again = try store(name)
    try again.rollUp()
    try expectLevels(of: again)
  }
}
