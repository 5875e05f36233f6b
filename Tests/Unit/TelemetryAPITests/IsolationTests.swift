import API
import HTTPTypes
import JSON
import Testing

@testable import TelemetryAPI

/// Tenant 2's rows all say "hidden"; tenant 1 must never see that word, nor tenant 2 the rows of tenant 1.
@Suite struct IsolationTests {
  private let harness: Harness

  init() throws { harness = try Harness.sample }

  private static let targets = [
    "/traces?start=-1h", "/traces?start=-1h&sort=duration", "/traces?start=-1h&q=%7B%20%7D%20%7C%20count()%20%3E%200",
    "/traces?start=-1h&q=%7B%20.hidden.key%20%3D%20%22hidden-value%22%20%7D",
    "/traces?start=-1h&q=%7B%20resource.hidden.resource%20%21%3D%20nil%20%7D",
    "/traces?start=-1h&q=%7B%20rootName%20%3D%20%22hidden-operation%22%20%7D",
    "/traces?start=-1h&service=hidden-service", "/traces/\(SpanRow.id(1))", "/traces/\(SpanRow.id(1))/spans",
    "/trace-ids?start=-1h&prefix=0000", "/traces/\(SpanRow.id(1))?fields=skeleton",
    "/spans?start=-1h", "/spans?start=-1h&sort=-duration", "/services", "/services/hidden-service/operations",
    "/sessions?start=-1h", "/sessions/s-1?start=-1h", "/sessions?start=-1h&model=hidden-model",
    "/users?start=-1h", "/users/u-1?start=-1h", "/users?start=-1h&service=hidden-service",
    "/analytics/overview?start=-1h", "/analytics/overview?start=-1h&group_by=model",
    "/analytics/overview?start=-1h&group_by=gpu", "/analytics/latency?start=-1h&group_by=service",
    "/analytics/throughput?start=-1h&group_by=gpu", "/analytics/heatmap?start=-1h",
    "/analytics/compare?a.start=-1h&a.max_duration_ms=30", "/services/graph?start=-1h",
    "/traces/facets?start=-1h&attributes=attr.http.route,resource.host.name",
    "/analytics/overview?start=-1h&group_by=user",
    "/analytics/overview?start=-1h&group_by=resource.host.name",
    "/attributes?start=-1h", "/attributes?start=-1h&scope=resource",
    "/attributes/hidden.key/values?start=-1h", "/attributes/hidden.resource/values?start=-1h&scope=resource",
    "/logs?start=-1h", "/logs?start=-1h&text=hidden",
  ]

  @Test(arguments: targets)
  func `a tenant sees its own rows only`(target: String) async throws {
    let response = try await harness.response(target)
    let text = String(decoding: try harness.bytes(response), as: UTF8.self)
    #expect(response.status == 200)
    #expect(!text.contains("hidden"), "\(text)")
    let other = try await harness.response(target, tenant: 2)
    let otherText = String(decoding: try harness.bytes(other), as: UTF8.self)
    #expect(other.status == 200)
    for name in ["gateway", "llama", "h1", "gpu.power", "Line 0"] { #expect(!otherText.contains(name), "\(otherText)") }
  }

  /// Those that find what a tenant has, or nothing.
  private static let targetsOfOne = ["", "/percentile"].map {
    "/traces/\(SpanRow.id(1))/spans/0000000000000033" + $0
  }

  @Test func `a heat map counts a tenant's spans only`() async throws {
    #expect(try await harness.get("/analytics/heatmap?start=-1h")["data"]?["span_count"]?.int == 8)
    #expect(try await harness.get("/analytics/heatmap?start=-1h", tenant: 2)["data"]?["span_count"]?.int == 1)
  }

  @Test(arguments: targetsOfOne)
  func `a tenant does not find what another one has`(target: String) async throws {
    #expect(try await harness.response(target).status == 404)
    #expect(try await harness.response(target, tenant: 2).status == 200)
  }

  @Test func `every endpoint is in the list`() {
    let definitions = TelemetryEndpoints.all.map(\.definition)
    let router = Router(definitions)
    let tested = Set(
      (Self.targets + Self.targetsOfOne).compactMap { target -> Int? in
        let path = "/api/v1\(target.prefix { $0 != "?" })".split(separator: "/").map(String.init)
        guard case .endpoint(let index) = router.match(.get, path) else { return nil }
        return index
      })
    for (index, definition) in definitions.enumerated() where definition.path != "/api/v1/tail" {
      #expect(tested.contains(index), "\(definition.path)")
    }
  }

  @Test func `tenant 2 does see its rows`() async throws {
    #expect(try await harness.list("/spans?start=-1h", "name", tenant: 2) == ["hidden-operation"])
    #expect(try await harness.list("/logs?start=-1h", "body", tenant: 2) == ["hidden-value"])
  }
}
