import Base
import Identity
import InterchangeTestSupport
import JSON
import Testing
import TraceInterchange

@testable import JaegerAPI

/// Jaeger's API over the embedded engine.
@Suite struct StoredTraceTests {
  private let server: InterchangeServer

  init() throws { server = InterchangeServer([Jaeger.api], engine: try StoredTraceFixture.store()) }

  private func json(_ target: String) async throws -> JSONValue {
    let response = try await server.get(target)
    #expect(response.status == 200, "\(target): \(response.text)")
    return try JSONValue(parsing: response.text)
  }

  @Test func `every endpoint responds with what was stored`() async throws {
    let found = try await json("/api/traces?service=chat&tags=%7B%22error%22%3A%22true%22%7D")
    #expect(found["data"]?.array?.count == 1)
    #expect(found["data"]?[0]?["spans"]?.array?.count == 3)
    #expect(try await json("/api/traces/\(Fixtures.id)")["data"] == found["data"])
    let links = try await json("/api/dependencies")
    #expect(links["data"] == (try JSONValue(parsing: #"[{"parent":"chat","child":"embeddings","callCount":1}]"#)))
    #expect(try await json("/api/services")["data"] == .array([.string("chat"), .string("embeddings")]))
    #expect(try await json("/api/services/embeddings/operations")["data"] == .array([.string("embed")]))
    let operations = try await json("/api/operations?service=embeddings")["data"]
    #expect(operations == (try JSONValue(parsing: #"[{"name":"embed","spanKind":"client"}]"#)))
  }

  @Test func `the third API responds with what was stored`() async throws {
    let trace = try await json("/api/v3/traces/\(Fixtures.id)")
    #expect(trace["result"]?["resourceSpans"]?.array?.count == 2)
    let range = "query.start_time_min=2026-11-20T00:00:00Z&query.start_time_max=2026-11-22T00:00:00Z"
    #expect(try await json("/api/v3/traces?query.service_name=chat&\(range)") == trace)
    #expect(try await json("/api/v3/services")["services"] == .array([.string("chat"), .string("embeddings")]))
    let operations = try await json("/api/v3/operations?service=embeddings")["operations"]
    #expect(operations == (try JSONValue(parsing: #"[{"name":"embed","spanKind":"client"}]"#)))
  }

  @Test func `another tenant sees nothing`() async throws {
    let other = Principal(tenant: TenantID(2), permissions: [.query], keyID: nil)
    #expect(try await server.get("/api/traces/\(Fixtures.id)", principal: other).status == 404)
    #expect(try await server.get("/api/v3/traces/\(Fixtures.id)", principal: other).status == 404)
    for target in ["/api/services", "/api/traces?service=chat", "/api/dependencies"] {
      let response = try await server.get(target, principal: other)
      #expect(try JSONValue(parsing: response.text)["data"] == .array([]))
    }
  }
}
