import JSON
import Testing

@testable import TelemetryAPI

/// Real answers against the OpenAPI document's schemas.
@Suite struct SchemaTests {
  private let harness: Harness

  init() throws { harness = try Harness.sample }

  @Test(arguments: [
    ("/traces?start=-1h&limit=2", "TraceList"), ("/traces/\(SpanRow.id(1))", "TraceAnswer"),
    ("/traces/\(SpanRow.id(1))/spans", "SpanList"), ("/spans?start=-1h", "SpanList"), ("/services", "ServiceList"),
    ("/services/chat/operations", "OperationList"), ("/sessions", "SessionList"), ("/users?limit=1", "UserList"),
    ("/sessions/s-qwen", "SessionAnswer"), ("/users/u-7", "UserAnswer"), ("/users/nobody", "Problem"),
    ("/analytics/overview?start=-1h", "Overview"),
    ("/analytics/overview?service=nobody", "Overview"),
    ("/analytics/latency?start=-1h&group_by=model", "LatencySeries"),
    ("/analytics/throughput?start=-1h", "ThroughputSeries"), ("/attributes?start=-1h", "AttributeKeyList"),
    ("/attributes/http.status_code/values?start=-1h", "AttributeValueList"), ("/logs?start=-1h", "LogList"),
    ("/metrics/names?start=-1h", "MetricList"), ("/metrics/query?name=gpu.power&start=-1h", "MetricSeriesList"),
    ("/openapi.json", "OpenAPIDocument"), ("/traces?limit=0", "Problem"), ("/traces/\(SpanRow.id(9))", "Problem"),
  ])
  func `an answer has the shape that the document promises`(target: String, schema: String) async throws {
    let answer = try await harness.json(target)
    let schemas = Dictionary(uniqueKeysWithValues: Schema.all)
    let problems = SchemaCheck(schemas: schemas).problems(answer, Schema.reference(schema), "$")
    #expect(problems.isEmpty, "\(problems)")
  }

  @Test func `the document names every endpoint and points to schemas that exist`() async throws {
    let document = try await harness.get("/openapi.json")
    #expect(document["openapi"]?.string == "3.1.0")
    #expect(document["info"]?["version"]?.string == "1.2.3")
    #expect(document["paths"]?.members?.map(\.key) == QueryAPI.endpoints.map(\.path))
    let names = Set(Schema.all.map(\.0))
    for endpoint in QueryAPI.endpoints { #expect(names.contains(endpoint.answer), "\(endpoint.path)") }
    let text = String(decoding: document.encoded, as: UTF8.self)
    for part in text.split(separator: "#/components/schemas/").dropFirst() {
      #expect(names.contains(String(part.prefix { $0 != "\"" })))
    }
    for endpoint in QueryAPI.endpoints {
      let inPath = endpoint.segments.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
      #expect(inPath == endpoint.pathParameters.map(\.name))
    }
  }
}

/// As much of JSON Schema as the document uses.
private struct SchemaCheck {
  let schemas: [String: JSONValue]

  func problems(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
    if let reference = schema["$ref"]?.string {
      let name = String(reference.split(separator: "/").last ?? "")
      guard let target = schemas[name] else { return ["\(path): no schema \(name)"] }
      return problems(value, target, path)
    }
    if let options = schema["anyOf"]?.array {
      let all = options.map { problems(value, $0, path) }
      return all.contains { $0.isEmpty } ? [] : all.flatMap { $0 }
    }
    var found: [String] = []
    if let type = schema["type"] {
      let names = type.string.map { [$0] } ?? type.array?.compactMap(\.string) ?? []
      if !names.contains(where: { matches(value, $0) }) { found.append("\(path): \(value) is no \(names)") }
    }
    if let words = schema["enum"]?.array, !words.contains(value) { found.append("\(path): \(value) is not listed") }
    if let pattern = schema["pattern"]?.string, let text = value.string,
      (try? Regex(pattern).firstMatch(in: text)) == nil
    {
      found.append("\(path): \(text) does not match \(pattern)")
    }
    if let items = schema["items"], let elements = value.array {
      found += elements.enumerated().flatMap { problems($1, items, "\(path)[\($0)]") }
    }
    return found + members(value, schema, path)
  }

  private func members(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
    guard let members = value.members, let properties = schema["properties"] else { return [] }
    var found: [String] = []
    for name in schema["required"]?.array?.compactMap(\.string) ?? [] where value[name] == nil {
      found.append("\(path): no \(name)")
    }
    for member in members {
      guard let property = properties[member.key] else {
        found.append("\(path): \(member.key) is not in the schema")
        continue
      }
      found += problems(member.value, property, "\(path).\(member.key)")
    }
    return found
  }

  private func matches(_ value: JSONValue, _ type: String) -> Bool {
    switch (type, value) {
    case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("null", .null),
      ("number", .number), ("integer", .number(.int)), ("integer", .number(.unsigned)):
      true
    default: false
    }
  }
}
