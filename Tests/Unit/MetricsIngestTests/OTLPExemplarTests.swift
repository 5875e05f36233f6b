import Testing

@testable import MetricsIngest

/// Goal: exemplars of OTLP's points belong to the series that their values are counted in, as in Prometheus.
@Suite struct OTLPExemplarTests {
  private static let ids = #""traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331""#
  private static let traced = "trace 0af7651916cd43dd8448eb211c80319c span b7ad6b7169203331"

  private static func exemplars(_ list: String...) -> String { #""exemplars": [\#(list.joined(separator: ", "))]"# }

  private static func attributes(_ list: String...) -> String {
    #""filteredAttributes": [\#(list.joined(separator: ", "))]"#
  }

  private static let cases: [(metric: String, expected: [String])] = [
    (
      #""sum": {"isMonotonic": true, "aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": "5000000", "#
        + #""asInt": "7", \#(exemplars(#"{"timeUnixNano": "4999999", "asDouble": 0.5, \#(ids)}"#))}]}"#,
      ["m_total{S} 0.5 @ 4 \(traced)"]
    ),
    (
      #""gauge": {"dataPoints": [{"timeUnixNano": "5000000", "asDouble": 1, "#
        + exemplars(#"{"asInt": "-3", \#(attributes(SampleDecoding.attribute("user.id", "ada")))}"#) + "}]}",
      ["m{S} -3 @ 5 user_id=ada"]
    ),
    (
      #""histogram": {"aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": "5000000", "count": "6", "#
        + #""bucketCounts": ["1", "2", "3"], "explicitBounds": [0.5, 10], "#
        + exemplars(
          #"{"asDouble": 11, "timeUnixNano": "3000000"}"#, #"{"asDouble": 0.5, "timeUnixNano": "1000000"}"#,
          #"{"asDouble": 2, "timeUnixNano": "2000000"}"#, #"{"asDouble": "NaN", "timeUnixNano": "4000000"}"#) + "}]}",
      [
        #"m_bucket{le="+Inf",S} 11 @ 3"#, #"m_bucket{le="+Inf",S} NaN @ 4"#, #"m_bucket{le="0.5",S} 0.5 @ 1"#,
        #"m_bucket{le="10",S} 2 @ 2"#,
      ]
    ),
    (
      #""exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [{"timeUnixNano": "5000000", "#
        + #""count": "2", "scale": 0, "positive": {"offset": 1, "bucketCounts": ["2"]}, "#
        + exemplars(#"{"asDouble": 3, "timeUnixNano": "1000000"}"#) + "}]}",
      [#"m_bucket{le="4",S} 3 @ 1"#]
    ),
    // A point that ends its series has none.
    (
      #""gauge": {"dataPoints": [{"timeUnixNano": "5000000", "flags": 1, "asDouble": 1, "#
        + exemplars(#"{"asInt": "-3"}"#) + "}]}", []
    ),
  ]

  @Test(arguments: cases.indices)
  func `each kind of point has exemplars`(index: Int) throws {
    let (metric, expected) = Self.cases[index]
    let json = SampleDecoding.request(metric)
    let scope = #"otel_scope_name="s",otel_scope_version="1""#
    for body in [(Array(json.utf8), SampleEncoding.otlpJSON), (try SampleDecoding.protobuf(json), .otlpProtobuf)] {
      let result = try SampleDecoding(latest: 1_000_000).decode(body.0, body.1)
      #expect(result.exemplars == expected.map { $0.replacing("S", with: scope) })
      #expect(result.rejected == 0)
    }
    #expect(try SampleDecoding(exemplarsPerSeriesMax: 0).decode(json: json).exemplars.isEmpty)
  }

  @Test func `attributes beyond 128 characters are left out, the ids stay`() throws {
    let long = SampleDecoding.attribute("k", String(repeating: "x", count: 65))
    func exemplar(_ attributes: String) -> String {
      Self.exemplars(#"{"asInt": "1", \#(Self.ids), \#(Self.attributes(attributes))}"#)
    }
    for (attributes, expected) in [
      (long, Self.traced), (SampleDecoding.attribute("k", "v"), "\(Self.traced) k=v"),
      // The id of the message is the one that counts.
      (SampleDecoding.attribute("trace_id", "x"), Self.traced),
    ] {
      let json = SampleDecoding.request(
        #""gauge": {"dataPoints": [{"timeUnixNano": "5000000", "asDouble": 1, \#(exemplar(attributes))}]}"#, scope: "")
      #expect(try SampleDecoding(latest: 1_000_000).decode(json: json).exemplars == ["m{} 1 @ 5 \(expected)"])
    }
  }

  @Test func `further exemplars of a series are refused, and the points are taken`() throws {
    let many = (0..<300).map { #"{"asInt": "\#($0)"}"# }.joined(separator: ", ")
    let json = SampleDecoding.request(
      #""gauge": {"dataPoints": [{"timeUnixNano": "5000000", "asDouble": 1, \#(Self.exemplars(many))}]}"#)
    let result = try SampleDecoding(latest: 1_000_000).decode(json: json)
    #expect(result.exemplars.count == 10)
    #expect(result.refusedExemplars == 290)
    #expect(result.samples.count == 1)
    #expect(result.rejected == 0)
  }
}
