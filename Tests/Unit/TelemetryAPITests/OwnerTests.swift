import HTTPTypes
import JSON
import Testing

@testable import TelemetryAPI

/// Goal: what a session or user did is counted over whole traces, each span and call once.
@Suite struct OwnerTests {
  private let harness: Harness

  init() throws { harness = try Harness.sample }

  private func summary(_ item: JSONValue, _ id: String) -> String {
    let members = ["trace_count", "span_count", "error_count", "call_count", "input_tokens", "output_tokens"]
    return "\(item[id]?.string ?? ""): " + members.map { "\(item[$0]?.int ?? -1)" }.joined(separator: " ")
  }

  private func list(_ target: String, _ id: String) async throws -> [String] {
    (try await harness.get(target)["data"]?.array ?? []).map { summary($0, id) }
  }

  @Test(arguments: [
    // The root spans name no session; they count for that of their trace.
    ("", ["s-1: 1 1 0 0 0 0", "s-qwen: 1 2 0 1 900 1800", "s-llama-3: 2 5 1 2 107 214"]),
    ("&sort=last_time", ["s-llama-3: 2 5 1 2 107 214", "s-qwen: 1 2 0 1 900 1800", "s-1: 1 1 0 0 0 0"]),
    // A filter holds of a trace, whichever span meets it.
    ("&model=llama-3&status=error&service=gateway", ["s-llama-3: 1 2 1 1 7 14"]),
    ("&service=gateway", ["s-qwen: 1 2 0 1 900 1800", "s-llama-3: 2 5 1 2 107 214"]),
    ("&user=u-7", ["s-llama-3: 1 2 1 1 7 14"]), ("&model=nobody", []),
  ])
  func `sessions are listed`(parameters: String, expected: [String]) async throws {
    #expect(try await list("/sessions?start=-1h\(parameters)", "session_id") == expected)
  }

  @Test func `users are listed, and found by a session`() async throws {
    let all = ["u-1: 1 1 0 0 0 0", "u-900: 1 2 0 1 900 1800", "u-7: 1 2 1 1 7 14", "u-100: 1 3 0 1 100 200"]
    #expect(try await list("/users?start=-1h", "user_id") == all)
    #expect(try await list("/users?start=-1h&session=s-llama-3", "user_id") == Array(all.suffix(2)))
    #expect(try await list("/users?start=2026-11-21T08:03:00Z&end=2026-11-21T08:04:00Z", "user_id") == [all[0]])
  }

  @Test(arguments: ["-last_time", "last_time", "-trace_count", "trace_count"])
  func `pages hold every session once`(sort: String) async throws {
    let whole = try await list("/sessions?start=-1h&sort=\(sort)", "session_id")
    var found: [String] = []
    var cursor = ""
    repeat {
      let page = try await harness.get("/sessions?start=-1h&limit=1&sort=\(sort)\(cursor)")
      found += (page["data"]?.array ?? []).map { summary($0, "session_id") }
      cursor = page["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty && found.count < 10
    #expect(found == whole)
    #expect(Set(found).count == 3)
  }

  @Test func `one session or user is told with its times`() async throws {
    let session = try #require(try await harness.get("/sessions/s-llama-3?start=-1h")["data"])
    #expect(summary(session, "session_id") == "s-llama-3: 2 5 1 2 107 214")
    #expect(session["first_time_unix_nano"]?.string == "\(Harness.base + 5_000_000)")
    #expect(session["last_time_unix_nano"]?.string == "\(Harness.base + 60_001_000_000)")
    #expect(
      summary(try #require(try await harness.get("/users/u-900")["data"]), "user_id") == "u-900: 1 2 0 1 900 1800")
    for target in ["/sessions/nobody", "/users/u-7?model=qwen", "/users/u-7?end=-1h"] {
      #expect(try await harness.response(target).status == 404, "\(target)")
    }
  }

  @Test func `a span counts for the session that it names, in a trace of several`() async throws {
    let rows = [
      SpanRow(trace: 1, span: 1, offsetMilliseconds: 0),
      SpanRow(
        trace: 1, span: 2, parent: 1, offsetMilliseconds: 1, columns: [("session_id", "'a'"), ("input_tokens", "1")]),
      SpanRow(
        trace: 1, span: 3, parent: 1, offsetMilliseconds: 2, columns: [("session_id", "'b'"), ("input_tokens", "2")]),
      // A copy, and a span whose tokens another inside it tells.
      SpanRow(
        trace: 1, span: 3, parent: 1, offsetMilliseconds: 2,
        columns: [("session_id", "'b'"), ("input_tokens", "2"), ("counting", "1")]),
      SpanRow(
        trace: 1, span: 4, parent: 1, offsetMilliseconds: 3,
        columns: [("session_id", "'b'"), ("input_tokens", "5"), ("counting", "2")]),
    ]
    let answer = try await Harness(rows.map(\.insert)).get("/sessions?start=-1h&sort=last_time")
    #expect(
      (answer["data"]?.array ?? []).map { summary($0, "session_id") } == ["a: 1 1 0 1 1 0", "b: 1 2 0 1 2 0"])
  }
}
