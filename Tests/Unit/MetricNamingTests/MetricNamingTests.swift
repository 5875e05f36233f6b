import Testing

@testable import MetricNaming

/// Goal: a metric that arrives over OTLP has the name under which Prometheus would keep it, so that dashboards and
/// rules for one fit the other.
@Suite struct MetricNamingTests {
  private typealias Kind = MetricNaming.Kind

  @Test(arguments: [
    ("requests", "", Kind.monotonicSum, "requests_total"), ("requests_total", "", .monotonicSum, "requests_total"),
    ("a_total_b", "", .monotonicSum, "a_b_total"), ("items", "1", .monotonicSum, "items_total"),
    ("cpu_usage", "1", .gauge, "cpu_usage_ratio"), ("cpu_usage_ratio", "1", .gauge, "cpu_usage_ratio"),
    ("cpu_usage", "1", .other, "cpu_usage"),
    ("http.server.request.duration", "s", .other, "http_server_request_duration_seconds"),
    ("response_time_seconds", "s", .gauge, "response_time_seconds"), ("requests", "1/s", .gauge, "requests_per_second"),
    ("throughput", "By/s", .gauge, "throughput_bytes_per_second"),
    ("requests", "1/s", .monotonicSum, "requests_per_second_total"),
    ("custom_metric", "custom_unit", .gauge, "custom_metric_custom_unit"),
    ("custom_metric", "{custom}", .gauge, "custom_metric"),
    ("custom_metric", "By/{custom}", .gauge, "custom_metric_bytes"), ("a", "{request}/s", .gauge, "a_per_second"),
    ("gen_ai.client.token.usage", "{token}", .other, "gen_ai_client_token_usage"),
    ("hw.gpu.memory.usage", "By", .gauge, "hw_gpu_memory_usage_bytes"),
    ("system.cpu.time", "s", .monotonicSum, "system_cpu_time_seconds_total"),
    ("cpu_seconds_total", "s", .monotonicSum, "cpu_seconds_total"),
    ("a__b", "unit__c", .gauge, "a_b_unit_c"),
    ("m", "unit@with#special/chars", .gauge, "m_unit_with_special_per_chars"),
    ("123metric", "", .gauge, "_123metric"), ("métric.ñ", "", .gauge, "m_tric"), ("a:b", "", .gauge, "a:b"),
    ("a", " By / s ", .gauge, "a_bytes_per_second"),
    ("a", "/s", .gauge, "a_per_second"), ("a", "By/", .gauge, "a_bytes"), ("a", "%", .gauge, "a_percent"),
    ("a", "m/m", .gauge, "a_meters_per_minute"),
    ("a", "_/_", .gauge, "a"), ("a", "Cel", .gauge, "a_celsius"), ("a", "kBy", .gauge, "a_kilobytes"),
    ("a", "@#", .gauge, "a"),
  ])
  func `a name gets underscores and suffixes`(name: String, unit: String, kind: MetricNaming.Kind, expected: String) {
    #expect(MetricNaming(.underscoreEscapingWithSuffixes).metricName(name, unit: unit, kind: kind) == expected)
  }

  @Test(arguments: [
    ("simple_metric", "simple_metric"), ("metric@with#special$chars", "metric_with_special_chars"),
    ("123metric", "_123metric"),
    ("metric@@##$$name", "metric_name"), ("a__b", "a__b"), ("http.server", "http_server"), ("_a", "_a"), ("__", "__"),
  ])
  func `a name gets underscores alone`(name: String, expected: String) {
    let naming = MetricNaming(.underscoreEscapingWithoutSuffixes)
    #expect(naming.metricName(name, unit: "s", kind: .monotonicSum) == expected)
  }

  @Test(arguments: [
    ("requêsts", "", Kind.monotonicSum, "requêsts_total"), ("requests_total", "", .monotonicSum, "requests_total"),
    ("http.server.duration", "s", .other, "http.server.duration_seconds"),
    ("cpu_usagé", "1", .gauge, "cpu_usagé_ratio"),
    ("cpu.usage.ratio", "1", .gauge, "cpu.usage_ratio"),
    ("requêsts", "1/s", .monotonicSum, "requêsts_per_second_total"),
    ("cpu_seconds_total", "s", .monotonicSum, "cpu_seconds_total"), ("@#$%", "", .monotonicSum, "@#$%_total"),
    ("response_time_seconds", "s", .gauge, "response_time_seconds"), ("total", "", .monotonicSum, "total_total"),
    ("aétotal", "", .monotonicSum, "a_total"),
  ])
  func `a name keeps its characters and gets suffixes`(
    name: String, unit: String, kind: MetricNaming.Kind, expected: String
  ) {
    #expect(MetricNaming(.noUTF8EscapingWithSuffixes).metricName(name, unit: unit, kind: kind) == expected)
  }

  @Test func `a name that is not translated stays`() {
    let naming = MetricNaming(.noTranslation)
    #expect(naming.metricName("http.sérver", unit: "s", kind: .monotonicSum) == "http.sérver")
    #expect(naming.labelName("http.méthod") == "http.méthod")
  }

  @Test(arguments: [
    ("http.method", "http_method"), ("123invalid", "key_123invalid"), ("__reserved__", "__reserved__"), ("_a", "key_a"),
    (".a", "key_a"), ("label:with:colons", "label_with_colons"), ("a__b", "a__b"), ("lébel", "l_bel"), ("ß", "key_"),
    ("__", "__"), ("a b", "a_b"), ("e\u{301}x", "e_x"),
  ])
  func `a label gets underscores`(name: String, expected: String) {
    for strategy in [MetricNaming.Strategy.underscoreEscapingWithSuffixes, .underscoreEscapingWithoutSuffixes] {
      #expect(MetricNaming(strategy).labelName(name) == expected)
    }
  }

  @Test(arguments: MetricNaming.Strategy.allCases)
  func `a name of which nothing is left is none`(strategy: MetricNaming.Strategy) {
    let naming = MetricNaming(strategy)
    #expect(naming.metricName("", unit: "", kind: .gauge) == nil)
    #expect(naming.labelName("") == nil)
    let isEscaped = [.underscoreEscapingWithSuffixes, .underscoreEscapingWithoutSuffixes].contains(strategy)
    #expect((naming.metricName("@#$%", unit: "", kind: .gauge) == nil) == isEscaped)
    #expect((naming.labelName("..") == nil) == isEscaped)
  }

  @Test(arguments: [
    ("s", "seconds"), ("By/s", "bytes_per_second"), ("1", ""), ("", ""), ("1/s", "per_second"), ("{request}", ""),
    ("requests/s", "requests_per_second"), ("unit@with#special/chars", "unit_with_special_per_chars"), ("_a_", "a"),
  ])
  func `a unit has a word`(unit: String, expected: String) {
    #expect(MetricNaming(.underscoreEscapingWithSuffixes).unitName(unit) == expected)
  }

  @Test func `a unit keeps its characters where names do`() {
    #expect(MetricNaming(.noUTF8EscapingWithSuffixes).unitName("a@b/s") == "a@b_per_second")
  }
}
