import Base
import Commit
import Engine
import EngineTestSupport
import Synchronization
import Telemetry
import Testing

/// Goal: each request has one outcome, reported once.
///
/// Method: requests to a commit over an engine in memory.
@Suite(.timeLimit(.minutes(2))) struct RequestOutcomeTests {
  private final class Record: KeptRequest {
    let fate = KeptFate.kept
    func release() {}
    func setAside(reason: String) {}
  }

  private func submit(
    _ fixture: Fixture, id: UInt64, rejected: Int = 0, isKept: Bool = false
  ) async -> RequestOutcome {
    await withCheckedContinuation { continuation in
      fixture.commit.submit(
        lane: 0, tenant: .default, batchID: id,
        decode: { batch, _ in
          // The engine fails for blocks of more rows than one.
          for _ in 0..<2 { batch.rows.appendPlainSpan(tenant: 1, batchID: id, resource: 0) }
          return DecodedRows(accepted: 2, rejected: rejected, firstReason: rejected > 0 ? "span 1: bad" : nil)
        },
        keep: isKept
          ? { _, _, whenKept in
            whenKept(true)
            return Record()
          } : nil,
        report: { continuation.resume(returning: $0) })
    }
  }

  @Test func `rows that are stored are accepted, a repeat of them too`() async throws {
    let fixture = try Fixture()
    #expect(await submit(fixture, id: 1) == .accepted)
    #expect(await submit(fixture, id: 1) == .accepted)
    fixture.commit.stop()
  }

  @Test func `rejected rows make it partial, and a repeat says so without the reason`() async throws {
    let fixture = try Fixture()
    #expect(await submit(fixture, id: 1, rejected: 2) == .partial(rejected: 2, reason: "span 1: bad"))
    #expect(
      await submit(fixture, id: 1, rejected: 2) == .partial(rejected: 2, reason: "rejected when it was sent before"))
    fixture.commit.stop()
  }

  /// A continuation that is resumed twice ends the process.
  @Test func `a request that is kept and then stored is reported once`() async throws {
    let fixture = try Fixture()
    #expect(await submit(fixture, id: 1, rejected: 1, isKept: true) == .partial(rejected: 1, reason: "span 1: bad"))
    fixture.commit.stop()
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 2)
  }

  @Test func `a closed gate, an engine that is away and one that refuses are different outcomes`() async throws {
    let closed = try Fixture(gate: Gate(refusal: "the disk is nearly full"))
    let delay = CommitLimits().refusalDelay
    #expect(await submit(closed, id: 1) == .retry(.full, "the disk is nearly full", after: delay))
    closed.commit.stop()

    let fixture = try Fixture()
    fixture.inserter.state.withLock { $0.failures = [EngineError](repeating: .unavailable, count: 4) }
    #expect(
      await submit(fixture, id: 1)
        == .retry(.unavailable, "the store is unavailable: its disk is full or fails", after: delay))
    fixture.inserter.state.withLock { $0.refusedBatches = [2] }
    #expect(await submit(fixture, id: 2) == .refused(.notStorable, "the store refused the rows"))
    #expect(await submit(fixture, id: 1) == .accepted, "what was not stored is sent again")
    fixture.commit.stop()
  }
}
