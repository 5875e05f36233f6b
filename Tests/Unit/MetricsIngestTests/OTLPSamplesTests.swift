import RemoteWrite
import SeriesBytes
import Testing

@testable import MetricsIngest

@Suite struct OTLPSamplesTests {
  private static let scope = #"otel_scope_name="s",otel_scope_version="1""#

  @Test(arguments: [
    (
      #""unit": "By", "gauge": {"dataPoints": [{"timeUnixNano": "5000000", "asDouble": 0.5}]}"#,
      ["m_bytes{S} 0.5 @ 5"], "gauge m_bytes bytes"
    ),
    (
      #""unit": "1", "gauge": {"dataPoints": [{"timeUnixNano": "5999999", "asInt": "-3"}]}"#,
      ["m_ratio{S} -3 @ 5"], "gauge m_ratio"
    ),
    (
      #""unit": "s", "description": "H.", "sum": {"isMonotonic": true, "aggregationTemporality": 2, "#
        + #""dataPoints": [{"timeUnixNano": "5000000", "asInt": "7"}]}"#,
      ["m_seconds_total{S} 7 @ 5"], "counter m_seconds_total seconds H."
    ),
    (
      #""sum": {"aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": "5000000", "asInt": "7"}]}"#,
      ["m{S} 7 @ 5"], "gauge m"
    ),
    (
      #""histogram": {"aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": "5000000", "count": "6", "#
        + #""sum": 3.5, "bucketCounts": ["1", "2", "3"], "explicitBounds": [0.005, 10]}]}"#,
      [
        #"m_bucket{le="+Inf",S} 6 @ 5"#, #"m_bucket{le="0.005",S} 1 @ 5"#, #"m_bucket{le="10",S} 3 @ 5"#,
        "m_count{S} 6 @ 5", "m_sum{S} 3.5 @ 5",
      ], "histogram m"
    ),
    (
      #""histogram": {"aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": "5000000", "count": "6"}]}"#,
      [#"m_bucket{le="+Inf",S} 6 @ 5"#, "m_count{S} 6 @ 5"], "histogram m"
    ),
    (
      #""summary": {"dataPoints": [{"timeUnixNano": "5000000", "count": "6", "sum": 2, "#
        + #""quantileValues": [{"quantile": 0.5, "value": 1.5}]}]}"#,
      ["m_count{S} 6 @ 5", "m_sum{S} 2 @ 5", #"m{S,quantile="0.5"} 1.5 @ 5"#], "summary m"
    ),
    (
      #""exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": "5000000", "#
        + #""count": "6", "sum": 9, "scale": 0, "zeroCount": "1", "positive": {"offset": 1, "bucketCounts": ["2", "3"]}}]}"#,
      [
        #"m_bucket{le="+Inf",S} 6 @ 5"#, #"m_bucket{le="0",S} 1 @ 5"#, #"m_bucket{le="2",S} 1 @ 5"#,
        #"m_bucket{le="4",S} 3 @ 5"#, #"m_bucket{le="8",S} 6 @ 5"#, "m_count{S} 6 @ 5", "m_sum{S} 9 @ 5",
      ], "histogram m"
    ),
  ])
  func `each kind of metric gives the series of Prometheus`(metric: String, samples: [String], family: String) throws {
    let json = SampleDecoding.request(metric)
    let expected = SampleDecoding.Result(
      samples: samples.map { $0.replacing("S", with: Self.scope) }, families: [family])
    #expect(try SampleDecoding().decode(json: json) == expected)
    #expect(try SampleDecoding().decode(SampleDecoding.protobuf(json), .otlpProtobuf) == expected)
  }

  @Test(arguments: [
    // Of the same name: by the names of the attributes.
    ([("b.c", "2"), ("b_c", "3"), ("b-c", "1")], #"b_c="1;2;3""#),
    ([("0", "x"), ("_y", "z")], #"key_0="x",key_y="z""#),
    ([("a", ""), ("é", "x"), ("b", "ü")], #"b="ü",key_="x""#),
    // What identifies the series comes first.
    ([("otel_scope_name", "x"), ("__name__", "y"), ("k", "v")], #"k="v""#),
  ])
  func `attributes are labels`(attributes: [(String, String)], labels: String) throws {
    let list = attributes.map { SampleDecoding.attribute($0.0, $0.1) }.joined(separator: ",")
    let json = SampleDecoding.request(
      #""gauge": {"dataPoints": [{"timeUnixNano": "5000000", "asInt": "1", "attributes": [\#(list)]}]}"#)
    let shown = try SampleDecoding().decode(json: json).samples
    let expected = (labels + "," + Self.scope).split(separator: ",").sorted().joined(separator: ",")
    #expect(shown == ["m{\(expected)} 1 @ 5"])
  }

  @Test(arguments: [
    (#"{"intValue": "-9007199254740993"}"#, "-9007199254740993"), (#"{"boolValue": true}"#, "true"),
    (#"{"doubleValue": 1e21}"#, "1000000000000000000000"), (#"{"doubleValue": 2}"#, "2"),
    (#"{"bytesValue": "AQI="}"#, "AQI="),
    (#"{"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "x"}]}}"#, #"[1,\"x\"]"#),
    (#"{"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": false}}]}}"#, #"{\"k\":false}"#),
  ])
  func `values that are not text are written as text`(value: String, text: String) throws {
    let json = SampleDecoding.request(
      #""gauge": {"dataPoints": [{"timeUnixNano": "5000000", "asInt": "1", "attributes": [{"key": "a", "value": "#
        + value + "}]}]}", scope: "")
    #expect(try SampleDecoding().decode(json: json).samples == [#"m{a="\#(text)"} 1 @ 5"#])
  }

  @Test func `the resource gives job, instance and target_info of the latest time`() throws {
    let resource = [
      ("service.namespace", "n"), ("service.name", "s"), ("service.instance.id", "i"), ("host.name", "h"),
      ("job", "other"),
    ]
    .map { SampleDecoding.attribute($0.0, $0.1) }.joined(separator: ",")
    let json = SampleDecoding.request(
      #""gauge": {"dataPoints": [{"timeUnixNano": "5000000", "asInt": "1"}, {"timeUnixNano": "9000000", "asInt": "2", "#
        + #""attributes": [{"key": "x", "value": {"stringValue": "y"}}]}]}"#, resource: resource, scope: "")
    let result = try SampleDecoding().decode(json: json)
    #expect(
      result.samples == [
        #"m{instance="i",job="n/s",x="y"} 2 @ 9"#, #"m{instance="i",job="n/s"} 1 @ 5"#,
        #"target_info{host_name="h",instance="i",job="n/s"} 1 @ 9"#,
      ])
    #expect(result.families == ["gauge m", "gauge target_info Attributes of the resource."])
  }

  @Test(arguments: [[("service.name", "s")], [("host.name", "h")], [("service.namespace", "n"), ("host.name", "h")]])
  func `a resource that is not identified or has nothing else gives no target_info`(
    attributes: [(String, String)]
  ) throws {
    let json = SampleDecoding.request(
      #""gauge": {"dataPoints": [{"timeUnixNano": "5000000", "asInt": "1"}]}"#,
      resource: attributes.map { SampleDecoding.attribute($0.0, $0.1) }.joined(separator: ","))
    #expect(try SampleDecoding().decode(json: json).samples.count == 1)
  }

  @Test func `a point without recorded value ends its series`() throws {
    let json = SampleDecoding.request(
      #""histogram": {"aggregationTemporality": 1, "dataPoints": [{"timeUnixNano": "5000000", "flags": 1, "#
        + #""explicitBounds": [1], "sum": 0}]}"#, scope: "")
    #expect(
      try SampleDecoding().decode(json: json).samples == [
        #"m_bucket{le="+Inf"} stale @ 5"#, #"m_bucket{le="1"} stale @ 5"#, "m_count{} stale @ 5", "m_sum{} stale @ 5",
      ])
  }

  private static let point = #""dataPoints": [{"timeUnixNano": "5000000", "asInt": "1"}]"#

  @Test(arguments: [
    (#""sum": {\#(point)}"#, "metric m has no aggregation temporality"),
    (
      #""sum": {"aggregationTemporality": 1, \#(point)}"#,
      "metric m is a sum that may fall, which cannot be added up from deltas; export it with cumulative temporality"
    ),
    (#""gauge": {"dataPoints": [{"asInt": "1"}]}"#, "a data point of m has no time"),
    (#""gauge": {"dataPoints": [{"timeUnixNano": "5000000"}]}"#, "a data point of m has no value"),
    (
      #""histogram": {"aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": "5000000", "bucketCounts": ["1"], "#
        + #""explicitBounds": [1]}]}"#, "a data point of m has 1 bucket counts and 1 bounds"
    ),
    (
      #""histogram": {"aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": "5000000", "#
        + #""bucketCounts": ["1", "1", "1"], "explicitBounds": [2, 1]}]}"#,
      "a data point of m has bounds that do not ascend"
    ),
    (
      #""exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": "5000000", "#
        + #""scale": 21}]}"#,
      "a data point of m has the scale 21; it may be -10 to 20"
    ),
    (
      #""gauge": {"dataPoints": [{"timeUnixNano": "5000000000000000000", "asInt": "1"}]}"#,
      "a sample is of 2128-06-11T08:53:20Z, too far in the future (ingest.time_ahead)"
    ),
  ])
  func `what cannot be taken is one rejected point, with the reason`(metric: String, reason: String) throws {
    let result = try SampleDecoding().decode(json: SampleDecoding.request(metric))
    #expect(result.samples.isEmpty)
    #expect(result.rejected == 1)
    #expect(result.reason == reason)
  }

  @Test func `a histogram beyond the limit of series is one rejected point`() throws {
    let json = SampleDecoding.request(
      #""histogram": {"aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": "5000000", "count": "6", "#
        + #""sum": 3.5, "bucketCounts": ["1", "2", "3"], "explicitBounds": [0.005, 10]}]}"#)
    let result = try SampleDecoding(activeSeriesMax: 2).decode(json: json)
    #expect(result.samples.count == 2)
    #expect(result.rejected == 1)
  }

  @Test(arguments: [("{", SampleEncoding.otlpJSON), ("\u{a}\u{5}x", .otlpProtobuf)])
  func `what is not an export request is refused as a whole`(body: String, encoding: SampleEncoding) {
    #expect(throws: SampleDecodeError.self) { try SampleDecoding().decode(Array(body.utf8), encoding) }
  }

  @Test func `a request whose labels would take more than the limit is refused`() {
    // Of each of 16,000 buckets, the attribute of 4 KiB again; twice, it would be more than 128 MiB.
    let counts = Array(repeating: "\"1\"", count: 16_001).joined(separator: ",")
    let bounds = (0..<16_000).map(String.init).joined(separator: ",")
    let value = String(repeating: "x", count: 4_096)
    let point = """
      {"timeUnixNano": "5000000", "count": "1", "bucketCounts": [\(counts)], "explicitBounds": [\(bounds)],
        "attributes": [\(SampleDecoding.attribute("a", value)), \(SampleDecoding.attribute("b", value))]}
      """
    let json = SampleDecoding.request(
      #""histogram": {"aggregationTemporality": 2, "dataPoints": [\#(point), \#(point)]}"#)
    #expect(throws: SampleDecodeError.tooLarge("the labels of its series take more than 128 MiB")) {
      try SampleDecoding(activeSeriesMax: 100_000).decode(json: json)
    }
  }

  @Test func `a request of OTLP and the equal one of remote write give the same rows`() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      var points: [String] = []
      var encoder = RemoteWriteEncoder(.version1)
      for index in 0..<Int.random(in: 1...20, using: &random) {
        let value = Double.random(in: -1e6...1e6, using: &random)
        let time = Int64.random(in: 1...3_000_000_000_000, using: &random)
        let text = String((0..<8).map { _ in "aé\u{1F680} ".randomElement(using: &random) ?? "x" })
        points.append(
          """
          {"timeUnixNano": "\(time * 1_000_000)", "asDouble": \(value), "attributes": [
            \(SampleDecoding.attribute("index", "\(index)")), \(SampleDecoding.attribute("text", text))]}
          """)
        encoder.append(
          labels: [("__name__", "m_seconds"), ("index", "\(index)"), ("job", "a"), ("text", text)],
          samples: [RemoteWriteSample(value: value, time: time)])
      }
      encoder.append(metadata: RemoteWriteEncoder.Metadata(type: .gauge, unit: "seconds", help: "H."), of: "m_seconds")
      let json = SampleDecoding.request(
        #""unit": "s", "description": "H.", "gauge": {"dataPoints": [\#(points.joined(separator: ","))]}"#,
        resource: SampleDecoding.attribute("service.name", "a"), scope: "")
      let written = try SampleDecoding().decode(encoder.finish(), .remoteWrite1)
      #expect(try SampleDecoding().decode(json: json) == written)
      #expect(try SampleDecoding().decode(SampleDecoding.protobuf(json), .otlpProtobuf) == written)
    }
  }
}
