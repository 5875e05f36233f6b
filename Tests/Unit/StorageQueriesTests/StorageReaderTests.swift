import Base
import EmbeddedEngine
import Engine
import EngineTestSupport
import Schema
import System
import Telemetry
import Testing

@testable import StorageQueries

/// Goal: what is said to be kept is what the tables have.
///
/// Method: a store with three small tables, whose rows and times are known.
@Suite struct StorageReaderTests {
  private static let period = RetentionPeriod("test", default: .seconds(10 * 86_400))
  private static let endless = RetentionPeriod("endless", default: .forever)

  private static func declaration(_ name: String, dayColumn: String?) -> TableDeclaration {
    TableDeclaration(
      name, dayColumn: dayColumn,
      [
        ColumnDeclaration("tenant", "UInt32", meaning: "Whose it is."),
        ColumnDeclaration("time", "DateTime('UTC')", meaning: "When."),
      ])
  }

  private static let schema = StoreSchema(
    tables: [
      StoredTable(declaration("by_day", dayColumn: "time"), retention: .init(period, by: "time")),
      StoredTable(declaration("whole", dayColumn: nil), retention: .init(period, by: "time")),
      StoredTable(declaration("endless", dayColumn: nil), retention: .init(endless, by: "time")),
      StoredTable(declaration("empty", dayColumn: nil), retention: nil),
    ],
    steps: [
      SchemaStep(
        number: 1, name: "kept-0001-tables",
        file: Array(
          """
          CREATE TABLE IF NOT EXISTS by_day (tenant UInt32, time DateTime('UTC'))
          ENGINE = MergeTree PARTITION BY toDate(time) ORDER BY tenant SETTINGS ttl_only_drop_parts = 1;
          CREATE TABLE IF NOT EXISTS whole (tenant UInt32, time DateTime('UTC')) ENGINE = MergeTree ORDER BY tenant;
          CREATE TABLE IF NOT EXISTS endless (tenant UInt32, time DateTime('UTC')) ENGINE = MergeTree ORDER BY tenant;
          CREATE TABLE IF NOT EXISTS empty (tenant UInt32) ENGINE = MergeTree ORDER BY tenant;

          """.utf8))
    ])

  @Test func `tables have the rows, days and next deletion that follow from their rows`() throws {
    let store = try EngineFixture.store(name: EngineFixture.newName(), schema: Self.schema)
    let day: Int64 = 86_400
    let today = WallClock.now.rawValue / 1_000_000_000 / day * day
    // Two on one day, one on the day after.
    let times = [today - 3 * day + 60, today - 3 * day + 7_200, today - 2 * day + 30]
    for table in ["by_day", "whole", "endless"] {
      let rows = times.map { "(1, \($0))" }.joined(separator: ", ")
      try store.execute(SQLStatement("INSERT INTO \(table) VALUES \(rows)"))
    }
    let tables = try StorageReader(engine: store, schema: Self.schema, retention: RetentionPolicy())
      .tables(during: .background)
    #expect(tables.map(\.name) == ["by_day", "whole", "endless", "empty"])
    #expect(tables.map(\.rowCount) == [3, 3, 3, 0])
    #expect(tables.map { $0.byteCount > 0 } == [true, true, true, false])
    #expect(tables.map { $0.retention?.components.seconds } == [10 * day, 10 * day, nil, nil])
    let (oldest, newest) = (Self.time(times[0]), Self.time(times[2]))
    #expect(tables.map(\.oldest) == [oldest, oldest, nil, nil])
    #expect(tables.map(\.newest) == [newest, newest, nil, nil])
    // A part of a day goes when its last row is too old, a row of the other table by itself.
    #expect(tables.map(\.nextDeletion) == [Self.time(times[1] + 10 * day), Self.time(times[0] + 10 * day), nil, nil])
    #expect(tables[0].bytesPerRow == Double(tables[0].byteCount) / 3)
    #expect(tables[3].bytesPerRow == nil)
  }

  private static func time(_ seconds: Int64) -> UnixNanoseconds { UnixNanoseconds(seconds * 1_000_000_000) }
}
