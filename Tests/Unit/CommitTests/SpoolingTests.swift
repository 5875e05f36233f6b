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

/// Goal: what does not fit into memory waits elsewhere and is stored once, in its order.
///
/// Method: the writer over an engine in memory that fails for a while, and a spool in memory.
@Suite(.timeLimit(.minutes(2))) struct SpoolingTests {
  /// A keeper of requests of two spans each, told by their batch ids.
  private final class MemorySpool: RequestSpool {
    typealias Rows = SpanBlock
    struct State {
      var waiting: [UInt64] = []
      var kept: [UInt64: KeptCommitTests.Record] = [:]
      var failures: [SpoolStep] = []
      var canKeep = true
    }

    let state = Mutex(State())

    func keep(_ id: UInt64, _ isSpooled: Bool, _ whenKept: @escaping @Sendable (Bool) -> Void) -> any KeptRequest {
      let record = KeptCommitTests.Record()
      let isKept = state.withLock { state in
        guard state.canKeep else { return false }
        state.kept[id] = record
        if isSpooled { state.waiting.append(id) }
        return true
      }
      // Another thread, as the journal's.
      Task.detached { whenKept(isKept) }
      return record
    }

    func readBack(to commit: GroupCommit<SpanBlock>) -> SpoolStep {
      let next = state.withLock { state -> (UInt64, KeptCommitTests.Record)? in
        guard let id = state.waiting.first, let record = state.kept[id] else { return nil }
        return (id, record)
      }
      if let failure = state.withLock({ $0.failures.popLast() }) { return failure }
      guard let (id, record) = next else { return .nothing }
      do throws(CancellationError) {
        let replay = try commit.replay(
          KeptRequestAgain(
            tenant: .default, batchID: id, isRecognisable: true, record: record, isCounted: true),
          isFull: { (_: CancellationError) in false }
        ) { batch, _ throws(CancellationError) in
          for _ in 0..<2 { batch.rows.appendPlainSpan(tenant: 1, batchID: id, resource: 0) }
          return DecodedRows(accepted: 2)
        }
        guard replay != .queueFull else { return .full }
      } catch {
        Issue.record("\(error)")
      }
      state.withLock { _ = $0.waiting.removeFirst() }
      return .passed(1)
    }
  }

  private final class Outcomes: Sendable {
    let state = Mutex<[UInt64: CommitOutcome]>([:])
  }

  private let spool = MemorySpool()
  private let fixture: Fixture
  private let outcomes = Outcomes()

  init() throws {
    var limits = CommitLimits()
    limits.lingerMax = .seconds(3600)
    limits.unreadLingerMax = .seconds(3600)
    limits.outageInterval = .milliseconds(5)
    limits.retryInterval = .milliseconds(1)
    // One request fits.
    limits.queueBytesMax = 1
    fixture = try Fixture(limits: limits)
  }

  private func append(_ id: UInt64) -> Admission {
    fixture.commit.append(
      lane: 0, tenant: .default, batchID: id,
      decode: { batch, _ in
        for _ in 0..<2 { batch.rows.appendPlainSpan(tenant: 1, batchID: id, resource: 0) }
        return DecodedRows(accepted: 2)
      },
      keep: { [spool] _, isSpooled, whenKept in spool.keep(id, isSpooled, whenKept) },
      completion: { [outcomes] outcome in outcomes.state.withLock { $0[id] = outcome } })
  }

  private func waitForOutcome(_ id: UInt64) -> CommitOutcome? {
    eventually { outcomes.state.withLock { $0[id] != nil } }
    return outcomes.state.withLock { $0[id] }
  }

  private var stored: [UInt64: Int] { fixture.inserter.state.withLock { $0.batches } }

  @Test func `requests beyond the memory are acknowledged, and stored when the store works again`() throws {
    fixture.commit.attach(spool, foundCount: 0)
    fixture.inserter.state.withLock { $0.failures = [EngineError](repeating: .unavailable, count: 10_000) }
    for id in UInt64(1)...50 {
      guard case .appended(2, 0, nil) = append(id) else {
        Issue.record("request \(id) was not taken")
        return
      }
      #expect(waitForOutcome(id) == .committed)
    }
    #expect(spool.state.withLock { $0.waiting.count } == 49)
    #expect(fixture.commit.statistics.requestsSpooled == 49)
    guard case .repeated = append(30) else {
      Issue.record("a repeat of a request in the spool is known")
      return
    }
    #expect(!fixture.commit.settle(.default, by: .now + .seconds(60)), "questions do not wait for the end of it")
    #expect(stored.isEmpty)
    fixture.inserter.state.withLock { $0.failures = [] }
    // New requests come while those of the spool are stored.
    for id in UInt64(51)...60 { _ = append(id) }
    for id in UInt64(51)...60 { #expect(waitForOutcome(id) == .committed) }
    eventually { fixture.commit.settle(.default, by: .now + .seconds(60)) }
    #expect(stored == Dictionary(uniqueKeysWithValues: (1...60).map { (UInt64($0), 2) }))
    for (id, record) in spool.state.withLock({ $0.kept }) {
      #expect(record.state.withLock { $0.isReleased }, "\(id)")
    }
    fixture.commit.stop()
    #expect(fixture.commit.statistics.queuedBytes == 0)
    #expect(fixture.commit.statistics.rowsAppended == 120, "rows count once")
  }

  @Test func `requests that are found wait in front of new ones`() throws {
    spool.state.withLock { state in
      for id in UInt64(1)...5 {
        state.waiting.append(id)
        state.kept[id] = KeptCommitTests.Record()
      }
      // The spool cannot be read at first.
      state.failures = [.unavailable("the disk is away")]
    }
    fixture.commit.attach(spool, foundCount: 5)
    eventually { fixture.commit.problem != nil }
    _ = append(6)
    eventually { fixture.commit.settle(.default, by: .now + .seconds(60)) }
    #expect(stored == Dictionary(uniqueKeysWithValues: (1...6).map { (UInt64($0), 2) }))
    #expect(fixture.commit.statistics.requestsSpooled == 1, "the new one waited behind them")
    fixture.commit.stop()
  }

  @Test func `requests that are lost there are not waited for`() throws {
    spool.state.withLock { $0.failures = [.passed(3)] }
    fixture.commit.attach(spool, foundCount: 3)
    #expect(fixture.commit.settle(.default, by: .now + .seconds(60)))
    #expect(waitForMemory())
    fixture.commit.stop()
  }

  /// Whether a request is taken into memory again.
  private func waitForMemory() -> Bool {
    _ = append(100)
    _ = fixture.commit.settle(.default, by: .now + .seconds(60))
    return fixture.commit.statistics.requestsSpooled == 0 && stored == [100: 2]
  }

  @Test func `a request that fits nowhere is refused and may come again`() throws {
    fixture.commit.attach(spool, foundCount: 0)
    fixture.inserter.state.withLock { $0.failures = [EngineError](repeating: .unavailable, count: 10_000) }
    _ = append(1)
    #expect(waitForOutcome(1) == .committed)
    spool.state.withLock { $0.canKeep = false }
    _ = append(2)
    guard case .unavailable = waitForOutcome(2) else {
      Issue.record("nothing keeps it")
      return
    }
    spool.state.withLock { $0.canKeep = true }
    outcomes.state.withLock { $0[2] = nil }
    guard case .appended = append(2) else {
      Issue.record("it is no repeat")
      return
    }
    #expect(waitForOutcome(2) == .committed)
    fixture.inserter.state.withLock { $0.failures = [] }
    eventually { fixture.commit.settle(.default, by: .now + .seconds(60)) }
    #expect(stored == [1: 2, 2: 2])
    fixture.commit.stop()
  }

  @Test func `a stop leaves the spool to the next start`() throws {
    fixture.commit.attach(spool, foundCount: 0)
    fixture.inserter.state.withLock { $0.failures = [EngineError](repeating: .unavailable, count: 10_000) }
    for id in UInt64(1)...5 {
      _ = append(id)
      #expect(waitForOutcome(id) == .committed)
    }
    fixture.commit.stop()
    #expect(spool.state.withLock { $0.waiting } == [2, 3, 4, 5])
    #expect(spool.state.withLock { $0.kept.values.allSatisfy { !$0.state.withLock { $0.isReleased } } })
  }
}
