import Base
import Columns
import Commit
import EmbeddedEngine
import Engine
import EngineTestSupport
import Synchronization
import Telemetry
import TestSupport
import Testing

/// Goal: a request that the engine refuses fails alone.
///
/// Method: groups over an engine in memory that refuses some rows.
@Suite struct GroupDivisionTests {
  /// Sends requests while the engine is held, so that they share a group, and returns their outcomes by batch id.
  private func exportTogether(
    _ fixture: Fixture, _ ids: ClosedRange<UInt64>, resource: @escaping @Sendable (UInt64) -> UInt64? = { _ in nil }
  ) async -> [UInt64: CommitOutcome] {
    fixture.inserter.state.withLock { $0.isHeld = true }
    // Keeps the writer busy while the others come.
    async let first = fixture.export(spans: 1, batchID: 999_999)
    await eventually { fixture.inserter.state.withLock { $0.callCount } >= 1 }
    let outcomes = await withTaskGroup(of: (UInt64, CommitOutcome).self) { group in
      for id in ids {
        group.addTask { (id, await fixture.export(spans: 3, batchID: id, resource: resource(id))) }
      }
      await eventually { fixture.commit.statistics.rowsAppended >= 1 + 3 * ids.count }
      fixture.inserter.state.withLock { $0.isHeld = false }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(await first == .committed)
    return outcomes
  }

  private func stored(_ fixture: Fixture) -> [UInt64: Int] {
    fixture.inserter.state.withLock { $0.batches.filter { $0.key != 999_999 } }
  }

  @Test(arguments: [[7], [1, 2], [1, 64], [64], [5, 20, 40], []] as [[UInt64]])
  func `only the requests that the engine refuses fail`(refused: [UInt64]) async throws {
    let fixture = try Fixture()
    fixture.inserter.state.withLock { $0.refusedBatches = Set(refused) }
    let outcomes = await exportTogether(fixture, 1...64)
    fixture.commit.stop()
    for id in UInt64(1)...64 {
      let isRefused = refused.contains(id)
      #expect(outcomes[id] == (isRefused ? .failed("the store refused the rows") : .committed), "\(id)")
      #expect(stored(fixture)[id] == (isRefused ? nil : 3), "\(id) is stored once or not at all")
    }
    #expect(fixture.noted.counts == fixture.inserter.state.withLock { $0.batches }, "what is stored is passed on once")
    let statistics = fixture.commit.statistics
    #expect(statistics.rowsFailed == UInt64(3 * refused.count))
    #expect(statistics.rowsCommitted == UInt64(1 + 3 * (64 - refused.count)))
    #expect(statistics.requestsRejected == UInt64(refused.count))
    #expect(statistics.groupsDivided == (refused.isEmpty ? 0 : 1))
    #expect(statistics.queuedBytes == 0)
    // One insert of the group that held the writer, then at most two a halving for each refused request.
    let inserts = fixture.inserter.state.withLock { $0.inserts["spans"] ?? 0 }
    #expect(inserts <= 2 + 12 * refused.count)
  }

  @Test func `a refused request is no repeat when it comes again, a stored one is`() async throws {
    let fixture = try Fixture()
    fixture.inserter.state.withLock { $0.refusedBatches = [3] }
    _ = await exportTogether(fixture, 1...4)
    #expect(await fixture.export(spans: 3, batchID: 4) == .committed)
    fixture.inserter.state.withLock { $0.refusedBatches = [] }
    #expect(await fixture.export(spans: 3, batchID: 3) == .committed)
    fixture.commit.stop()
    #expect(stored(fixture) == [1: 3, 2: 3, 3: 3, 4: 3])
    #expect(fixture.commit.statistics.repeatsRecognised == 1)
  }

  @Test func `a refused resource fails only the requests that point to it`() async throws {
    let fixture = try Fixture()
    fixture.inserter.state.withLock { $0.refusedResources = [102] }
    let outcomes = await exportTogether(fixture, 1...8) { 100 + $0 % 4 }
    fixture.commit.stop()
    for id in UInt64(1)...8 { #expect((outcomes[id] == .committed) == (id % 4 != 2), "\(id)") }
    #expect(Set(stored(fixture).keys) == [1, 3, 4, 5, 7, 8])
  }

  @Test func `an engine that refuses everything is not asked for ever`() async throws {
    var limits = CommitLimits()
    limits.divisionInsertsMax = 20
    let fixture = try Fixture(limits: limits)
    fixture.inserter.state.withLock { $0.refusedBatches = Set(1...200) }
    let outcomes = await exportTogether(fixture, 1...200)
    fixture.commit.stop()
    for outcome in outcomes.values {
      guard case .failed = outcome else {
        Issue.record("\(outcome)")
        return
      }
    }
    #expect(outcomes.count == 200)
    #expect(fixture.inserter.state.withLock { $0.asked["spans"] ?? 0 } <= 23)
  }

  @Test func `requests that cannot be tried apart any more come again`() async throws {
    var limits = CommitLimits()
    limits.divisionInsertsMax = 20
    let fixture = try Fixture(limits: limits)
    let refused = Set((1...200 as ClosedRange<UInt64>).filter { $0 % 2 == 0 })
    fixture.inserter.state.withLock { $0.refusedBatches = refused }
    let outcomes = await exportTogether(fixture, 1...200)
    fixture.commit.stop()
    for (id, outcome) in outcomes {
      switch outcome {
      case .committed:
        #expect(!refused.contains(id))
        #expect(stored(fixture)[id] == 3)
      case .failed:
        #expect(refused.contains(id))
        #expect(stored(fixture)[id] == nil)
      case .unavailable: #expect(stored(fixture)[id] == nil)
      }
    }
    #expect(outcomes.values.contains { if case .unavailable = $0 { true } else { false } })
  }

  @Test func `rows of too many days are refused, parts that are behind are waited for`() async throws {
    let fixture = try Fixture()
    fixture.inserter.state.withLock {
      $0.refusedBatches = [2]
      $0.refusalCode = 252
      $0.refusalMessage = "Too many partitions for single INSERT block (more than 1000)"
    }
    let outcomes = await exportTogether(fixture, 1...4)
    guard case .failed(let text) = outcomes[2] else {
      Issue.record("\(String(describing: outcomes[2]))")
      return
    }
    #expect(text.contains("more days"))
    #expect(fixture.commit.statistics.retries == 0)
    fixture.inserter.state.withLock { $0.refusalMessage = "Too many parts (3000)" }
    guard case .unavailable = await fixture.export(spans: 1, batchID: 2) else {
      Issue.record("not waited for")
      return
    }
    fixture.commit.stop()
    #expect(fixture.commit.statistics.retries == 3)
  }

  @Test func `an engine that becomes unavailable meanwhile is told to the others`() async throws {
    let fixture = try Fixture()
    // The group is refused, its first half meets an engine that stays unavailable. One row alone is the writer's own.
    fixture.inserter.state.withLock {
      $0.failures =
        [EngineError(.rejected, "type mismatch")]
        + [EngineError](repeating: .unavailable, count: 4)
    }
    let outcomes = await exportTogether(fixture, 1...8)
    fixture.commit.stop()
    #expect(outcomes.count == 8)
    #expect(stored(fixture).isEmpty)
    for outcome in outcomes.values {
      guard case .unavailable = outcome else {
        Issue.record("\(outcome)")
        return
      }
    }
  }

  @Test func `a request that does not fit seals the group and begins another`() async throws {
    struct Full: Error {}
    let fixture = try Fixture()
    fixture.inserter.state.withLock { $0.isHeld = true }
    let answers = Atomic<Int>(0)
    // Each batch takes four rows.
    for id in UInt64(1)...9 {
      let admission = try fixture.commit.append(lane: 0, tenant: .default, batchID: id, isFull: { (_: Full) in true }) {
        batch, _ throws(Full) in
        guard batch.rowCount + 2 <= 4 else { throw Full() }
        for _ in 0..<2 { batch.rows.appendPlainSpan(tenant: 1, batchID: id, resource: 0) }
        return DecodedRows(accepted: 2)
      } completion: {
        if $0 == .committed { answers.add(1, ordering: .relaxed) }
      }
      #expect(admission == .appended(accepted: 2, rejected: 0, firstReason: nil))
    }
    #expect(fixture.commit.statistics.queuedBytes > 0)
    #expect(throws: Full.self) {
      _ = try fixture.commit.append(lane: 0, tenant: .default, batchID: 10, isFull: { (_: Full) in true }) {
        batch, _ throws(Full) in
        throw Full()
      } completion: { _ in
        Issue.record("answered twice")
      }
    }
    fixture.inserter.state.withLock { $0.isHeld = false }
    fixture.commit.stop()
    #expect(answers.load(ordering: .relaxed) == 9)
    #expect(fixture.inserter.state.withLock { $0.batches } == Dictionary(uniqueKeysWithValues: (1...9).map { ($0, 2) }))
    #expect(fixture.commit.statistics.queuedBytes == 0)
  }

  @Test func `rows of several days are committed day by day, each request is answered once`() throws {
    let store = try EngineFixture.store()
    var limits = CommitLimits()
    // Nothing is due before the end, so all three are one group.
    limits.awaitedLingerMax = .seconds(3600)
    limits.quietInterval = .seconds(3600)
    let noted = NotedRows()
    let commit = try GroupCommit<SpanBlock>(
      name: "division", laneCount: 1, limits: limits, recognisesRepeats: true, gate: Gate(),
      sink: CommitSink(
        table: "spans", inserter: store, references: ReferenceTables(inserter: store),
        didStoreRows: { noted.add($0, $1) }, logger: .disabled, sleep: { _ in }))
    let outcomes = Mutex<[UInt64: CommitOutcome]>([:])
    for id in UInt64(1)...5 {
      let rows = id == 3 ? 0..<60 : 0..<Int(id)
      _ = commit.append(lane: 0, tenant: .default, batchID: id) { batch, _ in
        let first = batch.rowCount
        SpanRows.append(to: batch.rows, rows, batchID: id)
        if id == 3 { for row in 0..<60 { batch.rows.startTime[first + row] -= Int64(row % 20) * SpanRows.day } }
        return DecodedRows(accepted: rows.count)
      } completion: { outcome in
        outcomes.withLock { outcomes in
          #expect(outcomes[id] == nil, "answered twice")
          outcomes[id] = outcome
        }
      }
    }
    commit.stop()
    #expect(
      outcomes.withLock { $0 } == Dictionary(uniqueKeysWithValues: (1...5).map { ($0, CommitOutcome.committed) }))
    #expect(noted.counts == [1: 1, 2: 2, 3: 60, 4: 4, 5: 5])
    #expect(try store.storedBatches(of: "spans", after: 0)[StoredBatch(tenant: 1, batchID: 3)]?.count == 20)
    let rows = try store.query(
      SQLStatement(
        """
        SELECT batch_id, count() AS n, sum(input_tokens) AS tokens, countIf(attributes['k'] = 'v' || (span_id - 1)) AS kept
        FROM spans GROUP BY batch_id ORDER BY batch_id
        """))
    #expect((0..<rows.rowCount).map { rows["batch_id"].unsigned($0) } == [1, 2, 3, 4, 5])
    #expect((0..<rows.rowCount).map { rows["n"].unsigned($0) } == [1, 2, 60, 4, 5])
    #expect((0..<rows.rowCount).map { rows["kept"].unsigned($0) } == [1, 2, 60, 4, 5])
    #expect((0..<rows.rowCount).map { rows["tokens"].unsigned($0) } == [0, 1, 1770, 6, 10])
  }
}
