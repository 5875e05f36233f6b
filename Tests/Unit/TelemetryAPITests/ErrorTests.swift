import API
import APITestSupport
import Base
import Columns
import Engine
import HTTPTypes
import Identity
import JSON
import Testing

@testable import TelemetryAPI
@testable import TelemetryQueries

@Suite struct ErrorTests {
  private let harness: Harness

  init() throws { harness = try Harness.sample }

  @Test(arguments: [
    ("/traces?limit=0", "limit", "from 1 to 1000"), ("/traces?limit=x", "limit", "whole number"),
    ("/traces?limit=1&limit=2", "limit", "twice"), ("/traces?servcie=x", "servcie", "not a parameter"),
    ("/traces?service=", "service", "empty"), ("/traces?start=yesterday", "start", "RFC 3339"),
    ("/traces?start=2300-01-01T00:00:00Z", "start", "RFC 3339"),
    ("/traces?start=now&end=now-1h", "start", "before `end`"), ("/traces?status=bad", "status", "unset, ok, error"),
    ("/traces?sort=name", "sort", "-start_time"), ("/traces?min_duration_ms=-1", "min_duration_ms", "milliseconds"),
    ("/traces?min_duration_ms=nan", "min_duration_ms", "milliseconds"), ("/traces?attr.=x", "attr.", "key"),
    ("/traces?cursor=AAAA", "cursor", "next_cursor"), ("/traces/xyz", "trace_id", "32 hexadecimal"),
    ("/traces?service=%00", "service", "NUL"), ("/analytics/latency?step=5", "step", "duration"),
    ("/analytics/latency?start=-5w&step=1m", "step", "steps"),
    ("/analytics/overview?group_by=x", "group_by", "service"), ("/logs?severity=loud", "severity", "warn"),
    ("/services/%00/operations", "name", "NUL"), ("/services?limit=5", "limit", "not a parameter"),
    ("/openapi.json?x=1", "x", "no parameters"),
  ])
  func `a wrong parameter is named`(target: String, parameter: String, part: String) async throws {
    let answer = try await harness.json(target)
    #expect(answer["status"]?.int == 400)
    #expect(answer["code"]?.string == "invalid_parameter")
    let error = try #require(answer["errors"]?[0])
    #expect(error["parameter"]?.string == parameter)
    #expect(error["detail"]?.string?.contains(part) == true, "\(error)")
  }

  @Test func `every mistake is told at once`() async throws {
    let answer = try await harness.json("/traces?limit=0&x=1&status=bad")
    #expect(answer["errors"]?.array?.map { $0["parameter"]?.string } == ["limit", "x", "status"])
  }

  @Test func `a mistake in a query has a line and a column`() async throws {
    let answer = try await harness.json("/traces?q=%7B%0A%20foo%20%3D%201%20%7D")
    #expect(answer["errors"]?[0]?["line"]?.int == 2)
    #expect(answer["errors"]?[0]?["column"]?.int == 2)
  }

  @Test func `an invalid regular expression is the user's mistake even without rows`() async throws {
    let harness = try Harness([])
    let answer = try await harness.json("/traces?q=%7B%20name%20%3D~%20%22(%22%20%7D")
    #expect(answer["status"]?.int == 400)
    #expect(answer["errors"]?[0]?["parameter"]?.string == "q")
    #expect(answer["errors"]?[0]?["column"]?.int == 3)
    #expect(answer["detail"]?.string?.contains("missing )") == true)
  }

  @Test(arguments: ["/traces?service=%zz", "/traces?service=%ff", "/traces/%zz"])
  func `broken escapes are refused`(target: String) async throws {
    #expect(try await harness.response(target).status == 400)
  }

  @Test(arguments: [HTTPMethod.post, .put, .delete, .patch, .options, .other("BREW")])
  func `only reading is allowed`(method: HTTPMethod) async throws {
    let response = try await harness.response("/traces", method: method)
    #expect(response.status == 405)
    #expect(response.fields["allow"] == "GET, HEAD")
  }

  @Test func `HEAD gets the response of GET, whose length the transport sends without its body`() async throws {
    let response = try await harness.response("/services", method: .head)
    #expect(response.status == 200)
    let bytes = try harness.bytes(response)
    #expect(!bytes.isEmpty)
    #expect(try bytes == harness.bytes(await harness.response("/services")))
  }

  @Test(arguments: ["/nothing", "/traces/a/b/c", "/"])
  func `an unknown path is a problem`(target: String) async throws {
    let response = try await harness.response(target)
    #expect(response.status == 404)
  }

  @Test func `a path outside is not found`() async throws {
    let request = HTTPRequest(method: .get, path: "/api/v10/traces")
    let principal = Principal(tenant: .default, permissions: [], keyID: nil)
    #expect(try await harness.api.handle(request, principal: principal).status == 404)
  }

  @Test func `an ingest key may not query`() async throws {
    #expect(try await harness.response("/traces", permissions: [.ingest]).status == 403)
  }

  @Test(arguments: [
    (EngineError.Meaning.timeout, 504, "query_timeout"), (.outOfMemory, 503, "query_too_large"),
    (.storageFailure, 503, "store_unavailable"), (.rejected, 500, "internal_error"),
    (.invalidRegex("missing )"), 400, "invalid_parameter"),
  ])
  func `an engine's error has a stable code`(
    meaning: EngineError.Meaning, status: Int, code: String
  ) async throws {
    let failing = FailingEngine(error: EngineError(meaning, "secret text"))
    let endpoints = TelemetryEndpoints(
      reader: .over(failing), workers: DirectWorkers(), now: { Harness.now }, isActive: { _ in true })
    let api = CheckedAPI(endpoints.endpoints, now: { Harness.now })
    let principal = Principal(tenant: .default, permissions: [.query], keyID: nil)
    let response = try await api.handle(
      HTTPRequest(method: .get, path: "/api/v1/services"), principal: principal)
    #expect(response.status == status)
    guard case .bytes(let bytes) = response.body else { return }
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("\"code\":\"\(code)\""))
    #expect(!text.contains("secret"))
  }
}

private struct FailingEngine: AnalyticsEngine {
  let error: EngineError

  func execute(_ statement: SQLStatement) throws(EngineError) { throw error }
  func query(_ statement: SQLStatement, during activity: QueryActivity) throws(EngineError) -> QueryResult {
    throw error
  }
}
