import Base
import Identity
import InterchangeTestSupport
import JSON
import Testing
import TraceInterchange

@testable import TempoAPI

/// Tempo's API over the embedded engine: what a client sent as OTLP comes back byte for byte.
@Suite struct StoredTraceTests {
  private let server: InterchangeServer

  init() throws {
    server = InterchangeServer([Tempo.api(version: "0.1.0")], engine: try StoredTraceFixture.store())
  }

  private func json(_ target: String) async throws -> JSONValue {
    let response = try await server.get(target)
    #expect(response.status == 200, "\(target): \(response.text)")
    return try JSONValue(parsing: response.text)
  }

  @Test func `a trace comes back as it was sent`() async throws {
    let whole = try await server.get("/api/traces/\(Fixtures.id)", accept: "application/protobuf")
    #expect(whole.type == "application/protobuf")
    #expect(Hex.encode(whole.bytes) == Hex.encode(StoredTraceFixture.message))
    let batches = try await json("/api/traces/\(Fixtures.id)")["batches"]
    #expect(batches?.array?.count == 2)
    #expect(try await json("/api/v2/traces/\(Fixtures.id)")["trace"]?["resourceSpans"] == batches)
  }

  @Test func `every other endpoint responds with what was stored`() async throws {
    let search = try await json("/api/search?q=%7B%20span.small%20%3D%20-7%20%7D")["traces"]?[0]
    #expect(search?["rootTraceName"]?.string == "POST /v1/chat")
    #expect(search?["spanSets"]?[0]?["matched"]?.int == 1)
    #expect(search?["spanSets"]?[0]?["spans"]?[0]?["attributes"]?[0]?["value"]?["intValue"]?.string == "-7")
    #expect(search?["serviceStats"]?["embeddings"] == (try JSONValue(parsing: #"{"spanCount":1}"#)))
    let names = try await json("/api/search/tags")["tagNames"]
    #expect(names?.array?.contains(.string("small")) == true)
    #expect(names?.array?.contains(.string("host.cores")) == true)
    let values = try await json("/api/v2/search/tag/span.small/values")["tagValues"]
    #expect(values == (try JSONValue(parsing: #"[{"type":"int","value":"-7"}]"#)))
    #expect(try await json("/api/search/tag/name/values")["tagValues"]?.array?.contains(.string("embed")) == true)
  }

  @Test func `another tenant sees nothing`() async throws {
    let other = Principal(tenant: TenantID(2), permissions: [.query], keyID: nil)
    #expect(try await server.get("/tempo/api/traces/\(Fixtures.id)", principal: other).status == 404)
    let found = try await server.get("/api/search?q={}", principal: other)
    #expect(try JSONValue(parsing: found.text)["traces"] == .array([]))
  }
}
