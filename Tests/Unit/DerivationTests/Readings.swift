import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Schema
import Telemetry
import TelemetryTables

/// A small table of its own, rolled up to minutes, of these to five minutes, of these to hours, of these to days.
enum Readings {
  static let source = RollUpSource("readings")

  static let schema = StoreSchema(tables: all, steps: [step])

  /// Beside what is derived from spans.
  static let schemaWithSpans = StoreSchema(
    tables: TelemetryTables.all + all, steps: TelemetryTables.steps + [step])

  private static let all = [inserted, minutes] + levels.map { level($0.name, above: $0.source, $0.seconds) }

  private static let step = SchemaStep(number: 1, name: "readings-0001-tables", file: Array(statements.utf8))

  /// The tables from the finest to the coarsest.
  static let tables = ["reading_minutes"] + levels.map(\.name)

  private static let levels = [
    (name: "reading_five_minutes", source: "reading_minutes", seconds: 300),
    (name: "reading_hours", source: "reading_five_minutes", seconds: 3_600),
    (name: "reading_days", source: "reading_hours", seconds: 86_400),
  ]

  private static let inserted = StoredTable(
    TableDeclaration(
      "readings",
      [
        ColumnDeclaration("tenant", "UInt32", meaning: "Whose it is."),
        ColumnDeclaration("series", "UInt64", meaning: "What was read."),
        ColumnDeclaration("time", "DateTime64(9, 'UTC')", meaning: "When."),
        ColumnDeclaration("value", "Float64", meaning: "What it was."),
        ColumnDeclaration(
          "received_at", "DateTime64(9, 'UTC')", filler: .commitNanoseconds, meaning: "The time of the commit."),
      ]), retention: nil)

  private static let minutes = StoredTable("reading_minutes", .sums(of: source), retention: nil, columns)

  private static func level(_ name: String, above source: String, _ seconds: Int) -> StoredTable {
    StoredTable(
      name,
      .added(
        .level(
          above: source, keys: ["tenant", "series", "time"], time: "time", seconds: seconds,
          states: [.sum("count"), .sum("sum"), .min("min"), .max("max"), .max("last")])),
      retention: nil, columns)
  }

  private static let columns = ["tenant", "series", "time", "count", "sum", "min", "max", "last", "rolled_until"]
    .map { DerivedColumn($0, "A test's.") }

  private static let statements = """
    CREATE TABLE IF NOT EXISTS readings
    (tenant UInt32, series UInt64, time DateTime64(9, 'UTC'), value Float64, received_at DateTime64(9, 'UTC'))
    ENGINE = MergeTree ORDER BY (tenant, series, time);

    """
    + tables.map { table in
      """
      CREATE TABLE IF NOT EXISTS \(table)
      (
        tenant UInt32, series UInt64, time DateTime('UTC'),
        count SimpleAggregateFunction(sum, UInt64), sum SimpleAggregateFunction(sum, Float64),
        min SimpleAggregateFunction(min, Float64), max SimpleAggregateFunction(max, Float64),
        last SimpleAggregateFunction(max, Tuple(DateTime64(9, 'UTC'), Float64)),
        rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC'))
      )
      ENGINE = AggregatingMergeTree ORDER BY (tenant, series, time);

      """
    }.joined() + """
      CREATE VIEW IF NOT EXISTS reading_minutes_of_commits AS
      SELECT
        r.tenant AS tenant, r.series AS series, toDateTime(toStartOfMinute(r.time), 'UTC') AS time,
        count() AS count, sum(r.value) AS sum, min(r.value) AS min, max(r.value) AS max,
        max((r.time, r.value)) AS last, fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
      FROM readings AS r
      WHERE r.received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC')
        AND r.received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC')
      GROUP BY r.tenant, r.series, toDateTime(toStartOfMinute(r.time), 'UTC');

      """

  /// One commit of values at seconds after ``SpanRows/start``, the beginning of a day.
  static func insert(_ rows: [(seconds: Int64, value: Double)], series: UInt64 = 1, into store: EmbeddedStore) throws {
    let (tenants, names) = (FixedColumn<UInt32>(), FixedColumn<UInt64>())
    let (times, values) = (FixedColumn<Int64>(kind: .timestampNanoseconds), FixedColumn<Double>())
    for row in rows {
      tenants.append(1)
      names.append(series)
      times.append(SpanRows.start + row.seconds * 1_000_000_000)
      values.append(row.value)
    }
    try store.insert(
      ColumnBlock(["tenant": tenants, "series": names, "time": times, "value": values]), into: "readings")
  }

  /// What a table says of each of its times, one line each: seconds after the start, count, sum, min, max, last value.
  static func lines(_ table: String, of store: EmbeddedStore) throws -> [String] {
    try lines(
      """
      SELECT toInt64(toUnixTimestamp(time)) AS t, sum(count) AS c, sum(sum) AS s, min(min) AS low, max(max) AS high,
      max(last).2 AS l FROM \(table) GROUP BY series, time ORDER BY series, time
      """, store)
  }

  /// The same from the readings themselves.
  static func lines(bySeconds seconds: Int, of store: EmbeddedStore) throws -> [String] {
    try lines(
      """
      SELECT intDiv(toUnixTimestamp64Second(time), \(seconds)) * \(seconds) AS t, count() AS c, sum(value) AS s,
      min(value) AS low, max(value) AS high, argMax(value, time) AS l FROM readings GROUP BY series, t
      ORDER BY series, t
      """, store)
  }

  private static func lines(_ sql: String, _ store: EmbeddedStore) throws -> [String] {
    let result = try store.query(SQLStatement(sql))
    return (0..<result.rowCount).map { row in
      let time = (result["t"].int(row) ?? 0) - SpanRows.start / 1_000_000_000
      let numbers = ["s", "low", "high", "l"].map { "\(result[$0].double(row) ?? .nan)" }
      return "\(time): \(result["c"].unsigned(row) ?? 0) \(numbers.joined(separator: " "))"
    }
  }
}
