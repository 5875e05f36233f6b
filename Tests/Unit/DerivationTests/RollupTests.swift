import Base
import Columns
import Derivation
import EmbeddedEngine
import Engine
import EngineTestSupport
import Telemetry
import Testing

/// Goal: the derived tables hold every span once, whatever the process is stopped between.
@Suite struct RollupTests {
  private struct Sums: Equatable {
    var traces: UInt64, operations: UInt64, spans: UInt64, durations: UInt64

    init(_ store: EmbeddedStore) throws {
      func number(_ sql: String) throws -> UInt64 { try store.query(SQLStatement(sql))["n"].unsigned(0) ?? 0 }
      traces = try number("SELECT uniqExact(trace_id) AS n FROM traces")
      operations = try number("SELECT uniqExact(service_name, name, kind) AS n FROM operations")
      spans = try number("SELECT sum(spans) AS n FROM span_minutes")
      durations = try number("SELECT sum(spans) AS n FROM span_half_hours")
    }

    init(traces: UInt64, operations: UInt64, spans: UInt64, durations: UInt64) {
      (self.traces, self.operations, self.spans, self.durations) = (traces, operations, spans, durations)
    }
  }

  private func insert(_ rows: Range<Int>, into store: EmbeddedStore) throws {
    let spans = SpanBlock()
    SpanRows.append(to: spans, rows)
    try store.insert(spans.columns, into: "spans")
  }

  @Test func `a roll-up takes every commit once`() throws {
    let store = try EngineFixture.store()
    #expect(!store.derivedTables.hasNewerCommits)
    try insert(0..<10, into: store)
    #expect(store.derivedTables.hasNewerCommits)
    #expect(try Sums(store) == Sums(traces: 0, operations: 0, spans: 0, durations: 0))
    try store.rollUp()
    let once = Sums(traces: 1, operations: 10, spans: 10, durations: 10)
    #expect(try Sums(store) == once)
    #expect(!store.derivedTables.hasNewerCommits)
    try store.rollUp()
    #expect(try Sums(store) == once, "nothing came in between")
    try insert(10..<15, into: store)
    try store.rollUp()
    #expect(try Sums(store) == Sums(traces: 1, operations: 15, spans: 15, durations: 15))
    #expect(store.derivedTables.rowCount == 15)
    #expect(store.statistics.activePartCount >= 5)
    #expect(store.statistics.engineMemoryBytes > 0)
    _ = try store.query(SQLStatement("OPTIMIZE TABLE spans FINAL"))
    try store.rollUp()
    #expect(store.statistics.mergedPartCount >= 2)
  }

  @Test func `a store that opens goes on where the last one stopped`() throws {
    let name = EngineFixture.newName()
    let first = try EngineFixture.store(name: name)
    try insert(0..<10, into: first)
    try first.rollUp()
    try insert(10..<14, into: first)
    let second = try EngineFixture.store(name: name)
    #expect(second.derivedTables.derivedUntil == first.derivedTables.derivedUntil)
    #expect(second.derivedTables.hasNewerCommits)
    try second.rollUp()
    #expect(try Sums(second) == Sums(traces: 1, operations: 14, spans: 14, durations: 14))
  }

  @Test func `rows that a kill left in staging are not taken twice`() throws {
    let name = EngineFixture.newName()
    let first = try EngineFixture.store(name: name)
    try insert(0..<10, into: first)
    // As after a kill before the move: staging is full, the tables are empty.
    for table in ["span_minutes", "span_half_hours"] {
      try first.execute(
        SQLStatement(
          "INSERT INTO \(table)_staging SELECT * FROM \(table)_of_commits(after = 0, until = 9000000000000000000)"))
    }
    let second = try EngineFixture.store(name: name)
    try second.rollUp()
    #expect(try Sums(second) == Sums(traces: 1, operations: 10, spans: 10, durations: 10))
  }

