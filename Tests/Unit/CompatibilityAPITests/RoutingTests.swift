import HTTPTypes
import Testing

@testable import CompatibilityAPI

@Suite struct RoutingTests {
  private static let hex = "0102030405060708090a0b0c0d0e0f10"

  @Test(arguments: [
    ("/api/services", "Jaeger", ["services"]),
    ("/api/services/a%2Fb/operations", "Jaeger", ["services", "a/b", "operations"]),
    ("/api/operations", "Jaeger", ["operations"]),
    ("/api/traces", "Jaeger", ["traces"]),
    ("/api/traces/\(hex)", "Jaeger", ["traces", hex]),
    ("/api/dependencies", "Jaeger", ["dependencies"]),
    ("/api/v3/services", "Jaeger", ["v3", "services"]),
    ("/api/search", "Tempo", ["search"]),
    ("/api/search/tag/x/values", "Tempo", ["search", "tag", "x", "values"]),
    ("/api/v2/search/tags", "Tempo", ["v2", "search", "tags"]),
    ("/api/v2/traces/\(hex)", "Tempo", ["v2", "traces", hex]),
    ("/api/echo", "Tempo", ["echo"]),
    ("/api/status/buildinfo", "Tempo", ["status", "buildinfo"]),
    ("/api/metrics/query_range", "Tempo", ["metrics", "query_range"]),
    ("/jaeger/api/traces/\(hex)", "Jaeger", ["traces", hex]),
    ("/tempo/api/traces/\(hex)", "Tempo", ["traces", hex]),
    ("/tempo/api/services", "Tempo", ["services"]),
    ("/tempo", "Tempo", []),
    ("/jaeger/search", "Jaeger", []),
  ])
  func `a path belongs to an API`(path: String, name: String, segments: [String]) {
    let target = CompatibilityTarget(HTTPRequest(method: .get, path: path))
    #expect(target?.dialect.name == name)
    #expect(target?.segments == segments)
  }

  @Test(arguments: [
    "/", "/api", "/api/v1/traces", "/api/status", "/api/status/x", "/healthz", "/v1/traces", "/api/%ff",
  ])
  func `other paths are left to others`(path: String) {
    #expect(CompatibilityTarget(HTTPRequest(method: .get, path: path)) == nil)
  }

  @Test(arguments: [
    ("application/protobuf", "Tempo"), ("application/json, application/x-protobuf;q=0.5", "Tempo"),
    ("application/json", "Jaeger"), ("*/*", "Jaeger"), ("", "Jaeger"), ("application/protobuffer", "Jaeger"),
  ])
  func `a trace without prefix is Jaeger's unless protobuf is asked for`(accept: String, name: String) {
    let request = HTTPRequest(method: .get, path: "/api/traces/\(Self.hex)", fields: ["Accept": accept])
    #expect(CompatibilityTarget(request)?.dialect.name == name)
  }

  @Test(arguments: ["/jaeger/api/traces/\(hex)", "/jaeger/api/traces"])
  func `a prefix goes before what is accepted`(path: String) {
    let request = HTTPRequest(method: .get, path: path, fields: ["Accept": "application/protobuf"])
    #expect(CompatibilityTarget(request)?.dialect == .jaeger)
  }
}
