import Base
import Columns
import Commit
import Engine
import EngineTestSupport
import Synchronization
import Telemetry
import TestSupport
import Testing

/// Goal: who is answered, when and how.
///
/// Method: the writer over an engine in memory; answers are waited for, never timed.
@Suite struct GroupCommitTests {
  @Test func `a request is answered when its rows are stored`() async throws {
    let fixture = try Fixture()
    #expect(await fixture.export(spans: 3) == .committed)
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 3)
    fixture.commit.stop()
  }

  @Test func `resources go before the spans that point to them, and only once`() async throws {
    let fixture = try Fixture()
    #expect(await fixture.export(spans: 1, resource: 7) == .committed)
    #expect(await fixture.export(spans: 1, resource: 7) == .committed)
    #expect(await fixture.export(spans: 1, resource: 8) == .committed)
    fixture.commit.stop()
    let order = fixture.inserter.state.withLock { $0.order.filter { $0 != "attribute_keys" } }
    #expect(order == ["resources", "spans", "spans", "resources", "spans"])
  }

  @Test func `requests that come while the engine is busy share one insert`() async throws {
    let fixture = try Fixture()
    fixture.inserter.state.withLock { $0.isHeld = true }
    let outcomes = await withTaskGroup { group in
      for _ in 0..<20 { group.addTask { await fixture.export(spans: 5) } }
      await eventually { fixture.commit.statistics.rowsAppended >= 100 }
      fixture.inserter.state.withLock { $0.isHeld = false }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes == [CommitOutcome](repeating: .committed, count: 20))
    fixture.commit.stop()
    let (rows, inserts) = fixture.inserter.state.withLock { ($0.rows["spans"] ?? 0, $0.inserts["spans"] ?? 0) }
    #expect(rows == 100)
    // The engine holds what came first, one request or more; all that came after that share one insert.
    #expect((1...2).contains(inserts))
    #expect(fixture.commit.statistics.queuedBytes == 0)
  }

  @Test func `a retry of a stored request is not stored again`() async throws {
    let fixture = try Fixture()
    #expect(await fixture.export(spans: 2, batchID: 42) == .committed)
    #expect(await fixture.export(spans: 2, batchID: 42) == .committed)
    fixture.commit.stop()
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 2)
    #expect(fixture.commit.statistics.repeatsRecognised == 1)
  }

  @Test func `equal requests are both stored when they may both be meant`() async throws {
    let fixture = try Fixture()
    for _ in 0..<2 { #expect(await fixture.export(spans: 2, batchID: 42, isRecognisable: false) == .committed) }
    fixture.commit.stop()
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 4)
    #expect(fixture.commit.statistics.repeatsRecognised == 0)
  }

  @Test func `a decoder hears whether its rows stay`() async throws {
    var limits = CommitLimits()
    limits.queueBytesMax = 1 << 20
    let fixture = try Fixture(limits: limits)
    fixture.inserter.state.withLock { $0.isHeld = true }
    var settled: [Bool] = []
    // One without rows, one that fits, and one that does not fit beside it.
    for (batchID, spans) in [(1, 0), (2, 1), (3, 100_000)] as [(UInt64, Int)] {
      _ = fixture.commit.append(
        lane: 0, tenant: .default, batchID: batchID,
        decode: { batch, _ in
          for _ in 0..<spans { batch.rows.appendPlainSpan(tenant: 1, batchID: batchID, resource: 0) }
          return DecodedRows(accepted: spans)
        }, settle: { settled.append($0) }, completion: { _ in })
    }
    #expect(settled == [false, true, false])
    fixture.inserter.state.withLock { $0.isHeld = false }
    fixture.commit.stop()
  }

  @Test func `another tenant's request with the same body is no repeat`() async throws {
    let fixture = try Fixture()
    #expect(await fixture.export(spans: 2, batchID: 42) == .committed)
    #expect(await fixture.export(spans: 2, batchID: 42, tenant: TenantID(9)) == .committed)
    fixture.commit.stop()
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 4)
  }

  @Test func `a retry of a request under way waits for its answer`() async throws {
    let fixture = try Fixture()
    fixture.inserter.state.withLock { $0.isHeld = true }
    async let first = fixture.export(spans: 2, batchID: 42)
    await eventually { fixture.commit.statistics.rowsAppended >= 2 }
    async let second = fixture.export(spans: 2, batchID: 42)
    await eventually { fixture.commit.statistics.repeatsRecognised >= 1 }
    fixture.inserter.state.withLock { $0.isHeld = false }
    #expect(await first == .committed)
    #expect(await second == .committed)
    fixture.commit.stop()
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 2)
  }

  @Test func `a request remembered from before the start is no news`() async throws {
    let fixture = try Fixture()
    fixture.commit.remember(tenant: .default, batchIDs: [5])
    #expect(await fixture.export(spans: 2, batchID: 5) == .committed)
    fixture.commit.stop()
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == nil)
  }

  @Test func `an engine that is unavailable for a while costs no rows`() async throws {
    let fixture = try Fixture()
    fixture.inserter.state.withLock { $0.failures = [.unavailable, .unavailable] }
    #expect(await fixture.export(spans: 2) == .committed)
    fixture.commit.stop()
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 2)
    #expect(fixture.commit.statistics.retries == 2)
  }

  @Test func `an engine that stays unavailable is told, and a retry later is stored`() async throws {
    let fixture = try Fixture()
    fixture.inserter.state.withLock { $0.failures = [EngineError](repeating: .unavailable, count: 4) }
    guard case .unavailable = await fixture.export(spans: 2, batchID: 1) else {
      Issue.record("not told that the store is unavailable")
      return
    }
    #expect(await fixture.export(spans: 2, batchID: 1) == .committed)
    fixture.commit.stop()
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 2)
  }

  @Test func `rows that the engine refuses are not tried again`() async throws {
    let fixture = try Fixture()
    fixture.inserter.state.withLock {
      $0.failures = [EngineError(.rejected, "type mismatch")]
    }
    guard case .failed = await fixture.export(spans: 2) else {
      Issue.record("not told that the rows were refused")
      return
    }
    fixture.commit.stop()
    #expect(fixture.commit.statistics.retries == 0)
  }

  @Test func `a full queue refuses and takes again when it has drained`() async throws {
    var limits = CommitLimits()
    limits.queueBytesMax = 2_000
    let fixture = try Fixture(limits: limits)
    fixture.inserter.state.withLock { $0.isHeld = true }
    async let first = fixture.export(spans: 100)
    await eventually { fixture.commit.statistics.rowsAppended >= 100 }
    #expect(fixture.append(spans: 1) { _ in }.isRefused)
    #expect(fixture.commit.statistics.requestsRefused == 1)
    fixture.inserter.state.withLock { $0.isHeld = false }
    #expect(await first == .committed)
    #expect(await fixture.export(spans: 1) == .committed)
    fixture.commit.stop()
  }

  @Test func `a closed gate refuses with its reason`() throws {
    let fixture = try Fixture(gate: Gate(refusal: "the disk is nearly full"))
    #expect(
      fixture.append(spans: 1) { _ in } == .refused("the disk is nearly full", retryAfter: CommitLimits().refusalDelay))
    fixture.commit.stop()
  }

  @Test func `a malformed request leaves nothing behind and its repeat is decoded anew`() async throws {
    struct Malformed: Error {}
    let fixture = try Fixture()
    #expect(throws: Malformed.self) {
      _ = try fixture.commit.append(lane: 0, tenant: .default, batchID: 3) { _, _ throws(Malformed) -> DecodedRows in
        throw Malformed()
      } completion: { _ in
      }
    }
    #expect(await fixture.export(spans: 1, batchID: 3) == .committed)
    fixture.commit.stop()
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 1)
  }

  @Test func `what waits is stored before the writer ends`() throws {
    let fixture = try Fixture()
    let answers = Atomic<Int>(0)
    for _ in 0..<10 { _ = fixture.append(spans: 4) { _ in answers.add(1, ordering: .relaxed) } }
    fixture.commit.stop()
    #expect(answers.load(ordering: .relaxed) == 10)
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 40)
  }
}

