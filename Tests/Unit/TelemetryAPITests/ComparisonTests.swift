import APITestSupport
import Base
import Engine
import HTTPTypes
import JSON
import TestSupport
import Testing

@testable import TelemetryAPI
@testable import TelemetryQueries

/// Goal: a comparison finds what slow spans have in common, and no difference that is chance.
///
/// Method: 400 spans, of which the 40 slow ones ran on one GPU with one customer's attribute; all else is spread evenly.
@Suite struct ComparisonTests {
  private static let store = Result {
    try Harness([
      """
      INSERT INTO spans (tenant, trace_id, span_id, name, service_name, start_time, duration_ns, status_code, kind,
        resource_id, attributes, attribute_types, request_model, input_tokens, gpu_ids, received_at)
      SELECT 1, unhex(leftPad(hex(number + 1), 32, '0')), number + 1, 'chat', 'chat',
        fromUnixTimestamp64Nano(toInt64(\(Harness.base) + number * 1000000), 'UTC'),
        if(number % 10 = 0, 2000000000, 20000000), 1, 2, if(number % 10 = 0, 1, 2),
        map('customer', if(number % 10 = 0, 'c-slow', 'c-' || toString(number % 7)), 'color',
          if(number % 4 < 2, 'red', 'blue'), 'prompt', repeat('x', 300)), [1, 1, 1], 'm-1', 1000 + number % 3,
        if(number % 10 = 0, ['GPU-9'], ['GPU-1']), toDateTime(\(Harness.base / 1_000_000_000))
      FROM numbers(400)
      """,
      """
      INSERT INTO resources (tenant, resource_id, service_name, attributes, attribute_types, schema_url) VALUES
      (1, 1, 'chat', map('host.name', 'slow-host'), [1], ''), (1, 2, 'chat', map('host.name', 'fast-host'), [1], '')
      """,
    ])
  }

  private func compare(_ query: String) async throws -> JSONValue {
    try #require(try await Self.store.get().get("/analytics/compare?" + query)["data"])
  }

  private func significant(_ data: JSONValue) -> Set<String> {
    Set(
      (data["values"]?.array ?? []).filter { $0["significant"]?.bool == true }.compactMap {
        "\($0["field"]?.string ?? "")=\($0["value"]?.string ?? "")"
      })
  }

  private static let expected: Set<String> = [
    "gpu=GPU-9", "gpu=GPU-1", "attr.customer=c-slow", "resource.host.name=slow-host", "resource.host.name=fast-host",
  ]

  @Test(arguments: [
    "a.min_duration_ms=1000", "a.min_duration_ms=1000&b.max_duration_ms=1000",
    "a.q=" + PercentEncoding.encode("{ duration > 1s }"),
    "a.q=" + PercentEncoding.encode("{ duration > 1s }") + "&b.q=" + PercentEncoding.encode("{ duration < 1s }"),
    "a.min_duration_ms=1000&b.start=2026-11-21T07:00:00Z&b.end=2026-11-21T09:00:00Z&b.max_duration_ms=500",
  ])
  func `what slow spans have in common comes first`(query: String) async throws {
    let data = try await compare("a.start=-1h&" + query)
    #expect(data["a"]?["span_count"]?.int == 40)
    #expect(data["b"]?["span_count"]?.int == 360)
    #expect(data["a"]?["sampled_count"]?.int == 40)
    #expect(data["b_is_rest"]?.bool == !query.contains("b."))
    #expect(significant(data) == Self.expected)
    let first = try #require(data["values"]?[0])
    #expect(first["share_a"]?.double == 1)
    #expect(first["share_b"]?.double == 0)
    #expect(first["lift"]?.isNull == true)
    #expect(first["test"]?.string == "fisher")
    #expect((first["p_value"]?.double ?? 1) < 1e-10)
    let red = data["values"]?.array?.first { $0["value"]?.string == "red" }
    #expect(red?["adjusted_p_value"]?.double == 1)
    #expect(data["values"]?.array?.contains { $0["field"]?.string == "attr.prompt" } == false)
    #expect(data["values"]?.array?.contains { $0["value"]?.string == "512-1023" } == true)
  }

  @Test func `what a filter says is no answer`() async throws {
    let data = try await compare("a.start=-1h&a.gpu=GPU-9&a.attr.customer=c-slow&a.resource.host.name=slow-host")
    #expect(significant(data) == ["gpu=GPU-1", "resource.host.name=fast-host"])
  }

  @Test func `an empty selection is compared with nothing`() async throws {
    for query in ["a.start=-1h", "a.start=-1h&a.service=nobody", "a.start=-1h&b.service=nobody"] {
      let data = try await compare(query)
      #expect(data["values"]?.array == [], "\(query)")
      #expect(data["test_count"]?.int == 0)
    }
    let other = try await Self.store.get().get("/analytics/compare?a.start=-1h&a.gpu=GPU-9", tenant: 2)["data"]
    #expect(other?["a"]?["span_count"]?.int == 0)
  }

  @Test func `of too many spans some are looked at`() throws {
    let harness = try Self.store.get()
    let telemetry = TelemetryReader.over(harness.engine).telemetry(of: TenantID(1), during: .background)
    var slow = SpanFilter(range: TimeRange(start: UnixNanoseconds(Harness.base), end: Harness.now))
    slow.minimumNanoseconds = 1_000_000_000
    var query = SpanComparisonQuery(a: slow, b: nil, limit: 1)
    query.sampledCountMax = 100
    let comparison = try telemetry.comparison(query)
    #expect(comparison.a == SpanSample(spanCount: 40, sampledCount: 40))
    #expect(comparison.b.spanCount == 360)
    #expect(60...130 ~= comparison.b.sampledCount)
    #expect(comparison.facets.count == 1)
    #expect(comparison.isSignificant(comparison.facets[0]))
  }

  @Test(arguments: [
    ("a.q=" + PercentEncoding.encode("{ } >> { }"), "a.q", "looks at several spans"),
    ("b.q=" + PercentEncoding.encode("{ name =~ \"(\" }"), "b.q", "RE2"),
    ("a.start=now&a.end=-1h", "a.start", "must be before `a.end`"), ("a.color=red", "a.color", "is not a parameter"),
    ("limit=0", "limit", "expected a whole number"),
  ])
  func `a mistake names its parameter`(query: String, parameter: String, message: String) async throws {
    let harness = try Self.store.get()
    let response = try await harness.response("/analytics/compare?" + query)
    #expect(response.status == 400)
    let problem = try JSONValue(parsing: try harness.bytes(response))
    #expect(problem["errors"]?[0]?["parameter"]?.string == parameter)
    #expect(problem["errors"]?[0]?["detail"]?.string?.contains(message) == true)
  }

  /// Probabilities that were computed from the definitions with whole numbers.
  @Test(arguments: [
    ((3, 10), (0, 10), ProportionTest.Method.fisher, 0.2105263), ((1, 2), (9, 20), .fisher, 1),
    ((8, 10), (1, 10), .fisher, 0.005477494), ((0, 40), (0, 360), .fisher, 1),
    ((40, 100), (20, 100), .z, 0.0020282), ((50, 100), (50, 100), .z, 1),
  ])
  func `probabilities are those of the tests`(
    a: (Int, Int), b: (Int, Int), method: ProportionTest.Method, pValue: Double
  ) {
    let test = ProportionTest(a: (a.0, a.1), b: (b.0, b.1), LogFactorials(upTo: a.1 + b.1))
    #expect(test.method == method)
    #expect(abs(test.pValue - pValue) < 1e-4, "\(test.pValue)")
  }
}
