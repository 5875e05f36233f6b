import Base
import Columns
import Commit
import EmbeddedEngine
import Engine
import EngineTestSupport
import Synchronization
import Telemetry
import Testing

/// Goal: an insert that fails after its rows were committed is not repeated.
///
/// Method: the real engine, with a view that fails for a while.
@Suite struct HalfStoredTests {
  @Test func `spans are stored once although a view of an operator fails`() async throws {
    let store = try EngineFixture.store()
    let noted = NotedRows()
    let commit = try GroupCommit<SpanBlock>(
      name: "half", laneCount: 1, limits: CommitLimits(), recognisesRepeats: true, gate: Gate(),
      sink: CommitSink(
        table: "spans", inserter: store, references: ReferenceTables(inserter: store),
        storedRequests: StoredRequests(engine: store), didStoreRows: { noted.add($0, $1) }, logger: .disabled,
        sleep: { _ in }))
    func export(_ id: UInt64) async -> CommitOutcome {
      await withCheckedContinuation { continuation in
        _ = commit.append(lane: 0, tenant: .default, batchID: id) { batch, _ in
          SpanRows.append(to: batch.rows, 0..<3, batchID: id)
          return DecodedRows(accepted: 3)
        } completion: {
          continuation.resume(returning: $0)
        }
      }
    }
    func count(_ sql: String) throws -> UInt64? { try store.query(SQLStatement(sql))["n"].unsigned(0) }
    try store.execute(
      SQLStatement("CREATE MATERIALIZED VIEW broken ENGINE = Memory AS SELECT throwIf(tenant > 0) AS a FROM spans"))
    #expect(await export(1) == .committed)
    #expect(try count("SELECT count() AS n FROM spans") == 3)
    #expect(await export(1) == .committed, "a repeat is recognised")
    #expect(try count("SELECT count() AS n FROM spans") == 3)
    try store.execute(SQLStatement("DROP TABLE broken"))
    #expect(await export(2) == .committed)
    commit.stop()
    #expect(try count("SELECT count() AS n FROM spans") == 6)
    try store.rollUp()
    #expect(try count("SELECT sum(spans) AS n FROM span_minutes") == 6)
    #expect(noted.counts == [1: 3, 2: 3], "rows are passed on once, though the insert failed")
  }

  @Test func `a roll-up that fails for a while loses nothing`() throws {
    let store = try EngineFixture.store()
    func count(_ sql: String) throws -> UInt64? { try store.query(SQLStatement(sql))["n"].unsigned(0) }
    let spans = SpanBlock()
    SpanRows.append(to: spans, 0..<3)
    try store.insert(spans.columns, into: "spans")
    try store.execute(SQLStatement("ALTER TABLE span_half_hours_staging ADD CONSTRAINT nothing CHECK tenant = 0"))
    #expect(throws: EngineError.self) { try store.rollUp() }
    #expect(try count("SELECT sum(spans) AS n FROM span_minutes") == 0)
    #expect(store.derivedTables.hasNewerCommits, "readers still add the rows themselves")
    try store.execute(SQLStatement("ALTER TABLE span_half_hours_staging DROP CONSTRAINT nothing"))
    try store.rollUp()
    #expect(try count("SELECT sum(spans) AS n FROM span_minutes") == 3)
    #expect(try count("SELECT sum(spans) AS n FROM span_half_hours") == 3)
  }
}
