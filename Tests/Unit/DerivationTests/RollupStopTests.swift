import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Schema
import Telemetry
import TestSupport
import Testing

@testable import Derivation

/// Goal: a server that has much to roll up stops soon, and goes on where it was.
@Suite struct RollupStopTests {
  /// Sums of which a statement works for much longer than a stop may take.
  private static let slow = StoreSchema(
    tables: [
      StoredTable(
        TableDeclaration(
          "batches",
          [
            ColumnDeclaration("tenant", "UInt32", meaning: "Whose it is."),
            ColumnDeclaration(
              "received_at", "DateTime64(9, 'UTC')", filler: .commitNanoseconds, meaning: "The time of the commit."),
          ]), retention: nil),
      StoredTable(
        "batch_sums", .sums(of: RollUpSource("batches")), retention: nil,
        ["tenant", "total", "rolled_until"].map { DerivedColumn($0, "A test's.") }),
    ],
    steps: [SchemaStep(number: 1, name: "batches-0001-tables", file: Array(statements.utf8))])

  private static let statements = """
    CREATE TABLE IF NOT EXISTS batches (tenant UInt32, received_at DateTime64(9, 'UTC'))
    ENGINE = MergeTree ORDER BY tenant;

    CREATE TABLE IF NOT EXISTS batch_sums
    (tenant UInt32, total SimpleAggregateFunction(sum, UInt64), rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')))
    ENGINE = AggregatingMergeTree ORDER BY tenant;

    CREATE VIEW IF NOT EXISTS batch_sums_of_commits AS
    SELECT
      toUInt32(1) AS tenant, sum(sipHash64(n.number) % 2) AS total,
      fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
    FROM numbers(4000000000) AS n
    WHERE n.number >= {after:Int64} % 1;

    """

  @Test(.timeLimit(.minutes(2)))
  func `a statement that takes long is ended, and its rows are derived another time`() async throws {
    let store = try EngineFixture.store(name: EngineFixture.newName(), schema: Self.slow)
    let tenants = FixedColumn<UInt32>()
    tenants.append(1)
    try store.insert(ColumnBlock(["tenant": tenants]), into: "batches")
    let thread = RollupThread(store.rollups, logger: .disabled)
    try thread.start()
    await eventually {
      let running = try? store.query(
        SQLStatement("SELECT query FROM system.processes WHERE query LIKE 'INSERT INTO batch_sums_staging %'"))
      return running?.rowCount == 1
    }
    thread.stop()
    #expect(store.derivedTables(of: "batches").hasNewerCommits, "the stop waited for the statement")
    #expect(try store.query(SQLStatement("SELECT total FROM batch_sums")).rowCount == 0)
  }

  /// Minutes of readings alone, by a source of its own.
  private static func schema(of source: RollUpSource) -> StoreSchema {
    let minutes = StoredTable(
      "reading_minutes", .sums(of: source), retention: nil,
      ["tenant", "series", "time", "count", "sum", "min", "max", "last", "rolled_until"].map {
        DerivedColumn($0, "A test's.")
      })
    return StoreSchema(
      tables: Readings.schema.tables.filter { $0.name == "readings" } + [minutes], steps: Readings.schema.steps)
  }

  @Test(.timeLimit(.minutes(1)))
  func `rows of a source with an interval make a roll-up due, whatever else comes`() throws {
    let source = RollUpSource("readings", interval: .zero)
    let store = try EngineFixture.store(name: EngineFixture.newName(), schema: Self.schema(of: source))
    try store.rollUp()
    for round in 1...3 {
      try Readings.insert([(Int64(round) * 60, 1)], into: store)
      #expect(store.rollups.demand.waitForTurn())
      try store.rollups.rollDue()
      #expect(!store.derivedTables(of: "readings").hasNewerCommits)
      let staged = try store.query(SQLStatement("SELECT count() AS count FROM reading_minutes_staging"))
      #expect(staged["count"].unsigned(0) == 0, "a roll-up adds to what an earlier one left")
      #expect(try Readings.lines("reading_minutes", of: store).count == round)
    }
  }

  /// A source with an interval of its own: what an earlier process left is due at once, and then once in a while.
  @Test func `a source with an interval is rolled up at the start, and when asked to`() async throws {
    let name = EngineFixture.newName()
    // Longer than a machine runs, since the first interval counts from its start.
    let seldom = RollUpSource("readings", name: "seldom", interval: .seconds(10 * 365 * 86_400))
    let schema = Self.schema(of: seldom)
    try Readings.insert([(0, 1)], into: try EngineFixture.store(name: name, schema: schema))
    let store = try EngineFixture.store(name: name, schema: schema)
    let thread = RollupThread(store.rollups, logger: .disabled)
    try thread.start()
    await eventually { !store.derivedTables(of: "seldom").hasNewerCommits }
    thread.stop()
    let again = try EngineFixture.store(name: name, schema: schema)
    try again.rollUp()
    try Readings.insert([(60, 2)], into: again)
    try again.rollups.rollDue()
    #expect(again.derivedTables(of: "seldom").hasNewerCommits, "a row is no reason before its time")
    try again.rollUp()
    #expect(!again.derivedTables(of: "seldom").hasNewerCommits)
    #expect(try Readings.lines("reading_minutes", of: again).count == 2)
  }

  @Test func `what is more than one statement may have is derived in portions of whole commits`() throws {
    let name = EngineFixture.newName()
    let first = try EngineFixture.store(name: name, schema: Readings.schema)
    // Seven commits of 200,000 rows, as an earlier process left them.
    try first.execute(
      SQLStatement(
        """
        INSERT INTO readings SELECT 1, number % 50, fromUnixTimestamp64Nano(\(SpanRows.start), 'UTC') + number % 7000,
        number % 10, fromUnixTimestamp64Nano(\(SpanRows.start) + toInt64(intDiv(number, 200000)), 'UTC') FROM numbers(1400000)
        """))
    let again = try EngineFixture.store(name: name, schema: Readings.schema)
    #expect(again.derivedTables(of: "readings").hasNewerCommits)
    // One would leave the last portion's end alone.
    try again.execute(SQLStatement("SYSTEM STOP MERGES reading_minutes"))
    try again.rollUp()
    #expect(!again.derivedTables(of: "readings").hasNewerCommits)
    for (table, seconds) in zip(Readings.tables, [60, 300, 3_600, 86_400]) {
      let wanted = try Readings.lines(bySeconds: seconds, of: again).map(Self.sum)
      #expect(try Readings.lines(table, of: again).map(Self.sum) == wanted, "\(table)")
    }
    let parts = try again.query(
      SQLStatement(
        """
        SELECT DISTINCT toUnixTimestamp64Nano(rolled_until) - \(SpanRows.start) AS end FROM reading_minutes ORDER BY end
        """))
    #expect((0..<parts.rowCount).compactMap { parts["end"].int($0) }.prefix(2) == [1, 4])
  }

  /// Without the last value, of which several have the same time here.
  private static func sum(_ line: String) -> String { line.split(separator: " ").dropLast().joined(separator: " ") }
}
