import Base
import Columns
import Commit
import EngineTestSupport
import Synchronization
import System
import Telemetry
import TestSupport
import Testing

/// Goal: a request that brings no rows of its own, but some of the tables beside, is kept and stored like any other.
///
/// Method: the writer over an engine in memory; a resource stands for what comes beside rows.
@Suite(.timeLimit(.minutes(2))) struct AttachedRowsTests {
  private static let day: Int64 = 86_400_000_000_000

  private static var slow: CommitLimits {
    var limits = CommitLimits()
    limits.lingerMax = .seconds(3600)
    limits.unreadLingerMax = .seconds(3600)
    return limits
  }

  /// Appends a resource, and spans of some days.
  private static func append(
    _ fixture: Fixture, id: UInt64, days: [Int64] = [], _ record: KeptCommitTests.Record
  ) -> Admission {
    fixture.commit.append(
      lane: 0, tenant: .default, batchID: id,
      decode: { batch, _ in
        appendResource(id, to: batch.resources)
        for day in days {
          batch.rows.appendPlainSpan(tenant: 1, batchID: id, resource: id)
          batch.rows.startTime[batch.rowCount - 1] = day * Self.day
        }
        var decoded = DecodedRows(accepted: days.count)
        decoded.attached = 1
        return decoded
      },
      keep: { _, _, whenKept in
        whenKept(true)
        return record
      }, completion: { _ in })
  }

  private static func appendResource(_ id: UInt64, to resources: ResourceBlock) {
    resources.tenant.append(1)
    resources.resourceID.append(id)
    resources.serviceName.append("chat")
    resources.attributes.endRow()
    resources.droppedAttributes.append(0)
    resources.schemaURL.append("")
    resources.didAppend(tenant: 1, id: id)
  }

  @Test func `a request without rows is kept until what it brings is stored, and nothing else is inserted`() throws {
    let fixture = try Fixture(limits: Self.slow)
    let record = KeptCommitTests.Record()
    #expect(Self.append(fixture, id: 5, record) == .appended(accepted: 0, rejected: 0, firstReason: nil))
    #expect(!record.state.withLock { $0.isReleased })
    #expect(Self.append(fixture, id: 5, KeptCommitTests.Record()) == .repeated(rejected: 0))
    #expect(fixture.commit.settle(.default, by: .now + .seconds(60)))
    #expect(fixture.inserter.state.withLock { $0.rows } == ["resources": 1])
    #expect(record.state.withLock { $0.isReleased })
    fixture.commit.stop()
    #expect(fixture.commit.statistics.queuedBytes == 0)
  }

  @Test func `a request without rows ends with a group that is stored day by day`() throws {
    let fixture = try Fixture(limits: Self.slow)
    let records = (0..<3).map { _ in KeptCommitTests.Record() }
    _ = Self.append(fixture, id: 1, records[0])
    _ = Self.append(fixture, id: 2, days: [0, 1], records[1])
    _ = Self.append(fixture, id: 3, records[2])
    #expect(fixture.commit.settle(.default, by: .now + .seconds(60)))
    #expect(fixture.inserter.state.withLock { $0.batches } == [2: 2])
    #expect(fixture.inserter.state.withLock { $0.inserts["spans"] } == 2)
    for record in records { #expect(record.state.withLock { $0.isReleased }) }
    fixture.commit.stop()
    #expect(fixture.commit.statistics.queuedBytes == 0)
  }

  @Test func `a request without rows is read back after a kill`() throws {
    let fixture = try Fixture(limits: Self.slow)
    let record = KeptCommitTests.Record()
    let replay = try fixture.commit.replay(
      KeptRequestAgain(tenant: .default, batchID: 9, isRecognisable: true, record: record),
      isFull: { (_: CancellationError) in false },
      decode: { batch, _ throws(CancellationError) in
        Self.appendResource(9, to: batch.resources)
        var decoded = DecodedRows()
        decoded.attached = 1
        return decoded
      })
    #expect(replay == .taken)
    #expect(fixture.commit.settle(.default, by: .now + .seconds(60)))
    #expect(fixture.inserter.state.withLock { $0.rows } == ["resources": 1])
    #expect(record.state.withLock { $0.isReleased })
    fixture.commit.stop()
  }
}
