import API
import Base
import EmbeddedEngine
import Engine
import EngineTestSupport
import HTTPTypes
import Identity
import JSON
import OTLPDecoding
import Protobuf
import Schema
import Telemetry
import TelemetryTables
import Testing

@testable import CompatibilityAPI
@testable import TelemetryQueries

/// Both APIs over the embedded engine: what a client sent as OTLP comes back byte for byte.
@Suite struct EngineTests {
  /// The fixture's root, a sibling, and a call of another service, by start.
  private static let spans: [StoredSpan] = {
    var sibling = Fixtures.sibling
    sibling.start = UnixNanoseconds(Fixtures.start.rawValue + 1)
    var call = sibling
    call.start = UnixNanoseconds(Fixtures.start.rawValue + 2)
    call.spanID = SpanID(4)
    call.name = "embed"
    call.kind = .client
    call.resource.attributes[0].text = "embeddings"
    call.serviceName = "embeddings"
    return [Fixtures.root, sibling, call]
  }()

  private static func message(_ spans: [StoredSpan]) -> [UInt8] {
    var writer = ProtobufWriter()
    OTLPTraceProtobuf.write(spans, to: &writer)
    return writer.bytes
  }

  /// A store that holds the spans, of one tenant.
  private static func store() throws -> some AnalyticsEngine {
    // The spans have times of their own, and must outlive them.
    var options = EmbeddedStoreOptions(folder: "")
    options.retention[.traces] = .seconds(3650 * 86_400)
    let store = try EngineFixture.store(options)
    let batch = SpanBatch()
    let outcome = try unsafe message(spans).withUnsafeBytes { body in
      try OTLPDecoder().append(unsafe ExportRequest(body, tenant: .default), to: batch)
    }
    #expect(outcome.accepted == spans.count)
    try store.insert(batch.resources.columns, into: "resources")
    try store.insert(batch.scopes.columns, into: "scopes")
    try store.insert(batch.rows.columns, into: "spans")
    return store
  }

  @Test func `every endpoint answers what was stored`() async throws {
    let store = try Self.store()
    func json(_ target: String) async throws -> JSONValue {
      let answer = try #require(await Fixtures.get(target, engine: store))
      #expect(answer.status == 200, "\(target): \(answer.text)")
      return try JSONValue(parsing: answer.text)
    }
    let request = HTTPRequest(
      method: .get, path: "/api/traces/\(Fixtures.id)", fields: ["accept": "application/protobuf"])
    let whole = await Fixtures.api(store).handle(request, principal: Fixtures.principal)
    guard case .bytes(let bytes) = whole.body else { return #expect(Bool(false)) }
    #expect(Hex.encode(bytes) == Hex.encode(Self.message(Self.spans)))

    let jaeger = try await json("/api/traces?service=chat&tags=%7B%22error%22%3A%22true%22%7D")
    #expect(jaeger["data"]?.array?.count == 1)
    #expect(jaeger["data"]?[0]?["spans"]?.array?.count == 3)
    let links = try await json("/api/dependencies")
    #expect(links["data"] == (try JSONValue(parsing: #"[{"parent":"chat","child":"embeddings","callCount":1}]"#)))
    #expect(try await json("/api/services")["data"] == .array([.string("chat"), .string("embeddings")]))

    let search = try await json("/api/search?q=%7B%20span.small%20%3D%20-7%20%7D")["traces"]?[0]
    #expect(search?["rootTraceName"]?.string == "POST /v1/chat")
    #expect(search?["spanSets"]?[0]?["matched"]?.int == 1)
    #expect(search?["spanSets"]?[0]?["spans"]?[0]?["attributes"]?[0]?["value"]?["intValue"]?.string == "-7")
    let names = try await json("/api/search/tags")["tagNames"]
    #expect(names?.array?.contains(.string("small")) == true)
    #expect(names?.array?.contains(.string("host.cores")) == true)
    let values = try await json("/api/v2/search/tag/span.small/values")["tagValues"]
    #expect(values == (try JSONValue(parsing: #"[{"type":"int","value":"-7"}]"#)))
    #expect(try await json("/api/search/tag/name/values")["tagValues"]?.array?.contains(.string("embed")) == true)
  }

  @Test func `another tenant sees nothing`() async throws {
    let store = try Self.store()
    let other = Principal(tenant: TenantID(2), permissions: [.query], keyID: nil)
    #expect(await Fixtures.get("/api/traces/\(Fixtures.id)", principal: other, engine: store)?.status == 404)
    #expect(await Fixtures.get("/tempo/api/traces/\(Fixtures.id)", principal: other, engine: store)?.status == 404)
    for target in ["/api/services", "/api/traces?service=chat", "/api/dependencies"] {
      let answer = try #require(await Fixtures.get(target, principal: other, engine: store))
      #expect(try JSONValue(parsing: answer.text)["data"] == .array([]))
    }
    let found = try #require(await Fixtures.get("/api/search?q={}", principal: other, engine: store))
    #expect(try JSONValue(parsing: found.text)["traces"] == .array([]))
  }
}
