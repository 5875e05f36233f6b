import API
import APITestSupport
import Base
import Commit
import EmbeddedEngine
import Engine
import EngineTestSupport
import Feature
import Foundation
import HTTPTypes
import Identity
import Ingest
import JSON
import Journal
import Schema
import Scores
import ScoresTables
import System
import TestSupport
import Testing

@testable import ScoreKeeping
@testable import ScoresAPI

/// Goal: scores come back as they were sent, the latest of each id, each tenant's apart, also after a new start.
///
/// Method: the endpoints over a journal on the disk and the engine itself; every response is held against the OpenAPI
/// document.
@Suite struct ScoreEndpointTests {
  private struct OpenGate: IngestGate {
    let refusal: String? = nil
  }

  private struct World {
    let log: ScoreLog
    let api: CheckedAPI

    func send(
      _ method: HTTPMethod, _ path: String, _ body: String? = nil, tenant: TenantID = .default,
      permissions: Set<Permission> = [.query, .ingest, .edit]
    ) async throws -> (status: Int, json: JSONValue) {
      let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
      var request = HTTPRequest(
        method: method, path: "/api/v1" + parts[0], query: parts.count > 1 ? parts[1] : "",
        body: Array((body ?? "").utf8))
      if body != nil { request.fields["content-type"] = "application/json" }
      let principal = Principal(tenant: tenant, permissions: permissions, keyID: "key-1")
      let response = try await api.handle(request, principal: principal)
      guard case .bytes(let bytes) = response.body, !bytes.isEmpty else { return (response.status, .null) }
      return (response.status, try JSONValue(parsing: bytes))
    }

    func add(_ scores: String..., tenant: TenantID = .default) async throws -> [String] {
      let sent = try await send(.post, "/scores", "{\"scores\":[\(scores.joined(separator: ","))]}", tenant: tenant)
      #expect(sent.status == 200, "\(sent.json)")
      return sent.json["data"]?["ids"]?.array?.compactMap(\.string) ?? []
    }

    /// The ids of a list.
    func ids(_ query: String, tenant: TenantID = .default) async throws -> [String] {
      let found = try await send(.get, "/scores" + query, tenant: tenant)
      #expect(found.status == 200, "\(found.json)")
      return found.json["data"]?.array?.compactMap { $0["id"]?.string } ?? []
    }
  }

