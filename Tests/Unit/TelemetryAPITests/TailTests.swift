import API
import Base
import EmbeddedEngine
import Engine
import HTTPTypes
import JSON
import Synchronization
import Testing

@testable import TelemetryAPI
@testable import TelemetryQueries

@Suite struct TailTests {
  private func next(_ response: HTTPResponse) async throws -> [String] {
    guard case .stream(let next) = response.body else {
      Issue.record("no stream")
      return []
    }
    let bytes = try await next() ?? []
    return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap {
      try JSONValue(parsing: String($0))["name"]?.string
    }
  }

  @Test func `a follower gets what is stored after it came, once`() async throws {
    let harness = try Harness(SampleRows.all)
    let response = try await harness.response("/tail")
    #expect(response.fields["content-type"] == "application/x-ndjson")
    #expect(try await next(response) == [])
    var row = SpanRow(trace: 9, span: 91, name: "first", offsetMilliseconds: 500_000, receivedSeconds: 601)
    harness.clock.advance(by: .seconds(1))
    try harness.engine.execute(SQLStatement(row.insert))
    #expect(try await next(response) == ["first"])
    // Nothing new: an empty line.
    #expect(try await next(response) == [])
    row.name = "of another tenant"
    row.tenant = 2
    row.span = 92
    row.receivedSeconds = 602
    harness.clock.advance(by: .seconds(1))
    try harness.engine.execute(SQLStatement(row.insert))
    row.name = "second"
    row.tenant = 1
    row.span = 93
    row.offsetMilliseconds = 400_000
    try harness.engine.execute(SQLStatement(row.insert))
    #expect(try await next(response) == ["second"])
    // A merge makes one part of old and new rows; none of them comes again.
    try harness.engine.execute(SQLStatement("OPTIMIZE TABLE spans FINAL"))
    #expect(try await next(response) == [])
  }

  @Test func `a follower's filters hold`() async throws {
    let harness = try Harness([])
    let response = try await harness.response("/tail?service=chat&q=%7B%20duration%20%3E%205ms%20%7D")
    #expect(try await next(response) == [])
    for (span, service, duration) in [(1, "chat", 10), (2, "db", 10), (3, "chat", 1)] {
      let row = SpanRow(
        trace: 9, span: span, name: "\(service)-\(duration)", service: service, offsetMilliseconds: 500_000,
        durationMilliseconds: duration, receivedSeconds: 601)
      try harness.engine.execute(SQLStatement(row.insert))
    }
    harness.clock.advance(by: .seconds(1))
    #expect(try await next(response) == ["chat-10"])
  }

  @Test func `more spans than a look gives are counted in a line before the others`() async throws {
    let harness = try Harness([])
    let response = try await harness.response("/tail")
    #expect(try await next(response) == [])
    for span in 1...(TelemetryEndpoints.tailSpanCountMax + 3) {
      let row = SpanRow(
        trace: 9, span: span, name: "span \(span)", offsetMilliseconds: 500_000 + span, receivedSeconds: 601)
      try harness.engine.execute(SQLStatement(row.insert))
    }
    harness.clock.advance(by: .seconds(1))
    guard case .stream(let next) = response.body else { return }
    let lines = String(decoding: try await next() ?? [], as: UTF8.self).split(separator: "\n")
    #expect(lines.count == TelemetryEndpoints.tailSpanCountMax + 1)
    #expect(lines.first == #"{"skipped_span_count":3}"#)
    #expect(try lines.dropFirst().first.map { try JSONValue(parsing: String($0))["name"]?.string } == "span 4")
  }

  /// Follows tenant 1 over a store whose commits end when the test says so.
  private final class Follower {
    private final class Commits: Sendable { let visibleUntil = Mutex(Harness.base) }

    private let engine: EmbeddedStore
    private let commits = Commits()
    private var position: TailPosition
    /// Of the latest look.
    private(set) var skippedCount = 0
    private let reader: TelemetryReader

    init() throws {
      engine = try Harness([]).engine
      let reader = TelemetryReader.over(
        engine, derived: NothingDerived(visibleUntil: { [commits] in commits.visibleUntil.withLock { $0 } }))
      self.reader = reader
      position = try reader.telemetry(of: TenantID(1), during: .background).tailPosition()
    }

