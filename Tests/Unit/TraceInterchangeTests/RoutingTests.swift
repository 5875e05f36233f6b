import API
import APITestSupport
import HTTPTypes
import InterchangeTestSupport
import JaegerAPI
import TempoAPI
import Testing

@testable import TraceInterchange

/// Goal: each path without a prefix belongs to one API.
///
/// Method: both APIs together, as the server has them.
@Suite struct RoutingTests {
  private static let server = InterchangeServer([Jaeger.api, Tempo.api(version: "0.1.0")])
  private static let hex = "0102030405060708090a0b0c0d0e0f10"
  private static let definitions = server.api.server.definitions
  private static let router = Router(definitions)

  private static func name(_ path: String) -> String? {
    let segments = PercentEncoding.segments(ofPath: path) ?? []
    guard case .endpoint(let index) = router.match(.get, segments) else { return nil }
    return definitions[index].name
  }

  @Test(arguments: [
    ("/api/services", "Jaeger services"), ("/api/services/a%2Fb/operations", "Jaeger services/{path+}"),
    ("/api/operations", "Jaeger operations"), ("/api/traces", "Jaeger traces"),
    ("/api/traces/\(hex)", "Jaeger traces/{trace_id}"), ("/api/dependencies", "Jaeger dependencies"),
    ("/api/v3/services", "Jaeger v3/services"), ("/api/search", "Tempo search"),
    ("/api/search/tag/x/values", "Tempo search/tag/{tag}/values"), ("/api/v2/search/tags", "Tempo v2/search/tags"),
    ("/api/v2/traces/\(hex)", "Tempo v2/traces/{trace_id}"), ("/api/echo", "Tempo echo"),
    ("/api/status/buildinfo", "Tempo status/buildinfo"), ("/api/metrics/query_range", "Tempo metrics/query_range"),
    ("/jaeger/api/traces/\(hex)", "Jaeger traces/{trace_id}"), ("/tempo/api/traces/\(hex)", "Tempo traces/{trace_id}"),
    ("/tempo/api/services", "Tempo {path+}"), ("/jaeger/search", "Jaeger {path+}"),
  ])
  func `a path belongs to an API`(path: String, name: String) {
    #expect(Self.name(path) == name)
  }

  @Test(arguments: ["/", "/api", "/api/v1/traces", "/api/status", "/api/status/x", "/healthz", "/v1/traces"])
  func `other paths are left to others`(path: String) {
    #expect(Self.name(path) == nil)
  }

  /// Tempo responds 400 with plain text to an id that is not one, Jaeger with JSON.
  @Test(arguments: [
    ("/api/traces/x", "application/protobuf", true),
    ("/api/traces/x", "application/json, application/x-protobuf;q=0.5", true),
    ("/api/traces/x", "application/json", false), ("/api/traces/x", "*/*", false), ("/api/traces/x", "", false),
    ("/api/traces/x", "application/protobuffer", false), ("/jaeger/api/traces/x", "application/protobuf", false),
    ("/tempo/api/traces/x", "application/json", true),
  ])
  func `a trace without prefix is Jaeger's unless protobuf is asked for`(
    path: String, accept: String, isTempo: Bool
  ) async throws {
    let response = try await Self.server.get(path, accept: accept)
    #expect(response.status == 400)
    #expect(response.type.hasPrefix(isTempo ? "text/plain" : "application/json"))
  }
}
