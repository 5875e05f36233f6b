import Commit
import Engine
import HTTPTypes
import OTLP
import OTLPDecoding
import OTLPExport
import Synchronization
import TelemetryIngest
import TestSupport
import Testing

/// Goal: a response says what became of its request.
///
/// Method: bodies through the decoder and the group commit into an engine in memory that fails on purpose.
@Suite(.timeLimit(.minutes(2))) struct TelemetryIngestTests {
  private static let stored = RequestOutcome.accepted

  @Test func `a request that does not fit what waits is stored with the next group`() async throws {
    var commitLimits = CommitLimits()
    commitLimits.awaitedLingerMax = .seconds(3600)
    commitLimits.quietInterval = .seconds(3600)
    let fixture = try IngestFixture(
      limits: IngestLimits(columnBytesMax: 1000), commitLimits: commitLimits, laneCount: 1)
    let bodies = (0..<4).map { Body.trace(String(repeating: "\($0)", count: 900)) }
    let outcomes = await withTaskGroup { group in
      for body in bodies { group.addTask { await fixture.export(.traces, body) } }
      await eventually { fixture.ingest.spans.commit.statistics.rowsAppended >= 4 }
      // What was sealed is stored without waiting; the last is stored at the end.
      await eventually { fixture.engine.rows.count >= 3 }
      fixture.ingest.stop()
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes == [RequestOutcome](repeating: Self.stored, count: 4))
    #expect(fixture.engine.rows == Dictionary(uniqueKeysWithValues: bodies.map { (Body.id($0), 1) }))
  }

  @Test func `a request that is too large by itself is refused for good, the next is stored`() async throws {
    let fixture = try IngestFixture(limits: IngestLimits(columnBytesMax: 1000))
    let outcome = await fixture.export(.traces, Body.trace(String(repeating: "x", count: 2000)))
    guard case .refused(.tooLarge, _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    let response = outcome.response(.traces, .protobuf)
    #expect(response.status == 413)
    #expect(response.fields["retry-after"] == nil)
    let small = Body.trace("small")
    #expect(await fixture.export(.traces, small) == Self.stored)
    fixture.ingest.stop()
    #expect(fixture.engine.rows == [Body.id(small): 1])
    #expect(fixture.ingest.spans.commit.statistics.queuedBytes == 0)
  }

  @Test func `what a request takes once it is decoded counts against the queue, but alone it is always taken`()
    async throws
  {
    var commitLimits = CommitLimits()
    commitLimits.awaitedLingerMax = .seconds(3600)
    commitLimits.quietInterval = .seconds(3600)
    commitLimits.queueBytesMax = 1 << 20
    let fixture = try IngestFixture(commitLimits: commitLimits)
    let large = Body.trace(String(repeating: "x", count: 700_000))
    let further = Body.trace(String(repeating: "y", count: 700_000))
    let first = Task { await fixture.export(.traces, large) }
    await eventually { fixture.ingest.spans.commit.statistics.rowsAppended >= 1 }
    guard case .retry(let shortage, _, _) = await fixture.export(.traces, further) else {
      Issue.record("taken beyond the queue's limit")
      return
    }
    #expect(shortage == .full)
    fixture.ingest.stop()
    #expect(await first.value == Self.stored)
    #expect(fixture.engine.rows == [Body.id(large): 1])
    #expect(fixture.ingest.spans.commit.statistics.queuedBytes == 0)

    commitLimits.queueBytesMax = 1 << 16
    commitLimits.awaitedLingerMax = .milliseconds(1)
    let small = try IngestFixture(commitLimits: commitLimits)
    #expect(await small.export(.traces, large) == Self.stored)
    small.ingest.stop()
  }

  @Test func `a request of too many records is too large for any time, over HTTP and gRPC`() async throws {
    let fixture = try IngestFixture(limits: IngestLimits(recordCountMax: 100, requestBytesMax: 1 << 30))
    let body = [UInt8]([[UInt8]](repeating: Body.log("x"), count: 400).joined())
    let outcome = await fixture.export(.logs, body)
    guard case .refused(.tooLarge, let message) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(message.contains("more than 100 records"))
    #expect(outcome.response(.logs, .protobuf).status == 413)
    fixture.ingest.stop()
    #expect(fixture.engine.rows.isEmpty)
  }

  @Test(arguments: [(5, nil), (nil, 6), (5, 6)] as [(UInt64?, UInt64?)])
  func `logs with times that come again are stored once`(time: UInt64?, observed: UInt64?) async throws {
    let fixture = try IngestFixture()
    let body = Body.log("hot", time: time, observed: observed)
    for _ in 0..<3 { #expect(await fixture.export(.logs, body) == Self.stored) }
    fixture.ingest.stop()
    #expect(fixture.engine.rows == [Body.id(body): 1])
    #expect(fixture.ingest.logs.commit.statistics.repeatsRecognised == 2)
  }

  @Test func `logs without any time are stored as often as they come`() async throws {
    let fixture = try IngestFixture()
    for _ in 0..<3 { #expect(await fixture.export(.logs, Body.log("tick")) == Self.stored) }
    fixture.ingest.stop()
    #expect(fixture.engine.rows.values.sorted() == [1, 1, 1], "each has an id of its own")
  }

  @Test func `equal logs that come at once are stored once`() async throws {
    let fixture = try IngestFixture()
    let body = Body.log("hot", time: 5)
    await withTaskGroup { group in
      for lane in 0..<64 {
        group.addTask { #expect(await fixture.export(.logs, body, lane: lane) == Self.stored) }
      }
    }
    fixture.ingest.stop()
    #expect(fixture.engine.rows == [Body.id(body): 1])
  }

  @Test func `rows of JSON carry the hash of the bytes that a retry sends again`() async throws {
    let fixture = try IngestFixture()
    let body = Array(
      #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"5","body":{"stringValue":"a"}}]}]}]}"#.utf8)
    for _ in 0..<2 { #expect(await fixture.export(.logs, body, .json) == Self.stored) }
    fixture.ingest.stop()
    #expect(fixture.engine.rows == [Body.id(body): 1])
  }

  @Test func `under random faults every client learns the truth and retries are stored once`() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    var commitLimits = CommitLimits()
    commitLimits.awaitedLingerMax = .milliseconds(5)
    let fixture = try IngestFixture(commitLimits: commitLimits)
    let bodies = (0..<400).map { Body.trace("request \($0)") }
    let poison = Set(bodies.enumerated().filter { $0.offset % 40 == 7 }.map { Body.id($0.element) })
    fixture.engine.state.withLock {
      $0.fault = { call, table, batches in
        // A number from the seed and the call: one call in five fails.
        let number = (seed &+ UInt64(call)) &* 0x9e37_79b9_7f4a_7c15 >> 40
        if number % 5 == 0 { return .unavailable }
        return poison.isDisjoint(with: batches) ? nil : .refused
      }
    }
    await withTaskGroup { group in
      for (index, body) in bodies.enumerated() {
        group.addTask {
          for _ in 0..<50 {
            switch await fixture.export(.traces, body, lane: index) {
            case .accepted: return #expect(!poison.contains(Body.id(body)), "seed \(seed)")
            case .refused(.notStorable, _): return #expect(poison.contains(Body.id(body)), "seed \(seed)")
            case .retry: continue
            case .partial, .refused: Issue.record("seed \(seed)")
            }
          }
          Issue.record("not stored after 50 tries, seed \(seed)")
        }
      }
    }
    fixture.ingest.stop()
    let expected = bodies.map { Body.id($0) }.filter { !poison.contains($0) }.map { ($0, 1) }
    #expect(fixture.engine.rows == Dictionary(uniqueKeysWithValues: expected), "seed \(seed)")
    #expect(fixture.ingest.spans.commit.statistics.queuedBytes == 0)
  }
}