  private let folder = NSTemporaryDirectory() + "/scores-" + UUID().uuidString
  private let store: EmbeddedStore
  private static let other = TenantID(7)
  /// Now, since older ones are removed.
  private static let now = WallClock.now

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    store = try EngineFixture.store(
      name: EngineFixture.newName(), schema: StoreSchema(tables: ScoresTables.all, steps: ScoresTables.steps))
  }

  private func journal() throws -> Journal {
    var options = JournalOptions(folder: "\(folder)/journal")
    options.sync = .never
    return try Journal(options, identityPath: "\(folder)/id", logger: .disabled)
  }

  /// Has scores kept as in a server that runs.
  private func withWorld(_ body: (World) async throws -> Void) async throws {
    let journal = try journal()
    defer { journal.stop() }
    let pipeline = IngestPipeline(store: store, journal: journal, gate: OpenGate(), laneCount: 1)
    let log = try ScoreLog(
      pipeline, engine: store, CommitLimits(),
      queryLimits: QueryLimits(timeout: .seconds(30), memoryBytesMax: 1 << 30), logger: .disabled)
    log.start()
    defer { log.stop() }
    try pipeline.replay()
    let now = Self.now
    try await body(World(log: log, api: CheckedAPI(ScoreEndpoints(log: log).endpoints, now: { now })))
  }

  private static let trace = "0123456789abcdef0123456789abcdef"
  private static let span = "0123456789abcdef"

  private static func time(_ seconds: Int64) -> String {
    RFC3339.format(UnixNanoseconds(now.rawValue - 3_600_000_000_000 + seconds * 1_000_000_000))
  }

  private static func score(_ id: String, _ value: String, name: String = "helpfulness", more: String = "") -> String {
    #"{"id":"\#(id)","name":"\#(name)","value":\#(value),"trace_id":"\#(trace)"\#(more)}"#
  }

  @Test func `a score comes back as it was sent, also after a new start`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let sent = #"""
      {"id":"a/b c","name":"tone","value":"warm","trace_id":"\#(Self.trace)","span_id":"\#(Self.span)","source":"llm",
       "comment":"two\nlines é","author":"judge 1","time":"\#(Self.time(1))"}
      """#
    try await withWorld { world in
      let ids = try await world.add(sent)
      #expect(ids == ["a/b c"])
    }
    try await withWorld { world in
      let read = try await world.send(.get, "/scores/a%2Fb%20c").json["data"]
      #expect(read?["value"]?.string == "warm")
      #expect(read?["kind"]?.string == "category")
      #expect(read?["trace_id"]?.string == Self.trace)
      #expect(read?["span_id"]?.string == Self.span)
      #expect(read?["session_id"]?.isNull == true)
      #expect(read?["source"]?.string == "llm")
      #expect(read?["comment"]?.string == "two\nlines é")
      #expect(read?["author"]?.string == "judge 1")
      #expect(read?["time"]?.string == Self.time(1))
    }
  }

  @Test func `a later score of an id takes the place of the earlier one, in a batch too`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withWorld { world in
      _ = try await world.add(Self.score("a", "0.2"), Self.score("a", "0.4"))
      #expect(try await world.send(.get, "/scores/a").json["data"]?["value"]?.double == 0.4)
      // With another name, target and time: nothing of the old one stays.
      _ = try await world.add(#"{"id":"a","name":"tone","value":true,"session_id":"s","time":"\#(Self.time(-86400))"}"#)
      let read = try await world.send(.get, "/scores/a").json["data"]
      #expect(read?["value"]?.bool == true)
      #expect(read?["session_id"]?.string == "s")
      #expect(try await world.ids("?trace_id=\(Self.trace)") == [])
      #expect(try await world.ids("?name=helpfulness") == [])
      #expect(try await world.ids("?session_id=s") == ["a"])
    }
    // The versions of the next process are greater.
    try await withWorld { world in
      _ = try await world.add(Self.score("a", "0.9"))
      #expect(try await world.send(.get, "/scores/a").json["data"]?["value"]?.double == 0.9)
    }
  }

  @Test func `a deleted score is gone and may come again`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withWorld { world in
      _ = try await world.add(Self.score("a", "1"), Self.score("b", "1"))
      #expect(try await world.send(.delete, "/scores/a").status == 204)
      #expect(try await world.send(.delete, "/scores/a").status == 404)
      #expect(try await world.send(.get, "/scores/a").status == 404)
      #expect(try await world.ids("") == ["b"])
      _ = try await world.add(Self.score("a", "0"))
      #expect(try await world.ids("?max_value=0") == ["a"])
    }
  }

  @Test func `tenants see their own scores only, under equal ids`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withWorld { world in
      _ = try await world.add(Self.score("a", "1"))
      _ = try await world.add(Self.score("a", "0"), Self.score("b", "0"), tenant: Self.other)
      #expect(try await world.send(.get, "/scores/a").json["data"]?["value"]?.double == 1)
      #expect(try await world.send(.delete, "/scores/b").status == 404)
      #expect(try await world.send(.delete, "/scores/a").status == 204)
      #expect(try await world.ids("", tenant: Self.other).sorted() == ["a", "b"])
      #expect(
        try await world.send(.get, "/score-names", tenant: Self.other).json["data"]?.array?.first?["count"]?.int == 2)
      let reader = world.log.scores(of: .default, during: .background)
      let trace = try #require(TraceID(hex: Self.trace))
      #expect(try reader.tallies(ofTraces: [trace]).isEmpty)
    }
  }

  @Test(arguments: [
    ("", ["f", "e", "d", "c", "b", "a"]), ("?name=helpfulness", ["c", "b", "a"]), ("?kind=boolean", ["e"]),
    ("?source=human", ["d"]), ("?author=Kim", ["d"]), ("?trace_id=\(trace)", ["d", "c", "b", "a"]),
    ("?trace_id=\(trace)&span_id=\(span)", ["c"]), ("?session_id=s1", ["f", "e"]), ("?category=warm", ["d"]),
    ("?min_value=0.5", ["e", "c", "b"]), ("?min_value=0.5&max_value=0.5", ["b"]), ("?max_value=0", ["f", "a"]),
    ("?start=\(time(3))&end=\(time(5))", ["d", "c"]),
  ])
  func `filters find what they name`(query: String, expected: [String]) async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withWorld { world in
      func time(_ seconds: Int64) -> String { #","time":"\#(Self.time(seconds))""# }
      _ = try await world.add(
        Self.score("a", "0", more: time(1)), Self.score("b", "0.5", more: time(2)),
        Self.score("c", "1.5", more: #","span_id":"\#(Self.span)""# + time(3)),
        Self.score("d", "\"warm\"", name: "tone", more: #","source":"human","author":"Kim""# + time(4)),
        #"{"id":"e","name":"solved","value":true,"session_id":"s1"\#(time(5))}"#,
        #"{"id":"f","name":"turns","value":-3,"session_id":"s1"\#(time(6))}"#)
      #expect(try await world.ids(query) == expected)
    }
  }

  @Test func `pages go through scores of one time`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withWorld { world in
      let time = #","time":"\#(Self.time(1))""#
      for id in ["a", "b", "c", "d", "e"] { _ = try await world.add(Self.score(id, "1", name: id, more: time)) }
      for path in ["/scores", "/score-names"] {
        var (seen, cursor): ([String], String?) = ([], nil)
        repeat {
          let page = try await world.send(.get, "\(path)?limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""))
          seen += page.json["data"]?.array?.compactMap { $0["name"]?.string } ?? []
          cursor = page.json["next_cursor"]?.string
        } while cursor != nil && seen.count < 9
        #expect(seen.sorted() == ["a", "b", "c", "d", "e"], "\(path)")
      }
    }
  }

  @Test func `names and steps say what values come to`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withWorld { world in
      func time(_ seconds: Int64) -> String { #","time":"\#(Self.time(seconds))""# }
      _ = try await world.add(
        Self.score("a", "1", more: time(60)), Self.score("b", "4", more: time(61) + #","source":"human""#),
        Self.score("c", "7", more: time(1800)), Self.score("d", "true", name: "ok", more: time(60)),
        Self.score("e", "false", name: "ok", more: time(60)), Self.score("f", "\"x\"", name: "tone", more: time(60)),
        Self.score("g", "\"y\"", name: "tone", more: time(60)), Self.score("h", "\"y\"", name: "tone", more: time(60)))
      let names = try await world.send(.get, "/score-names").json["data"]?.array ?? []
      #expect(names.map { $0["name"]?.string } == ["helpfulness", "ok", "tone"])
      #expect(names.map { $0["count"]?.int } == [3, 2, 3])
      #expect(names.map { $0["mean"]?.double } == [4, 0.5, nil])
      #expect(names.map { $0["max"]?.double } == [7, 1, nil])
      #expect(names.last?["categories"]?.array?.map { $0["name"]?.string } == ["y", "x"])
      #expect(names.last?["categories"]?.array?.map { $0["count"]?.int } == [2, 1])

      let range = "start=\(Self.time(0))&end=\(Self.time(3600))"
      let steps = try await world.send(.get, "/analytics/scores?\(range)&step=30m&name=helpfulness").json["data"]
      #expect(steps?["step_seconds"]?.int == 1_800)
      let points = steps?["series"]?.array?.first?["points"]?.array ?? []
      #expect(points.compactMap { $0["count"]?.int }.reduce(0, +) == 3)
      #expect(points.last?["mean"]?.double == 7)
      let groups = try await world.send(.get, "/analytics/scores?\(range)&group_by=source&name=helpfulness").json
      #expect(groups["data"]?["series"]?.array?.map { $0["group"]?.string } == ["api", "human"])
      let tooFine = try await world.send(.get, "/analytics/scores?start=-30d&step=1m").json
      #expect(tooFine["errors"]?[0]?["parameter"]?.string == "step")
    }
  }

  @Test func `things in lists carry what their scores come to`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withWorld { world in
      _ = try await world.add(
        Self.score("a", "1", more: #","time":"\#(Self.time(2))""#),
        Self.score("b", "0", more: #","span_id":"\#(Self.span)","time":"\#(Self.time(1))""#),
        #"{"id":"c","name":"solved","value":"yes","session_id":"s1"}"#)
      let reader = world.log.scores(of: .default, during: .background)
      let trace = try #require(TraceID(hex: Self.trace))
      let span = ScoredSpan(traceID: trace, spanID: try #require(SpanID(hex: Self.span)))
      let tally = ScoreTally(name: "helpfulness", kind: .number, count: 2, mean: 0.5, latest: .number(1))
      #expect(try reader.tallies(ofTraces: [trace]) == [trace: [tally]])
      let ofSpan = ScoreTally(name: "helpfulness", kind: .number, count: 1, mean: 0, latest: .number(0))
      #expect(try reader.tallies(ofSpansIn: [trace]) == [span: [ofSpan]])
      let ofSession = ScoreTally(name: "solved", kind: .category, count: 1, mean: nil, latest: .category("yes"))
      #expect(try reader.tallies(ofSessions: ["s1", "s2"]) == ["s1": [ofSession]])
      #expect(try reader.newest(ScoreFilter(), limit: 9).map(\.id) == ["c", "a", "b"])
    }
  }

  @Test(arguments: [
    (#"{"name":"x","value":1}"#, "/scores/1", "says not what it is about"),
    (#"{"name":"x","value":1,"span_id":"0123456789abcdef"}"#, "/scores/1/span_id", "needs the `trace_id`"),
    (#"{"name":"x","value":1,"session_id":"s","trace_id":"\#(trace)"}"#, "/scores/1/session_id", "excludes"),
    (#"{"name":"x","value":1,"session_id":"s","time":"2199-01-01T00:00:00Z"}"#, "/scores/1/time", "ahead of"),
    (#"{"name":"x","value":null,"session_id":"s"}"#, "/scores/1/value", "expected a number"),
    (#"{"name":"","value":1,"session_id":"s"}"#, "/scores/1/name", "expected 1 to 128"),
    (#"{"value":1,"session_id":"s"}"#, "/scores/1/name", "is required"),
    (#"{"name":"x","value":1,"trace_id":"00000000000000000000000000000000"}"#, "/scores/1/trace_id", "not all zero"),
    (#"{"name":"x","value":1,"session_id":"s","source":"me"}"#, "/scores/1/source", "expected one of human"),
  ])
  func `one mistake in a batch keeps all of it out and is named`(
    score: String, pointer: String, part: String
  ) async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withWorld { world in
      let sent = try await world.send(.post, "/scores", "{\"scores\":[\(Self.score("a", "1")),\(score)]}")
      #expect(sent.status == 400)
      #expect(sent.json["errors"]?[0]?["pointer"]?.string == pointer, "\(sent.json)")
      #expect(sent.json["errors"]?[0]?["detail"]?.string?.contains(part) == true, "\(sent.json)")
      #expect(try await world.ids("") == [])
    }
  }

  @Test func `a batch has a bound, and each permission is asked for`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withWorld { world in
      let many = Array(repeating: Self.score("a", "1"), count: ScoreLimits.batchCountMax + 1).joined(separator: ",")
      let sent = try await world.send(.post, "/scores", "{\"scores\":[\(many)]}")
      #expect(sent.json["errors"]?[0]?["detail"]?.string == "has 1001 elements; at most 1000")
      let body = "{\"scores\":[]}"
      for (method, path, body, needed) in [
        (HTTPMethod.post, "/scores", body, Permission.ingest), (.get, "/scores", nil, .query),
        (.get, "/scores/a", nil, .query), (.delete, "/scores/a", nil, .edit), (.get, "/score-names", nil, .query),
        (.get, "/analytics/scores", nil, .query),
      ] as [(HTTPMethod, String, String?, Permission)] {
        let without = Set<Permission>([.query, .ingest, .edit]).subtracting([needed])
        #expect(try await world.send(method, path, body, permissions: without).status == 403, "\(method) \(path)")
        #expect(try await world.send(method, path, body, permissions: [needed]).status != 403, "\(method) \(path)")
      }
      #expect(ScoreEndpoints(log: world.log).endpoints.count == 6)
    }
  }
}
