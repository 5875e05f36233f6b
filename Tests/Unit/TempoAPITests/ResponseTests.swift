import API
import APITestSupport
import Base
import Engine
import HTTPTypes
import Identity
import InterchangeTestSupport
import Testing
import TraceInterchange

@testable import TempoAPI

/// Goal: requests get the response that Tempo's clients expect, and every one has its declared shape.
///
/// Method: the API over an engine in which nothing is stored, and over one that fails.
@Suite struct ResponseTests {
  private let server = InterchangeServer([Tempo.api(version: "0.1.0")])

  @Test(arguments: [
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
  func `an empty store has empty responses`(target: String, text: String) async throws {
    let response = try await server.get(target)
    #expect(response.status == 200)
    #expect(response.text == text)
    #expect(response.type == (text == "echo" ? "text/plain; charset=utf-8" : "application/json"))
  }

  @Test(arguments: [
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
    let response = try await server.get(target)
    #expect(response.status == status)
    #expect(response.text.contains(part), "\(response.text)")
    #expect(response.type == "text/plain; charset=utf-8")
  }

  @Test func `a key that may not query reads nothing`() async throws {
    let ingest = Principal(tenant: .default, permissions: [.ingest], keyID: "k")
    #expect(try await server.get("/tempo/api/search", principal: ingest).status == 403)
  }

  @Test func `only reading is allowed`() async throws {
    let request = HTTPRequest(method: .post, path: "/api/search")
    let response = try await server.api.handle(request, principal: InterchangeServer.principal)
    #expect(response.status == 405)
    #expect(response.fields["allow"] == "GET, HEAD")
  }

  @Test func `HEAD gets the response of GET, whose length the transport sends without its body`() async throws {
    var bodies: [[UInt8]] = []
    for method in [HTTPMethod.head, .get] {
      let request = HTTPRequest(method: method, path: "/api/echo")
      let response = try await server.api.handle(request, principal: InterchangeServer.principal)
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
    let server = InterchangeServer([Tempo.api(version: "0.1.0")], engine: FailingEngine(error: error))
    for target in ["/api/search?q={}", "/api/v2/search/tags"] {
      let response = try await server.get(target)
      #expect(response.status == status)
      #expect(!response.text.contains("secret"))
    }
  }
}
