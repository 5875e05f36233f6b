import API
import Base
import Engine
import HTTPTypes
import Identity
import Testing

@testable import CompatibilityAPI

/// What requests are answered with while nothing is stored, and how they are refused.
@Suite struct AnswerTests {
  @Test(arguments: [
    ("/api/services", #"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#),
    ("/api/services/chat/operations", #"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#),
    ("/api/services/a/b/operations", #"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#),
    ("/api/operations?service=chat", #"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#),
    ("/api/traces?service=chat", #"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#),
    (
      "/api/traces?traceID=1f",
      #"{"data":[],"total":0,"limit":0,"offset":0,"errors":[{"msg":"trace not found","traceID":"000000000000001f"}]}"#
    ),
    ("/jaeger/api/dependencies", #"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#),
    ("/api/v3/services", #"{"services":[]}"#),
    ("/api/v3/operations?service=chat", #"{"operations":[]}"#),
    ("/tempo/api/echo", "echo"),
    (
      "/api/status/buildinfo",
      #"{"version":"0.1.0","revision":"","branch":"","buildDate":"","buildUser":"","goVersion":""}"#
    ),
    ("/api/search?q={}", #"{"traces":[],"metrics":{"inspectedTraces":0,"completedJobs":1,"totalJobs":1}}"#),
    ("/api/search/tags", #"{"tagNames":[],"metrics":{}}"#),
    ("/api/v2/search/tags?scope=span", #"{"scopes":[{"name":"span","tags":[]}],"metrics":{}}"#),
    ("/api/search/tag/service.name/values", #"{"tagValues":[],"metrics":{}}"#),
    (
      "/api/v2/search/tag/status/values",
      #"{"tagValues":[{"type":"keyword","value":"error"},{"type":"keyword","value":"ok"},{"type":"keyword","value":"unset"}],"metrics":{}}"#
    ),
    ("/api/v2/search/tag/span%253Aduration/values", #"{"tagValues":[],"metrics":{}}"#),
  ])
  func `an empty store has empty answers`(target: String, text: String) async throws {
    let answer = try #require(await Fixtures.get(target))
    #expect(answer.status == 200)
    #expect(answer.text == text)
    #expect(answer.type == (text == "echo" ? "text/plain; charset=utf-8" : "application/json"))
  }

  @Test(arguments: [
    (
      "/api/traces", 400,
      #"{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":400,"msg":"Parameter 'service': it is required."}]}"#
    ),
    ("/api/traces/xyz", 400, "is not a trace id"),
    ("/api/traces/0", 400, "is not a trace id"),
    ("/api/traces/1", 404, #""errors":[{"code":404,"msg":"trace not found"}]"#),
    ("/api/traces?service=a&limit=0", 400, "'limit'"),
    ("/api/traces?service=a&start=x", 400, "'start'"),
    ("/api/traces?service=a&start=9223372036854775807", 400, "'start'"),
    ("/api/traces?service=a&start=5&end=4", 400, "'start'"),
    ("/api/traces?service=a&minDuration=1", 400, "'minDuration'"),
    ("/api/traces?service=a&minDuration=2s&maxDuration=1s", 400, "'maxDuration'"),
    ("/api/traces?service=a&tags=1", 400, "'tags'"),
    ("/api/traces?service=a&tag=x", 400, "'tag'"),
    ("/api/traces?service=%ff", 400, "percent-encoded"),
    ("/api/operations", 400, "'service'"),
    ("/jaeger/api/metrics/calls", 501, "/api/v1/analytics"),
    ("/jaeger/api/nothing", 404, "docs/compatibility.md"),
    ("/jaeger", 404, "docs/compatibility.md"),
    ("/api/v3/traces/1", 404, #"{"error":{"httpCode":404,"message":"No traces found"}}"#),
    ("/api/v3/traces?query.start_time_min=2026-11-21T00:00:00Z", 400, "'query.start_time_max'"),
    ("/api/v3/traces?query.start_time_min=x&query.start_time_max=y", 400, "'query.start_time_min'"),
    ("/api/search?q={", 400, "invalid TraceQL query"),
    ("/api/search?tags=%3Dx", 400, "'tags'"),
    ("/api/search?tags=a%3D%22x", 400, "'tags'"),
    ("/api/search?start=2&end=1", 400, "'start'"),
    ("/api/search/tags?scope=x", 400, "'scope'"),
    ("/api/v2/traces/1", 404, "not found"),
    ("/api/v2/traces/1?q={}", 400, "'q'"),
    ("/api/metrics/query_range?q={}", 404, "/api/v1/analytics"),
    ("/tempo/api/traces", 404, "docs/compatibility.md"),
    ("/api/v2/search/tag/%7B/values", 400, "is not a tag"),
  ])
  func `a wrong request is told what is wrong`(target: String, status: Int, part: String) async throws {
    let answer = try #require(await Fixtures.get(target))
    #expect(answer.status == status)
    #expect(answer.text.contains(part), "\(answer.text)")
    let isTempo = ["/tempo", "/api/search", "/api/v2", "/api/metrics"].contains(where: target.hasPrefix)
    #expect(answer.type == (isTempo ? "text/plain; charset=utf-8" : "application/json"))
  }

  @Test(arguments: ["/api/services", "/tempo/api/search"])
  func `a key that may not query reads nothing`(target: String) async throws {
    let ingest = Principal(tenant: .default, permissions: [.ingest], keyID: "k")
    #expect(try #require(await Fixtures.get(target, principal: ingest)).status == 403)
  }

  @Test func `only reading is allowed`() async throws {
    let request = HTTPRequest(method: .post, path: "/api/traces")
    let response = await Fixtures.api().handle(request, principal: Fixtures.principal)
    #expect(response.status == 405)
    #expect(response.fields["allow"] == "GET, HEAD")
  }

  @Test func `HEAD gets the response of GET, whose length the transport sends without its body`() async {
    var bodies: [[UInt8]] = []
    for method in [HTTPMethod.head, .get] {
      let request = HTTPRequest(method: method, path: "/api/echo")
      let response = await Fixtures.api().handle(request, principal: Fixtures.principal)
      #expect(response.status == 200)
      if case .bytes(let body) = response.body { bodies.append(body) }
    }
    #expect(bodies == [[UInt8]("echo".utf8), [UInt8]("echo".utf8)])
  }

  @Test(arguments: [
    (EngineError(clickHouse: 159, message: "secret"), 504),
    (EngineError(clickHouse: 241, message: "secret"), 503),
    (EngineError(clickHouse: 0, message: "secret"), 503),
    (EngineError(clickHouse: 62, message: "secret"), 500),
    (EngineError(clickHouse: 427, message: "secret"), 400),
  ])
  func `a failed query is answered without the engine's words`(error: EngineError, status: Int) async throws {
    for target in ["/api/services", "/api/search?q={}"] {
      let answer = try #require(await Fixtures.get(target, engine: FailingEngine(error: error)))
      #expect(answer.status == status)
      #expect(!answer.text.contains("secret"))
    }
  }
}
