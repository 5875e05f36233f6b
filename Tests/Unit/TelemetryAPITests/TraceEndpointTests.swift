import HTTPTypes
import JSON
import Testing

@testable import TelemetryAPI

@Suite struct TraceEndpointTests {
  private let harness: Harness

  init() throws { harness = try Harness.sample }

  private func traces(_ query: String) async throws -> [Int] {
    try await harness.list("/traces?start=-1h&" + query, "trace_id").compactMap { Int($0, radix: 16) }
  }

  @Test func `a trace is answered whole and exact`() async throws {
    let data = try #require(try await harness.get("/traces/\(SpanRow.id(1))")["data"])
    #expect(data["span_count"]?.int == 3)
    #expect(data["root_name"]?.string == "POST /v1/chat")
    #expect(data["truncated"]?.bool == false)
    let spans = try #require(data["spans"]?.array)
    #expect(spans.map { $0["span_id"]?.string } == ["000000000000000b", "000000000000000c", "000000000000000d"])
    let root = spans[0]
    #expect(root["parent_span_id"]?.isNull == true)
    #expect(root["start_time_unix_nano"]?.string == "1795248000000000000")
    #expect(root["end_time_unix_nano"]?.string == "1795248000100000000")
    #expect(root["duration_ns"]?.int == 100_000_000)
    #expect(root["kind"]?.string == "server")
    #expect(root["status"] == (try JSONValue(parsing: #"{"code":"unset","message":""}"#)))
    #expect(root["trace_state"]?.string == "a=b")
    #expect(root["flags"]?.int == 257)
    let attributes = #"{"http.route":"/v1/chat","http.status_code":200,"cached":true,"ratio":0.5}"#
    #expect(root["attributes"] == (try JSONValue(parsing: attributes)))
    #expect(
      root["resource"] == (try JSONValue(parsing: #"{"service.name":"gateway","host.name":"h1","host.cpus":8}"#)))
    #expect(root["resource_schema_url"]?.string == "https://s")
    #expect(root["scope"]?["name"]?.string == "http")
    #expect(root["scope"]?["attributes"]?["team"]?.string == "a")
    #expect(root["gen_ai"]?.isNull == true)
    #expect(root["gpu"]?.isNull == true)
    // The promoted attributes are put back among the others.
    #expect(spans[1]["attributes"]?["gen_ai.request.model"]?.string == "llama-3")
    #expect(spans[1]["attributes"]?["gen_ai.usage.input_tokens"]?.int == 100)
    #expect(spans[1]["gen_ai"]?["output_tokens"]?.int == 200)
    #expect(spans[1]["gen_ai"]?["time_to_first_token_ns"]?.int == 5_000_000)
    #expect(spans[1]["gpu"]?["resource_ids"]?.array == [.string("GPU-1")])
    #expect(spans[1]["parent_span_id"]?.string == "000000000000000b")
  }

  @Test func `ids are found by their first digits`() async throws {
    let all = Set(try await harness.list("/traces?start=-1h&limit=100", "trace_id"))
    #expect(all.count > 2)
    #expect(Set(try await harness.list("/trace-ids?start=-1h&prefix=0000&limit=100", "trace_id")) == all)
    let id = try #require(all.sorted().last)
    #expect(try await harness.list("/trace-ids?start=-1h&prefix=\(id)", "trace_id") == [id])
    #expect(try await harness.list("/trace-ids?start=-1h&prefix=\(id.dropLast())&limit=1", "trace_id").count == 1)
    #expect(try await harness.list("/trace-ids?start=-1h&prefix=ffff", "trace_id") == [])
    #expect(try await harness.list("/trace-ids?start=-5h&end=-4h&prefix=0000", "trace_id") == [])
    for prefix in ["000", "xyzw", String(repeating: "0", count: 33)] {
      #expect(try await harness.response("/trace-ids?prefix=\(prefix)").status == 400)
    }
  }

  @Test func `every type of attribute, events and links are exact`() async throws {
    let keyValues = """
      [{"key":"i","value":{"intValue":"9223372036854775807"}},{"key":"d","value":{"doubleValue":"NaN"}},\
      {"key":"b","value":{"boolValue":true}},{"key":"l","value":{"arrayValue":{"values":[{"intValue":"1"},\
      {"stringValue":"x"},{}]}}},{"key":"e","value":{}}]
      """
    var row = SpanRow(trace: 5, span: 1, offsetMilliseconds: 0)
    row.columns = [
      (
        "attributes",
        """
        map('s', '1', 'i', '-9223372036854775808', 'j', '9007199254740991', 'd', '1e+300', 'n', '-Infinity', 'y', 'AQI=',
          'l', '{"arrayValue":{"values":[{"doubleValue":0.5},{"kvlistValue":{"values":[{"key":"k","value":
          {"boolValue":false}}]}}]}}', 'e', '')
        """
      ), ("attribute_types", "[1, 3, 3, 4, 4, 5, 6, 0]"),
      (
        "details",
        """
        '{"events":[{"timeUnixNano":"1795248000000000001","name":"first","attributes":\(keyValues),
        "droppedAttributesCount":2}],"droppedEventsCount":3,
        "links":[{"traceId":"\(SpanRow.id(1))","spanId":"000000000000000b","traceState":"a=b","flags":1}]}'
        """
      ),
    ]
    let harness = try Harness([row.insert])
    let span = try #require(try await harness.get("/traces/\(SpanRow.id(5))")["data"]?["spans"]?[0])
    let attributes = """
      {"s":"1","i":"-9223372036854775808","j":9007199254740991,"d":1e+300,"n":"-Infinity","y":"AQI=",\
      "l":[0.5,{"k":false}],"e":null}
      """
    #expect(span["attributes"] == (try JSONValue(parsing: attributes)))
    let event = """
      {"name":"first","time_unix_nano":"1795248000000000001","attributes":{"i":"9223372036854775807","d":"NaN","b":true,\
      "l":[1,"x",null],"e":null},"dropped_attributes_count":2}
      """
    #expect(span["events"]?.array == [try JSONValue(parsing: event)])
    #expect(span["dropped_events_count"]?.int == 3)
    let link = """
      {"trace_id":"\(SpanRow.id(1))","span_id":"000000000000000b","trace_state":"a=b","flags":1,"attributes":{},\
      "dropped_attributes_count":0}
      """
    #expect(span["links"]?.array == [try JSONValue(parsing: link)])
  }

  @Test func `a trace that is not stored is no trace`() async throws {
    let response = try await harness.response("/traces/\(SpanRow.id(77))")
    #expect(response.status == 404)
    #expect(response.fields["content-type"] == "application/problem+json")
    let problem = try JSONValue(parsing: try harness.bytes(response))
    #expect(problem["code"]?.string == "trace_not_found")
    #expect(problem["request_id"]?.string == "r1")
    #expect(try await harness.response("/traces/\(SpanRow.id(77))/spans").status == 404)
  }

  @Test(arguments: [
    ("limit=50", [4, 3, 2, 1]), ("service=chat", [3, 2, 1]), ("operation=chat%20llama", [2, 1]),
    ("status=error", [2]), ("model=llama-3", [2, 1]), ("model=qwen", [3]), ("provider=vllm", [3, 2, 1]),
    ("user=u-7", [2]), ("session=s-qwen", [3]), ("gpu=GPU-1", [3, 1]), ("min_duration_ms=90", [3, 1]),
    ("max_duration_ms=60", [4, 2]), ("min_duration_ms=90&max_duration_ms=200", [1]),
    ("service=chat&min_duration_ms=90", [3, 1]), ("service=chat&status=unset", [3, 1]), ("service=db", [4, 1]),
    ("service=nobody", []), ("attr.http.route=/v1/chat", [1]), ("attr.http.status_code=200", [4, 1]),
    ("attr.gen_ai.request.model=qwen", [3]), ("attr.gen_ai.usage.input_tokens=7", [2]),
    ("attr.gen_ai.usage.input_tokens=x", []), ("resource.host.name=h1", [1]), ("resource.service.name=db", [4, 1]),
    ("sort=start_time", [1, 2, 3, 4]), ("sort=duration", [4, 2, 1, 3]), ("sort=-duration", [3, 1, 2, 4]),
    ("start=2026-11-21T08:01:30Z", [4, 3]), ("start=now-1h&end=2026-11-21T08:00:30Z", [1]),
  ])
  func `filters and orders`(query: String, expected: [Int]) async throws {
    let target = query.hasPrefix("start") ? "/traces?" + query : "/traces?start=-1h&" + query
    let found = try await harness.list(target, "trace_id").compactMap { Int($0, radix: 16) }
    #expect(found == expected)
  }

  @Test(arguments: [
    ("{ }", [4, 3, 2, 1]), (#"{ name = "chat llama" }"#, [2, 1]), (#"{ name =~ "chat.*" }"#, [3, 2, 1]),
    (#"{ name =~ "chat" }"#, []), (#"{ name !~ "chat.*|POST.*|SELECT" }"#, [4, 3]), ("{ status = error }", [2]),
    ("{ kind = internal }", [3]), ("{ duration > 1s }", [3]), ("{ traceDuration < 60ms }", [4, 2]),
    (#"{ span.http.status_code = 200 }"#, [1]), (#"{ span.http.status_code = "200" }"#, [4]),
    (#"{ .http.status_code != "x" }"#, [4]), ("{ .http.status_code >= 199.5 }", [1]), ("{ span.cached }", [1]),
    ("{ span.ratio = 0.5 }", [1]), ("{ span.http.route = nil && duration >= 100ms }", [3]),
    ("{ .http.route != nil }", [1]), (#"{ resource.host.name = "h1" }"#, [1]), (#"{ .host.cpus > 4 }"#, [1]),
    (#"{ resource.service.name = "db" }"#, [4, 1]), (#"{ span.gen_ai.request.model =~ "llama.*" }"#, [2, 1]),
    ("{ span.gen_ai.usage.input_tokens > 50 }", [3, 1]), (#"{ span.gen_ai.request.model != "qwen" }"#, [2, 1]),
    (#"{ statusMessage = "out of memory" }"#, [2]), (#"{ rootName = "batch" }"#, [3]),
    (#"{ rootServiceName = "gateway" && name = "SELECT" }"#, [1]), (#"{ span:id = "000000000000000c" }"#, [1]),
    (#"{ instrumentation:name = "http" && instrumentation.team = "a" }"#, [1]),
    (#"{ name = "SELECT" } && { status = error }"#, []), (#"{ name = "SELECT" } && { kind = server }"#, [1]),
    (#"{ name = "SELECT" } || { status = error }"#, [2, 1]), (#"{ kind = server } > { name = "chat llama" }"#, [2, 1]),
    (#"{ kind = server } > { name = "SELECT" }"#, []), (#"{ kind = server } >> { name = "SELECT" }"#, [1]),
    ("{ } | count() > 2", [1]), ("{ kind = client } | count() = 1", [3, 2]),
    ("{ } | avg(duration) > 1s", [3]), ("{ } | sum(span.gen_ai.usage.output_tokens) >= 200", [3, 1]),
    ("{ } | max(duration) < 60ms", [4, 2]), ("{ } | select(name, span.x)", [4, 3, 2, 1]),
  ])
  func `queries in TraceQL`(query: String, expected: [Int]) async throws {
    #expect(try await traces("q=" + PercentEncoding.encode(query)) == expected)
  }

  @Test func `a summary counts the whole trace`() async throws {
    let list = try await harness.get("/traces?start=-1h&status=error")
    let trace = try #require(list["data"]?[0])
    #expect(trace["span_count"]?.int == 2)
    #expect(trace["error_count"]?.int == 1)
    #expect(trace["root_name"]?.string == "POST /v1/chat")
    #expect(trace["models"]?.array == [.string("llama-3")])
    #expect(trace["output_tokens"]?.int == 14)
    #expect(trace["services"]?.array?.map { $0["name"]?.string } == ["chat", "gateway"])
    #expect(trace["services"]?[0]?["error_count"]?.int == 1)
    #expect(trace["duration_ns"]?.int == 50_000_000)
    let orphan = try #require(try await harness.get("/traces?start=-1h&operation=orphan")["data"]?[0])
    #expect(orphan["root_name"]?.isNull == true)
  }

  @Test func `a span that a retry repeated counts once`() async throws {
    let harness = try Harness([SampleRows.spans[0].insert, SampleRows.spans[0].insert])
    #expect(try await harness.get("/traces/\(SpanRow.id(1))")["data"]?["spans"]?.array?.count == 1)
    #expect(try await harness.get("/traces?start=-1h")["data"]?[0]?["span_count"]?.int == 1)
    #expect(try await harness.get("/spans?start=-1h")["data"]?.array?.count == 1)
  }
}