struct Gate: IngestGate {
  var refusal: String?
}

extension EngineError {
  static let unavailable = EngineError(.storageFailure, "not enough space")
}

extension Admission {
  var isRefused: Bool { if case .refused = self { true } else { false } }
}

/// A group commit of spans over an engine in memory.
struct Fixture: Sendable {
  let inserter = RecordingInserter()
  /// Rows that the commit passed on as stored, by batch id.
  let noted = NotedRows()
  let commit: GroupCommit<SpanBlock>
  private let nextBatch = Box()

  init(limits: CommitLimits = CommitLimits(), gate: Gate = Gate()) throws {
    commit = try GroupCommit(
      name: "commit-test", laneCount: 1, limits: limits, recognisesRepeats: true, gate: gate,
      sink: CommitSink(
        table: "spans", inserter: inserter, references: ReferenceTables(inserter: inserter),
        didStoreRows: { [noted] in noted.add($0, $1) }, logger: .disabled, sleep: { _ in pause() }))
  }

  func append(
    spans: Int, batchID: UInt64? = nil, resource: UInt64? = nil, tenant: TenantID = .default,
    isRecognisable: Bool = true, completion: @escaping @Sendable (CommitOutcome) -> Void
  ) -> Admission {
    let batchID = batchID ?? nextBatch.next()
    return commit.append(lane: 0, tenant: tenant, batchID: batchID) { batch, _ in
      if let resource, batch.resources.row(tenant: tenant.rawValue, id: resource) == nil {
        batch.resources.tenant.append(tenant.rawValue)
        batch.resources.resourceID.append(resource)
        batch.resources.serviceName.append("chat")
        batch.resources.attributes.endRow()
        batch.resources.droppedAttributes.append(0)
        batch.resources.schemaURL.append("")
        batch.resources.didAppend(tenant: tenant.rawValue, id: resource)
      }
      for _ in 0..<spans {
        batch.rows.appendPlainSpan(tenant: tenant.rawValue, batchID: batchID, resource: resource ?? 0)
      }
      return DecodedRows(accepted: spans, isRecognisable: isRecognisable)
    } completion: {
      completion($0)
    }
  }

  func export(
    spans: Int, batchID: UInt64? = nil, resource: UInt64? = nil, tenant: TenantID = .default,
    isRecognisable: Bool = true
  ) async -> CommitOutcome {
    await withCheckedContinuation { continuation in
      _ = append(
        spans: spans, batchID: batchID, resource: resource, tenant: tenant, isRecognisable: isRecognisable
      ) {
        continuation.resume(returning: $0)
      }
    }
  }

  private final class Box: Sendable {
    private let value = Atomic<UInt64>(1_000)
    func next() -> UInt64 { value.add(1, ordering: .relaxed).newValue }
  }
}
