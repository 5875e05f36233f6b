import Base
import Columns
import EmbeddedEngine
import Engine
import EngineTestSupport
import Schema
import System
import Telemetry
import TelemetryTables
import Testing

@Suite struct `The analytics schema` {
  @Test func `takes the blocks of every signal as they are`() throws {
    let store = try EngineFixture.store()
    let spans = SpanBlock()
    SpanRows.append(to: spans, count: 20)
    try store.insert(spans.columns, into: "spans")
    try store.insert(LogBlock().columns, into: "logs")
    try store.insert(ResourceBlock().columns, into: "resources")
    try store.insert(ScopeBlock().columns, into: "scopes")
    let stored = try store.query(
      SQLStatement("SELECT count() AS n, min(received_at) > now() - 60 AS recent FROM spans"))
    #expect(stored["n"].unsigned(0) == 20)
    #expect(stored["recent"].int(0) == 1)
  }

  @Test func `no merge computes statistics of columns`() throws {
    let store = try EngineFixture.store()
    let tables = try store.query(
      SQLStatement(
        """
        SELECT name, position(engine_full, 'auto_statistics_types = \\'\\'') > 0 AS isWithout FROM system.tables
        WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name NOT LIKE '%\\_staging'
          AND name != 'schema_migrations'
        """))
    #expect(tables.rowCount == 15)
    for row in 0..<tables.rowCount {
      #expect(tables["isWithout"].unsigned(row) == 1, "\(tables["name"].string(row) ?? "")")
    }
    for rows in [0..<10, 10..<20] {
      let spans = SpanBlock()
      SpanRows.append(to: spans, rows)
      try store.insert(spans.columns, into: "spans")
    }
    _ = try store.query(SQLStatement("OPTIMIZE TABLE spans FINAL"))
    let statistics = try store.query(
      SQLStatement(
        """
        SELECT sum(length(statistics)) AS n, max(level) AS level FROM system.parts_columns
        WHERE database = currentDatabase() AND table = 'spans' AND active
        """))
    #expect(statistics["level"].unsigned(0) == 1, "merged")
    #expect(statistics["n"].unsigned(0) == 0)
  }

  @Test func `derives traces, operations and minutes from spans`() throws {
    let store = try EngineFixture.store()
    // A trace in two commits: the root comes last, as from a slow sender.
    for rows in [10..<20, 0..<10] {
      let spans = SpanBlock()
      SpanRows.append(to: spans, rows)
      try store.insert(spans.columns, into: "spans")
      try store.rollUp()
    }
    let trace = try store.query(
      SQLStatement(
        """
        SELECT min(start_ns) AS start, max(end_ns) AS end, max(last_start_ns) AS last, max(root_name) AS root,
          max(root_service) AS service, count() OVER () AS traces
        FROM traces WHERE tenant = 1 GROUP BY trace_id
        """))
    try #require(trace.rowCount == 1)
    #expect(trace["start"].int(0) == SpanRows.start)
    #expect(trace["end"].int(0) == SpanRows.start + 19 * SpanRows.step + SpanRows.duration)
    #expect(trace["last"].int(0) == SpanRows.start + 19 * SpanRows.step)
    #expect(trace["root"].string(0) == "span 0")
    #expect(trace["service"].string(0) == "checkout")
    let operations = try store.query(SQLStatement("SELECT DISTINCT name FROM operations WHERE tenant = 1"))
    #expect(operations.rowCount == 20)
    let minutes = try store.query(
      SQLStatement(
        """
        SELECT sum(spans) AS n, sum(root_spans) AS roots, sum(input_tokens) AS tokens,
          sum(duration_ns_sum) AS durations FROM span_minutes WHERE tenant = 1
        """))
    #expect(minutes["n"].unsigned(0) == 20)
    #expect(minutes["roots"].unsigned(0) == 1)
    #expect(minutes["tokens"].unsigned(0) == 190)
    #expect(minutes["durations"].int(0) == 20 * SpanRows.duration)
    let buckets = try store.query(
      SQLStatement("SELECT duration_bucket AS bucket, sum(spans) AS n FROM span_half_hours GROUP BY duration_bucket"))
    #expect(buckets.rowCount == 1)
    #expect(buckets["n"].unsigned(0) == 20)
    let middle = DurationBucket.nanoseconds(of: buckets["bucket"].double(0) ?? 0)
    #expect(abs(middle - Double(SpanRows.duration)) < Double(SpanRows.duration) * 0.011)
  }