    func commit(_ name: String, span: Int, second: Int, columns: [(String, String)] = []) throws {
      let row = SpanRow(
        trace: 9, span: span, name: name, offsetMilliseconds: 500_000 + span, receivedSeconds: second, columns: columns)
      try engine.execute(SQLStatement(row.insert))
    }

    /// No commit up to a time is under way any more.
    func end(second: Int64) { commits.visibleUntil.withLock { $0 = Harness.base + second * 1_000_000_000 } }

    func names(limit: Int = 10) throws -> [String] {
      let filter = SpanFilter(range: TailFollower.range(around: Harness.now))
      let new = try reader.telemetry(of: TenantID(1), during: .background)
        .newSpans(filter, since: &position, limit: limit)
      skippedCount = new.skippedCount
      return new.spans.map(\.name)
    }
  }

  @Test func `commits that end in another order than they began are given out once each`() throws {
    let follower = try Follower()
    // The later commit can be read, the earlier one is under way.
    try follower.commit("later", span: 2, second: 3)
    follower.end(second: 1)
    #expect(try follower.names() == [])
    try follower.commit("earlier", span: 1, second: 2)
    #expect(try follower.names() == [], "it has not ended yet, as far as is known")
    follower.end(second: 3)
    #expect(try follower.names() == ["earlier", "later"])
    #expect(try follower.names() == [])
    // The next commit has the next time; what is at the border comes neither twice nor not at all.
    try follower.commit("next", span: 3, second: 4)
    follower.end(second: 4)
    #expect(try follower.names() == ["next"])
  }

  @Test func `copies are left out, and a slow follower gets the newest`() throws {
    let follower = try Follower()
    for span in 1...4 { try follower.commit("span \(span)", span: span, second: 1) }
    try follower.commit("span 4", span: 4, second: 2, columns: [("counting", "1")])
    follower.end(second: 1)
    #expect(try follower.names(limit: 2) == ["span 3", "span 4"])
    #expect(follower.skippedCount == 2)
    follower.end(second: 2)
    #expect(try follower.names() == [])
    #expect(follower.skippedCount == 0)
    for span in 5...6 { try follower.commit("span \(span)", span: span, second: 3) }
    follower.end(second: 3)
    #expect(try follower.names(limit: 2) == ["span 5", "span 6"])
    #expect(follower.skippedCount == 0)
  }

  /// Whether the answer ends with the next piece.
  private func hasEnded(_ response: HTTPResponse) async throws -> Bool {
    guard case .stream(let next) = response.body else { return false }
    return try await next() == nil
  }

  @Test func `a live answer ends when its key is revoked`() async throws {
    let harness = try Harness([])
    let response = try await harness.response("/tail")
    #expect(try await !hasEnded(response))
    #expect(try await !hasEnded(response))
    harness.clock.revoke()
    let row = SpanRow(trace: 9, span: 91, name: "secret", offsetMilliseconds: 500_000, receivedSeconds: 600)
    try harness.engine.execute(SQLStatement(row.insert))
    #expect(try await hasEnded(response))
  }

  @Test func `a live answer ends after an hour`() async throws {
    let harness = try Harness([])
    let response = try await harness.response("/tail")
    #expect(try await !hasEnded(response))
    harness.clock.advance(by: .seconds(3599))
    #expect(try await !hasEnded(response))
    harness.clock.advance(by: .seconds(1))
    #expect(try await hasEnded(response))
  }

  @Test func `live answers are bounded, of each tenant and in all`() throws {
    let slots = TailSlots(countMax: 3, tenantCountMax: 2)
    var ofFirst = [try slots.take(TenantID(1)), try slots.take(TenantID(1))]
    #expect(throws: Problem.self) { try slots.take(TenantID(1)) }
    var ofSecond = [try slots.take(TenantID(2))]
    #expect(throws: Problem.self) { try slots.take(TenantID(3)) }
    ofSecond.removeAll()
    _ = try slots.take(TenantID(3))
    ofFirst.removeAll()
    _ = try slots.take(TenantID(1))
  }
}
