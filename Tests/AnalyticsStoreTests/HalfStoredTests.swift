import AnalyticsStore
import Columns
import EngineTestSupport
import Ground
import StorePorts
import Synchronization
import Telemetry
import Testing

/// Goal: an insert that fails after its rows were committed is not repeated. Method: the real engine, whose view into
/// `traces` refuses rows for a while.
@Suite struct HalfStoredTests {
  @Test func `spans are stored once although a view fails, and their trace is derived later`() async throws {
    let store = try EngineFixture.store()
    let commit = try GroupCommit<SpanBlock>(
      name: "half", laneCount: 1, limits: CommitLimits(), recognisesRepeats: true, gate: Gate(),
      sink: CommitSink(
        table: "spans", inserter: store, references: ReferenceTables(inserter: store),
        storedRequests: StoredRequests(engine: store), logger: .disabled, sleep: { _ in }))
    func export(_ id: UInt64) async -> CommitOutcome {
      await withCheckedContinuation { continuation in
        _ = commit.append(lane: 0, tenant: .standard, batchID: id) { batch in
          SpanRows.append(to: batch.rows, 0..<3, batchID: id)
          return DecodedRows(accepted: 3)
        } completion: {
          continuation.resume(returning: $0)
        }
      }
    }
    func count(_ sql: String) throws -> UInt64? { try store.query(SQLStatement(sql))["n"].unsigned(0) }
    try store.execute(SQLStatement("ALTER TABLE traces ADD CONSTRAINT nothing CHECK tenant = 0"))
    #expect(await export(1) == .committed)
    #expect(try count("SELECT count() AS n FROM spans") == 3)
    #expect(try count("SELECT count() AS n FROM traces") == 0)
    #expect(await export(1) == .committed, "a repeat is recognised")
    #expect(try count("SELECT count() AS n FROM spans") == 3)
    try store.execute(SQLStatement("ALTER TABLE traces DROP CONSTRAINT nothing"))
    #expect(await export(2) == .committed)
    commit.stop()
    #expect(try count("SELECT count() AS n FROM spans") == 6)
    #expect(try count("SELECT count(DISTINCT trace_id) AS n FROM traces") == 1)
  }
}