  @Test func `puts promoted attributes back`() throws {
    let store = try EngineFixture.store()
    try store.execute(
      SQLStatement(
        """
        INSERT INTO spans (tenant, trace_id, start_time, request_model, input_tokens, user_id, promoted, attributes,
          attribute_types)
        VALUES (1, 'a', now64(9), 'llama', 12, 'unseen', 20, {'k': 'v'}, [4])
        """))
    let rows = try store.query(
      SQLStatement("SELECT all_attributes AS a, all_attribute_types AS t FROM spans_with_attributes"))
    let (keys, values, range) = rows["a"].map(0)
    #expect(range.map { keys.string($0) } == ["gen_ai.request.model", "gen_ai.usage.input_tokens", "k"])
    #expect(range.map { values.string($0) } == ["llama", "12", "v"])
    let (types, typeRange) = rows["t"].list(0)
    #expect(typeRange.map { types.unsigned($0) } == [1, 3, 4])
  }

  @Test func `is brought up to date once, and refused when it is newer`() throws {
    let name = EngineFixture.newName()
    let steps = "SELECT count() AS n, max(number) AS last FROM schema_migrations"
    let first = try EngineFixture.store(name: name).query(SQLStatement(steps))
    let second = try EngineFixture.store(name: name)
    #expect(first["n"].unsigned(0) == UInt64(TelemetryTables.steps.count))
    #expect(try second.query(SQLStatement(steps))["n"].unsigned(0) == UInt64(TelemetryTables.steps.count))
    try second.execute(
      SQLStatement("INSERT INTO schema_migrations (number, name) VALUES (9999, 'telemetry-9999-future')"))
    let error = #expect(throws: ErrorReport.self) { try EngineFixture.store(name: name) }
    #expect(error?.code == "store_schema")
    let text = "its schema has the step telemetry-9999-future, which this version does not know"
    #expect(error?.message.contains(text) == true)
    #expect(error?.message.contains("Start the newer version again, or another data directory.") == true)
    #expect(try second.query(SQLStatement(steps))["last"].unsigned(0) == 9999, "it is left as it was")
  }

  @Test func `has the retention that was last asked for, and drops what is older`() throws {
    let name = EngineFixture.newName()
    var options = EmbeddedStoreOptions(folder: "")
    _ = try EngineFixture.store(name: name, options)
    options.retention[.traces] = .seconds(3 * 86_400)
    let store = try EngineFixture.store(name: name, options)
    let alterations =
      "SELECT metadata_version AS v FROM system.tables WHERE name = 'spans' AND database = currentDatabase()"
    let version = try store.query(SQLStatement(alterations))["v"].int(0)
    let again = try EngineFixture.store(name: name, options)
    #expect(try again.query(SQLStatement(alterations))["v"].int(0) == version, "nothing is altered without need")
    let spans = SpanBlock()
    SpanRows.append(to: spans, count: 5)
    for row in 0..<5 { spans.startTime[row] -= 10 * SpanRows.day }
    try again.insert(spans.columns, into: "spans")
    try again.execute(SQLStatement("INSERT INTO spans (tenant, trace_id, start_time) VALUES (1, 'b', now64(9))"))
    try again.execute(SQLStatement("OPTIMIZE TABLE spans FINAL"))
    let left = try again.query(SQLStatement("SELECT count() AS n FROM spans"))
    #expect(left["n"].unsigned(0) == 1, "five were ten days old")
  }

  @Test func `rows that are kept for ever lose their end, and get one again`() throws {
    let name = EngineFixture.newName()
    var options = EmbeddedStoreOptions(folder: "")
    func hasEnd() throws -> Bool {
      let result = try EngineFixture.store(name: name, options).query(
        SQLStatement(
          "SELECT engine_full AS e FROM system.tables WHERE name = 'spans' AND database = currentDatabase()"))
      return result["e"].string(0)?.split(separator: " ").contains("TTL") == true
    }
    #expect(try hasEnd())
    options.retention[.traces] = .forever
    #expect(try !hasEnd())
    #expect(try !hasEnd(), "nothing is removed twice")
    options.retention[.traces] = .seconds(3 * 86_400)
    #expect(try hasEnd())
  }

  @Test func `remembers the requests of rows of one day only`() throws {
    let store = try EngineFixture.store()
    let oneDay = SpanBlock()
    SpanRows.append(to: oneDay, count: 3)
    try store.insert(oneDay.columns, into: "spans")
    let twoDays = SpanBlock()
    SpanRows.append(to: twoDays, 0..<2, batchID: 78)
    twoDays.startTime[1] = SpanRows.start + SpanRows.day
    try store.insert(twoDays.columns, into: "spans")
    let recent = try store.recentBatches(of: "spans", within: .seconds(3600), countMax: 10)
    #expect(recent == [TenantID(1): [77]])
    #expect(try store.query(SQLStatement("SELECT count() AS n FROM spans"))["n"].unsigned(0) == 5)
  }

  @Test func `a block with unknown or missing columns is refused`() throws {
    let store = try EngineFixture.store()
    let number = FixedColumn<UInt64>()
    number.append(1)
    for (table, column) in [("spans", "nonsense"), ("spans", "span_id"), ("nowhere", "span_id")] {
      #expect(throws: EngineError.self) { try store.insert(ColumnBlock([column: number]), into: table) }
    }
  }
}