  @Test func `a kill between the moves of the two tables is made good`() throws {
    let name = EngineFixture.newName()
    let first = try EngineFixture.store(name: name)
    try insert(0..<10, into: first)
    try first.rollUp()
    for table in ["span_half_hours", "label_durations"] { try first.execute(SQLStatement("TRUNCATE TABLE \(table)")) }
    let second = try EngineFixture.store(name: name)
    #expect(try Sums(second).durations == 10)
    let labels = try second.query(
      SQLStatement(
        "SELECT minutes, sum(spans) AS n FROM label_durations WHERE dimension = 'service' GROUP BY minutes ORDER BY minutes"
      ))
    #expect((0..<labels.rowCount).map { labels["n"].unsigned($0) } == [10, 10])
    try second.rollUp()
    #expect(try Sums(second) == Sums(traces: 1, operations: 10, spans: 10, durations: 10))
  }

  @Test func `a move that fails after the first is made good without counting twice`() throws {
    let store = try EngineFixture.store()
    try insert(0..<10, into: store)
    // A table of another structure takes no rows from staging.
    try store.execute(SQLStatement("ALTER TABLE span_half_hours ADD COLUMN other UInt8"))
    #expect(throws: EngineError.self) { try store.rollUp() }
    #expect(try Sums(store) == Sums(traces: 1, operations: 10, spans: 10, durations: 0))
    try insert(10..<12, into: store)
    #expect(throws: EngineError.self) { try store.rollUp() }
    try store.execute(SQLStatement("ALTER TABLE span_half_hours DROP COLUMN other"))
    try store.rollUp()
    #expect(try Sums(store) == Sums(traces: 1, operations: 12, spans: 12, durations: 12))
  }

  @Test func `times of commits grow although the clock does not`() throws {
    let store = try EngineFixture.store()
    for row in 0..<20 { try insert(row..<row + 1, into: store) }
    let result = try store.query(
      SQLStatement("SELECT uniqExact(received_at) AS n, toInt64(count()) AS rows FROM spans"))
    #expect(result["n"].unsigned(0) == 20)
  }

  @Test func `minutes of every tenant are counted for searches`() throws {
    let store = try EngineFixture.store()
    try insert(0..<10, into: store)
    try store.rollUp()
    let density = store.derivedTables.density(of: TenantID(1))
    #expect(density.minutes == [SpanDensity.Minute(start: SpanRows.start / 1_000_000_000, spans: 10)])
    #expect(store.derivedTables.density(of: TenantID(2)).minutes.isEmpty)
  }

  @Test func `a query longer than a roll-up reads the tables alone, and holds nothing up`() throws {
    let store = try EngineFixture.store()
    var seen: [Bool] = []
    var row = 0
    let answer = try store.derivedTables.read { until -> Int64? in
      seen.append(until == nil)
      // A roll-up comes while the query runs, each time.
      try insert(row..<row + 1, into: store)
      try store.rollUp()
      row += 1
      return until
    }
    #expect(answer == nil)
    #expect(seen == [false, false, false, true])
    #expect(try Sums(store).spans == 4)
  }
}

@Suite struct SpanDensityTests {
  private let density = SpanDensity(
    minutes: [.init(start: 600, spans: 100), .init(start: 540, spans: 300), .init(start: 60, spans: 50)],
    isComplete: true)

  @Test(arguments: [
    (end: 660, spans: 50, start: 630 as Int64?), (660, 100, 600), (660, 250, 570), (660, 450, 60), (660, 451, nil),
    // Half of the newest minute lies behind the end.
    (630, 50, 600), (630, 200, 570), (540, 50, 60), (60, 1, nil),
  ])
  func `a part of a range holds as many spans as asked for`(end: Int64, spans: UInt64, start: Int64?) {
    let second: Int64 = 1_000_000_000
    #expect(
      density.start(ofPartBefore: UnixNanoseconds(end * second), holding: spans)
        == start.map { UnixNanoseconds($0 * second) })
  }
}

@Suite struct DurationBucketTests {
  @Test(arguments: [2_000, 15_000, 1_000_000, 7_777_777, 1_234_567_890, 3_600_000_000_000, 86_400_000_000_000])
  func `the middle of a duration's bucket is near it`(duration: Int64) throws {
    let result = try EngineFixture.store().query(
      SQLStatement("SELECT \(DurationBucket.sql(of: "toInt64(\(duration))")) AS bucket"))
    let middle = DurationBucket.nanoseconds(of: result["bucket"].double(0) ?? 0)
    #expect(abs(middle - Double(duration)) <= Double(duration) * 0.011)
  }
}
