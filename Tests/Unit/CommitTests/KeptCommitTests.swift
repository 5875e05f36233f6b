import Base
import Columns
import Commit
import Engine
import EngineTestSupport
import Synchronization
import System
import Telemetry
import TestSupport
import Testing

/// Goal: requests that something keeps are answered before their commit, and stored once whatever the engine does.
///
/// Method: the writer over an engine in memory, with a keeper that does as it is told.
@Suite(.timeLimit(.minutes(2))) struct KeptCommitTests {
  /// What a test knows of one request.
  final class Record: KeptRequest {
    struct State {
      var fate = KeptFate.kept
      var isReleased = false
      var reason: String?
    }

    let state = Mutex(State())
    init(_ fate: KeptFate = .kept) { state.withLock { $0.fate = fate } }
    var fate: KeptFate { state.withLock { $0.fate } }
    func release() { state.withLock { $0.isReleased = true } }
    func setAside(reason: String) { state.withLock { $0.reason = reason } }
  }

  private static func append(
    _ fixture: Fixture, id: UInt64, _ record: Record, tenant: TenantID = .default
  ) -> Admission {
    fixture.commit.append(
      lane: 0, tenant: tenant, batchID: id,
      decode: { batch, _ in
        for _ in 0..<2 { batch.rows.appendPlainSpan(tenant: tenant.rawValue, batchID: id, resource: 0) }
        return DecodedRows(accepted: 2)
      },
      keep: { _, _, whenKept in
        whenKept(true)
        return record
      }, completion: { _ in })
  }

  private static var slow: CommitLimits {
    var limits = CommitLimits()
    limits.lingerMax = .seconds(3600)
    limits.unreadLingerMax = .seconds(3600)
    limits.outageInterval = .milliseconds(5)
    limits.retryInterval = .milliseconds(1)
    return limits
  }

  private static func settle(_ fixture: Fixture, _ tenant: TenantID = .default) -> Bool {
    fixture.commit.settle(tenant, by: .now + .seconds(60))
  }

  @Test func `a kept request is answered at once and stored when somebody asks`() async throws {
    let fixture = try Fixture(limits: Self.slow)
    let record = Record()
    let outcome = await withCheckedContinuation { continuation in
      _ = fixture.commit.append(
        lane: 0, tenant: .default, batchID: 7,
        decode: { batch, _ in
          batch.rows.appendPlainSpan(tenant: 1, batchID: 7, resource: 0)
          return DecodedRows(accepted: 1)
        },
        keep: { _, _, whenKept in
          // Another thread, after the rows wait.
          Task.detached { whenKept(true) }
          return record
        }, completion: { if !record.state.withLock({ $0.isReleased }) { continuation.resume(returning: $0) } })
    }
    #expect(outcome == .committed)
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == nil, "nothing is due")
    #expect(Self.settle(fixture))
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 1)
    #expect(record.state.withLock { $0.isReleased })
    #expect(await fixture.export(spans: 1, batchID: 7) == .committed, "a repeat is known")
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 1)
    fixture.commit.stop()
  }

  @Test func `a question of another tenant does not have rows committed`() throws {
    let fixture = try Fixture(limits: Self.slow)
    #expect(Self.settle(fixture), "nothing waits")
    _ = Self.append(fixture, id: 1, Record())
    #expect(Self.settle(fixture, TenantID(9)))
    #expect(fixture.inserter.state.withLock { $0.callCount } == 0)
    #expect(fixture.commit.settle(nil, by: .now + .seconds(60)))
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 2)
    fixture.commit.stop()
  }

  @Test func `a question about other times does not have rows committed, late rows are seen`() throws {
    let fixture = try Fixture(limits: Self.slow)
    func append(_ id: UInt64, at time: Int64) {
      _ = fixture.commit.append(
        lane: 0, tenant: .default, batchID: id,
        decode: { batch, _ in
          batch.rows.appendPlainSpan(tenant: 1, batchID: id, resource: 0)
          batch.rows.startTime[batch.rowCount - 1] = time
          return DecodedRows(accepted: 1)
        }, keep: { _, _, _ in Record() }, completion: { _ in })
    }
    func settle(_ times: Range<Int64>) -> Bool {
      fixture.commit.settle(
        .default, in: TimeRange(start: UnixNanoseconds(times.lowerBound), end: UnixNanoseconds(times.upperBound)),
        by: .now + .seconds(60))
    }
    func stored() -> [UInt64: Int] { fixture.inserter.state.withLock { $0.batches } }
    append(1, at: 1_000)
    append(2, at: 2_000)
    #expect(settle(0..<1_000))
    #expect(settle(2_001..<9_000))
    #expect(stored().isEmpty)
    // A row between two that wait is waited for too: only the earliest and the latest time are known.
    #expect(settle(2_000..<2_001))
    #expect(stored() == [1: 1, 2: 1])
    append(3, at: 50)
    #expect(settle(1_000..<3_000))
    #expect(stored().count == 2)
    #expect(settle(0..<100), "a late row")
    #expect(stored() == [1: 1, 2: 1, 3: 1])
    fixture.commit.stop()
  }

  /// The journal's disk is full while the engine is away.
  @Test func `what nothing keeps is answered in an outage although a kept group is tried before it`() async throws {
    let fixture = try Fixture(limits: Self.slow)
    fixture.inserter.state.withLock { $0.failures = [EngineError](repeating: .unavailable, count: 1_000_000) }
    _ = Self.append(fixture, id: 1, Record())
    #expect(!fixture.commit.settle(.default, by: .now + .milliseconds(200)))
    let answered = Mutex<CommitOutcome?>(nil)
    _ = fixture.commit.append(
      lane: 0, tenant: .default, batchID: 2,
      decode: { batch, _ in
        batch.rows.appendPlainSpan(tenant: 1, batchID: 2, resource: 0)
        return DecodedRows(accepted: 1)
      }, keep: { _, _, _ in Record(.lost) }, completion: { outcome in answered.withLock { $0 = $0 ?? outcome } })
    await eventually { answered.withLock { $0 } != nil }
    guard case .unavailable = answered.withLock({ $0 }) else {
      Issue.record("\(String(describing: answered.withLock { $0 }))")
      return
    }
    fixture.inserter.state.withLock { $0.failures = [] }
    #expect(Self.settle(fixture))
    #expect(fixture.inserter.state.withLock { $0.batches } == [1: 2, 2: 1])
    fixture.commit.stop()
  }

  @Test func `a question does not pass by a commit under way that has its rows`() throws {
    let fixture = try Fixture(limits: Self.slow)
    _ = Self.append(fixture, id: 1, Record())
    fixture.inserter.state.withLock { $0.isHeld = true }
    let commit = fixture.commit
    let hasSettled = Mutex(false)
    let asking = try Thread(name: "question") {
      _ = commit.settle(.default, by: .now + .seconds(60))
      hasSettled.withLock { $0 = true }
    }
    eventually { fixture.inserter.state.withLock { $0.callCount } > 0 }
    // The rows are in no lane any more.
    #expect(!commit.settle(.default, by: .now + .milliseconds(1)))
    #expect(commit.settle(TenantID(9), by: .now + .seconds(60)), "another tenant's question is not held up")
    #expect(!hasSettled.withLock { $0 })
    fixture.inserter.state.withLock { $0.isHeld = false }
    asking.join()
    #expect(fixture.inserter.state.withLock { $0.batches } == [1: 2])
    commit.stop()
  }

  @Test func `a request that nothing could keep waits for its commit, which comes soon`() async throws {
    let fixture = try Fixture(limits: Self.slow)
    let outcome = await withCheckedContinuation { continuation in
      let record = Record(.lost)
      _ = fixture.commit.append(
        lane: 0, tenant: .default, batchID: 7,
        decode: { batch, _ in
          batch.rows.appendPlainSpan(tenant: 1, batchID: 7, resource: 0)
          return DecodedRows(accepted: 1)
        },
        keep: { _, _, whenKept in
          Task.detached { whenKept(false) }
          return record
        }, completion: { continuation.resume(returning: $0) })
    }
    #expect(outcome == .committed)
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == 1)
    fixture.commit.stop()
  }

  @Test func `kept requests outlast an engine that is unavailable for long`() throws {
    let fixture = try Fixture(limits: Self.slow)
    let records = (0..<3).map { _ in Record() }
    for (id, record) in records.enumerated() { _ = Self.append(fixture, id: UInt64(id + 1), record) }
    fixture.inserter.state.withLock { $0.failures = [EngineError](repeating: .unavailable, count: 20) }
    #expect(!Self.settle(fixture), "a question does not wait for the end of it")
    eventually { Self.settle(fixture) }
    #expect(fixture.inserter.state.withLock { $0.batches } == [1: 2, 2: 2, 3: 2])
    for record in records { #expect(record.state.withLock { $0.isReleased }) }
    fixture.commit.stop()
    #expect(fixture.commit.statistics.queuedBytes == 0)
  }

  @Test func `what an unavailable engine does not take stays kept at the end`() throws {
    let fixture = try Fixture(limits: Self.slow)
    let record = Record()
    _ = Self.append(fixture, id: 1, record)
    fixture.inserter.state.withLock { $0.failures = [EngineError](repeating: .unavailable, count: 1_000) }
    fixture.commit.stop()
    #expect(!record.state.withLock { $0.isReleased })
    #expect(fixture.inserter.state.withLock { $0.rows["spans"] } == nil)
  }

  @Test func `a kept request that the engine refuses is set aside, the others are stored`() throws {
    let fixture = try Fixture(limits: Self.slow)
    let records = (1...200).map { _ in Record() }
    fixture.inserter.state.withLock { $0.refusedBatches = Set((1...200).filter { $0 % 3 == 0 }.map { UInt64($0) }) }
    for (index, record) in records.enumerated() { _ = Self.append(fixture, id: UInt64(index + 1), record) }
    #expect(Self.settle(fixture))
    for (index, record) in records.enumerated() {
      let state = record.state.withLock { ($0.isReleased, $0.reason) }
      #expect(state.0 == ((index + 1) % 3 != 0), "\(index + 1)")
      #expect((state.1 != nil) == ((index + 1) % 3 == 0), "\(index + 1)")
    }
    fixture.commit.stop()
    #expect(fixture.commit.statistics.queuedBytes == 0)
  }

  @Test func `a request that waits for the backlog is acknowledged when that is less, before its own commit`() throws {
    var limits = Self.slow
    limits.awaitedLingerMax = .seconds(3600)
    limits.quietInterval = .seconds(3600)
    let answered = Mutex(false)
    func append(_ fixture: Fixture, _ id: UInt64, spans: Int, completion: @escaping @Sendable () -> Void) {
      _ = fixture.commit.append(
        lane: 0, tenant: .default, batchID: id,
        decode: { batch, _ in
          for _ in 0..<spans { batch.rows.appendPlainSpan(tenant: 1, batchID: id, resource: 0) }
          return DecodedRows(accepted: spans)
        },
        keep: { _, _, whenKept in
          Task.detached { whenKept(true) }
          return Record()
        }, completion: { _ in completion() })
    }
    let measured = try Fixture(limits: limits)
    append(measured, 1, spans: 200) {}
    limits.backlogBytesMax = measured.commit.statistics.queuedBytes / 4
    measured.commit.stop()

    let fixture = try Fixture(limits: limits)
    append(fixture, 1, spans: 200) {}
    fixture.inserter.state.withLock { $0.isHeld = true }
    let commit = fixture.commit
    let asking = try Thread(name: "question") { _ = commit.settle(.default, by: .now + .seconds(60)) }
    eventually { fixture.inserter.state.withLock { $0.callCount } > 0 }
    append(fixture, 2, spans: 1) { answered.withLock { $0 = true } }
    for _ in 0..<20 { pause() }
    #expect(!answered.withLock { $0 }, "what is under way is four times the bound")
    fixture.inserter.state.withLock { $0.isHeld = false }
    eventually { answered.withLock { $0 } }
    #expect(fixture.inserter.state.withLock { $0.batches } == [1: 200])
    asking.join()
    commit.stop()
  }

  @Test func `held requests are acknowledged at the pace of earlier commits, until too much waits`() throws {
    var limits = Self.slow
    limits.awaitedLingerMax = .seconds(3600)
    limits.quietInterval = .seconds(3600)
    let answered = Mutex<[UInt64]>([])
    func append(_ fixture: Fixture, _ id: UInt64, spans: Int) {
      _ = fixture.commit.append(
        lane: 0, tenant: .default, batchID: id,
        decode: { batch, _ in
          for _ in 0..<spans { batch.rows.appendPlainSpan(tenant: 1, batchID: id, resource: 0) }
          return DecodedRows(accepted: spans)
        },
        keep: { _, _, whenKept in
          Task.detached { whenKept(true) }
          return Record()
        }, completion: { _ in answered.withLock { $0.append(id) } })
    }
    let measured = try Fixture(limits: limits)
    append(measured, 1, spans: 1_000)
    limits.backlogBytesMax = measured.commit.statistics.queuedBytes
    measured.commit.stop()
    answered.withLock { $0 = [] }

    let fixture = try Fixture(limits: limits)
    // So the pace is that of the engine in memory.
    append(fixture, 1, spans: 1_000)
    #expect(Self.settle(fixture))
    append(fixture, 2, spans: 1_500)
    fixture.inserter.state.withLock { $0.isHeld = true }
    let commit = fixture.commit
    let calls = fixture.inserter.state.withLock { $0.callCount }
    let asking = try Thread(name: "question") { _ = commit.settle(.default, by: .now + .seconds(60)) }
    eventually { fixture.inserter.state.withLock { $0.callCount } > calls }
    // Half more than the bound is under way, for as long as this test likes.
    append(fixture, 3, spans: 1)
    append(fixture, 4, spans: 1)
    eventually { answered.withLock { Set([1, 2, 3, 4]).isSubset(of: $0) } }
    append(fixture, 5, spans: 2_000)
    append(fixture, 6, spans: 1)
    for _ in 0..<20 { pause() }
    #expect(answered.withLock { Set($0) } == [1, 2, 3, 4], "more than twice the bound waits")
    fixture.inserter.state.withLock { $0.isHeld = false }
    eventually { answered.withLock { Set([5, 6]).isSubset(of: $0) } }
    asking.join()
    commit.stop()
    #expect(fixture.inserter.state.withLock { $0.batches } == [1: 1_000, 2: 1_500, 3: 1, 4: 1, 5: 2_000, 6: 1])
  }

  @Test func `beyond a backlog kept requests are answered by their commit, and at once in an outage`() throws {
    var limits = Self.slow
    limits.backlogBytesMax = 0
    limits.awaitedLingerMax = .milliseconds(1)
    let fixture = try Fixture(limits: limits)
    let answered = Mutex<[UInt64]>([])
    func append(_ id: UInt64) {
      _ = fixture.commit.append(
        lane: 0, tenant: .default, batchID: id,
        decode: { batch, _ in
          for _ in 0..<2 { batch.rows.appendPlainSpan(tenant: 1, batchID: id, resource: 0) }
          return DecodedRows(accepted: 2)
        },
        keep: { _, _, whenKept in
          // Another thread, as the journal's.
          Task.detached { whenKept(true) }
          return Record()
        },
        completion: { outcome in
          #expect(outcome == .committed)
          answered.withLock { $0.append(id) }
        })
    }
    fixture.inserter.state.withLock { $0.isHeld = true }
    append(1)
    eventually { answered.withLock { $0.contains(1) } }
    append(2)
    for _ in 0..<20 { pause() }
    #expect(answered.withLock { $0 } == [1], "what waits is more than the bound")
    fixture.inserter.state.withLock { $0.isHeld = false }
    eventually { answered.withLock { $0.contains(2) } }
    fixture.inserter.state.withLock { state in
      state.isHeld = true
      state.failures = [EngineError](repeating: .unavailable, count: 1_000)
    }
    append(3)
    append(4)
    // Behind the group that cannot be stored.
    eventually { fixture.inserter.state.withLock { $0.callCount } >= 3 }
    append(5)
    for _ in 0..<20 { pause() }
    fixture.inserter.state.withLock { $0.isHeld = false }
    eventually { answered.withLock { Set([3, 4, 5]).isSubset(of: $0) } }
    #expect(fixture.inserter.state.withLock { $0.batches } == [1: 2, 2: 2], "kept, and not stored yet")
    fixture.commit.stop()
  }

  @Test func `a replayed request is stored but for the days that are`() throws {
    let fixture = try Fixture(limits: Self.slow)
    let day: Int64 = 86_400_000_000_000
    func replay(_ id: UInt64, storedDays: Set<Int64>, _ record: Record) throws -> GroupCommit<SpanBlock>.Replay {
      try fixture.commit.replay(
        KeptRequestAgain(
          tenant: .default, batchID: id, isRecognisable: true, record: record, storedDays: storedDays),
        isFull: { (_: CancellationError) in false }
      ) { batch, _ throws(CancellationError) in
        for index in 0..<6 {
          batch.rows.appendPlainSpan(tenant: 1, batchID: id, resource: 0)
          batch.rows.startTime[batch.rowCount - 1] = Int64(index % 3) * day
        }
        return DecodedRows(accepted: 6)
      }
    }
    let (none, some, all) = (Record(), Record(), Record())
    #expect(try replay(1, storedDays: [], none) == .taken)
    #expect(try replay(2, storedDays: [1], some) == .taken)
    #expect(try replay(3, storedDays: [0, 1, 2], all) == .stored)
    #expect(Self.settle(fixture))
    #expect(fixture.inserter.state.withLock { $0.batches } == [1: 6, 2: 4])
    #expect(fixture.inserter.state.withLock { $0.inserts["spans"] } == 3, "one for each day")
    #expect(none.state.withLock { $0.isReleased })
    #expect(some.state.withLock { $0.isReleased })
    fixture.commit.stop()
    #expect(fixture.commit.statistics.queuedBytes == 0)
  }
}
