import API
import APITestSupport
import JSON
import Testing

@testable import TelemetryAPI

/// Real responses against the OpenAPI document's schemas.
@Suite struct SchemaTests {
  private let harness: Harness

  init() throws { harness = try Harness.sample }

  @Test(arguments: [
    ("/traces?start=-1h&limit=2", "TraceList"), ("/traces/\(SpanRow.id(1))", "TraceAnswer"),
    ("/traces/\(SpanRow.id(1))", "TraceResponse"), ("/traces/\(SpanRow.id(1))?fields=skeleton", "TraceResponse"),
    ("/traces/\(SpanRow.id(1))?fields=skeleton", "TraceSkeletonAnswer"),
    ("/traces/\(SpanRow.id(1))/spans/000000000000000c", "SpanResponse"),
    ("/traces/\(SpanRow.id(1))/spans", "SpanList"), ("/spans?start=-1h", "SpanList"), ("/services", "ServiceList"),
    ("/services/chat/operations", "OperationList"), ("/sessions", "SessionList"), ("/users?limit=1", "UserList"),
    ("/sessions/s-qwen", "SessionAnswer"), ("/users/u-7", "UserAnswer"), ("/users/nobody", "Problem"),
    ("/analytics/overview?start=-1h", "Overview"),
    ("/analytics/overview?service=nobody", "Overview"),
    ("/analytics/latency?start=-1h&group_by=model", "LatencySeries"),
    ("/analytics/throughput?start=-1h", "ThroughputSeries"), ("/analytics/heatmap?start=-1h", "HeatMapResponse"),
    ("/services/graph?start=-1h", "ServiceGraphResponse"), ("/traces/facets?start=-1h", "FacetResponse"),
    ("/analytics/latency?start=-1h&group_by=user", "LatencySeries"),
    ("/analytics/compare?a.start=-1h&a.service=chat", "ComparisonResponse"),
    ("/traces/\(SpanRow.id(1))/spans/000000000000000c/percentile", "SpanPercentileResponse"),
    ("/attributes?start=-1h", "AttributeKeyList"),
    ("/attributes/http.status_code/values?start=-1h", "AttributeValueList"), ("/logs?start=-1h", "LogList"),
    ("/traces?limit=0", "Problem"), ("/traces/\(SpanRow.id(9))", "Problem"),
  ])
  func `a response has the shape that the document promises`(target: String, schema: String) async throws {
    let response = try await harness.json(target)
    let problems = SchemaCheck(harness.document.schemas).problems(response, Schema.reference(schema))
    #expect(problems.isEmpty, "\(problems)")
  }

  @Test func `the document names every endpoint and points to schemas that exist`() async throws {
    let document = try await harness.get("/openapi.json")
    #expect(document["openapi"]?.string == "3.1.0")
    #expect(document["info"]?["version"]?.string == "1.2.3")
    let definitions = TelemetryEndpoints.all.map(\.definition)
    #expect(
      document["paths"]?.members?.map(\.key)
        == definitions.map { String($0.path.dropFirst("/api/v1".count)) } + ["/openapi.json"])
    let names = Set(document["components"]?["schemas"]?.members?.map(\.key) ?? [])
    for definition in definitions {
      let reference = try #require(definition.response.schema?["$ref"]?.string, "\(definition.path)")
      #expect(names.contains(String(reference.split(separator: "/").last ?? "")))
    }
    let text = String(decoding: document.encoded, as: UTF8.self)
    for part in text.split(separator: "#/components/schemas/").dropFirst() {
      #expect(names.contains(String(part.prefix { $0 != "\"" })))
    }
    for definition in definitions {
      let inPath = definition.path.split(separator: "/").filter { $0.hasPrefix("{") }
      #expect(inPath.map { String($0.dropFirst().dropLast()) } == definition.pathParameters.map(\.name))
    }
  }
}
