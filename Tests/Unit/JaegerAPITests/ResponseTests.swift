import API
import APITestSupport
import Base
import Engine
import HTTPTypes
import Identity
import InterchangeTestSupport
import Testing
import TraceInterchange

@testable import JaegerAPI

/// Goal: requests get the response that Jaeger's clients expect, and every one has its declared shape.
///
/// Method: the API over an engine in which nothing is stored, and over one that fails.
@Suite struct ResponseTests {
  private let server = InterchangeServer([Jaeger.api])

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
  ])
  func `an empty store has empty responses`(target: String, text: String) async throws {
    let response = try await server.get(target)
    #expect(response.status == 200)
    #expect(response.text == text)
    #expect(response.type == "application/json")
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
  ])
  func `a wrong request is told what is wrong`(target: String, status: Int, part: String) async throws {
    let response = try await server.get(target)
    #expect(response.status == status)
    #expect(response.text.contains(part), "\(response.text)")
    #expect(response.type == "application/json")
  }

  @Test func `a key that may not query reads nothing`() async throws {
    let ingest = Principal(tenant: .default, permissions: [.ingest], keyID: "k")
    #expect(try await server.get("/api/services", principal: ingest).status == 403)
  }

  @Test func `only reading is allowed`() async throws {
    let request = HTTPRequest(method: .post, path: "/api/traces")
    let response = try await server.api.handle(request, principal: InterchangeServer.principal)
    #expect(response.status == 405)
    #expect(response.fields["allow"] == "GET, HEAD")
  }

  @Test(arguments: [
    (EngineError(clickHouse: 159, message: "secret"), 504),
    (EngineError(clickHouse: 241, message: "secret"), 503),
    (EngineError(clickHouse: 0, message: "secret"), 503),
    (EngineError(clickHouse: 62, message: "secret"), 500),
    (EngineError(clickHouse: 427, message: "secret"), 400),
  ])
  func `a failed query is answered without the engine's words`(error: EngineError, status: Int) async throws {
    let server = InterchangeServer([Jaeger.api], engine: FailingEngine(error: error))
    for target in ["/api/services", "/api/v3/services"] {
      let response = try await server.get(target)
      #expect(response.status == status)
      #expect(!response.text.contains("secret"))
    }
  }
}
