import API
import Base
import HTTPTypes
import JSON
import Engine
import Testing

@testable import TelemetryAPI

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
    var row = SpanRow(trace: 9, span: 91, name: "first", offsetMilliseconds: 500_000, receivedSeconds: 600)
    try harness.engine.execute(SQLStatement(row.insert))
    #expect(try await next(response) == ["first"])
    // Nothing new: an empty line.
    #expect(try await next(response) == [])
    row.name = "of another tenant"
    row.tenant = 2
    row.span = 92
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
        durationMilliseconds: duration)
      try harness.engine.execute(SQLStatement(row.insert))
    }
    #expect(try await next(response) == ["chat-10"])
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
