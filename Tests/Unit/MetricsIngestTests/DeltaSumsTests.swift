import Testing

@testable import MetricsIngest

@Suite struct DeltaSumsTests {
  private static func request(_ value: Int, at time: Int, series: String = "a") -> String {
    SampleDecoding.request(
      """
      "sum": {"isMonotonic": true, "aggregationTemporality": 1, "dataPoints": [
        {"timeUnixNano": "\(time)000000", "asInt": "\(value)",
          "attributes": [\(SampleDecoding.attribute("s", series))]}]}
      """, scope: "")
  }

  @Test func `deltas are added up for each series`() throws {
    let decoding = SampleDecoding()
    #expect(try decoding.decode(json: Self.request(2, at: 5)).samples == [#"m_total{s="a"} 2 @ 5"#])
    #expect(try decoding.decode(json: Self.request(3, at: 6)).samples == [#"m_total{s="a"} 5 @ 6"#])
    #expect(try decoding.decode(json: Self.request(9, at: 6, series: "b")).samples == [#"m_total{s="b"} 9 @ 6"#])
    #expect(try decoding.decode(json: Self.request(4, at: 7)).samples == [#"m_total{s="a"} 9 @ 7"#])
  }

  @Test(arguments: [4, 5]) func `a delta that is not later than the one before is rejected`(time: Int) throws {
    let decoding = SampleDecoding()
    _ = try decoding.decode(json: Self.request(2, at: 5))
    let result = try decoding.decode(json: Self.request(3, at: time))
    #expect(result.samples.isEmpty)
    #expect(
      result.reason == "a data point of m_total is a delta that is not later than the one before it of the same series")
    #expect(try decoding.decode(json: Self.request(3, at: 6)).samples == [#"m_total{s="a"} 5 @ 6"#])
  }

  @Test func `a request whose rows are not kept changes no sum, so that it may come again`() throws {
    let decoding = SampleDecoding()
    _ = try decoding.decode(json: Self.request(2, at: 5))
    for _ in 0..<2 {
      #expect(
        try decoding.decode(json: Self.request(3, at: 6), areRowsKept: false).samples == [#"m_total{s="a"} 5 @ 6"#])
    }
    #expect(try decoding.decode(json: Self.request(3, at: 6)).samples == [#"m_total{s="a"} 5 @ 6"#])
  }

  @Test func `a request that is refused as a whole changes no sum`() throws {
    let decoding = SampleDecoding()
    _ = try decoding.decode(json: Self.request(2, at: 5))
    let broken = try SampleDecoding.protobuf(Self.request(3, at: 6)) + [0x0a, 0x05]
    #expect(throws: SampleDecodeError.self) { try decoding.decode(broken, .otlpProtobuf) }
    #expect(try decoding.decode(json: Self.request(3, at: 6)).samples == [#"m_total{s="a"} 5 @ 6"#])
  }

  @Test func `a sample that is refused does not count`() throws {
    let decoding = SampleDecoding()
    _ = try decoding.decode(json: Self.request(2, at: 5))
    #expect(try decoding.decode(json: Self.request(3, at: 5_000_000_000_000)).rejected == 1)
    #expect(try decoding.decode(json: Self.request(3, at: 6)).samples == [#"m_total{s="a"} 5 @ 6"#])
  }

  @Test func `what is read again after later points is added to the sum at the time of the latest`() throws {
    let decoding = SampleDecoding()
    _ = try decoding.decode(json: Self.request(1, at: 9))
    let again = DeltaOrder.again { _ in nil }
    #expect(try decoding.decode(json: Self.request(2, at: 5), again).samples == [#"m_total{s="a"} 3 @ 9"#])
    #expect(try decoding.decode(json: Self.request(4, at: 6), again).samples == [#"m_total{s="a"} 7 @ 9"#])
    // As when they arrived.
    #expect(try decoding.decode(json: Self.request(8, at: 6), again).rejected == 1)
    #expect(try decoding.decode(json: Self.request(16, at: 10)).samples == [#"m_total{s="a"} 23 @ 10"#])
  }

  @Test func `what a stored sample holds is not added again`() throws {
    let decoding = SampleDecoding()
    let again = DeltaOrder.again { _ in 6 }
    for time in [5, 6] {
      let result = try decoding.decode(json: Self.request(2, at: time), again)
      #expect(result.samples.isEmpty)
      #expect(result.rejected == 0)
    }
    #expect(try decoding.decode(json: Self.request(3, at: 7), again).samples == [#"m_total{s="a"} 3 @ 7"#])
  }

  @Test func `an exponential histogram that is read again is added at the time of the latest`() throws {
    func request(_ time: Int) -> String {
      SampleDecoding.request(
        """
        "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [{"timeUnixNano": "\(time)000000",
          "scale": 0, "count": "3", "positive": {"offset": 0, "bucketCounts": ["1", "2"]}}]}
        """, scope: "")
    }
    let decoding = SampleDecoding()
    _ = try decoding.decode(json: request(9))
    for (time, count) in [(5, 2), (6, 3)] {
      #expect(
        try decoding.decode(json: request(time), .again { _ in nil }).samples == [
          #"m_bucket{le="+Inf"} \#(3 * count) @ 9"#, #"m_bucket{le="1"} 0 @ 9"#, #"m_bucket{le="2"} \#(count) @ 9"#,
          #"m_bucket{le="4"} \#(3 * count) @ 9"#, "m_count{} \(3 * count) @ 9",
        ])
    }
    #expect(try decoding.decode(json: request(7), .again { _ in 7 }).samples.isEmpty)
  }

  @Test func `histograms are added up bucket by bucket`() throws {
    func request(_ counts: String, _ count: Int, _ sum: Double, at time: Int) -> String {
      SampleDecoding.request(
        """
        "histogram": {"aggregationTemporality": 1, "dataPoints": [{"timeUnixNano": "\(time)000000",
          "bucketCounts": [\(counts)], "explicitBounds": [1], "count": "\(count)", "sum": \(sum)}]}
        """, scope: "")
    }
    let decoding = SampleDecoding()
    _ = try decoding.decode(json: request(#""1", "2""#, 3, 4.5, at: 5))
    #expect(
      try decoding.decode(json: request(#""4", "0""#, 4, 1.5, at: 6)).samples == [
        #"m_bucket{le="+Inf"} 7 @ 6"#, #"m_bucket{le="1"} 5 @ 6"#, "m_count{} 7 @ 6", "m_sum{} 6 @ 6",
      ])
  }

  @Test func `exponential histograms are added up at the coarser of their scales`() throws {
    func request(_ scale: Int, _ offset: Int, at time: Int) -> String {
      SampleDecoding.request(
        """
        "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [{"timeUnixNano": "\(time)000000",
          "scale": \(scale), "count": "3", "positive": {"offset": \(offset), "bucketCounts": ["1", "2"]}}]}
        """, scope: "")
    }
    let decoding = SampleDecoding()
    _ = try decoding.decode(json: request(1, 2, at: 5))  // 2 to 4 in two steps
    let samples = try decoding.decode(json: request(0, 0, at: 6)).samples  // 1 to 2 and 2 to 4
    #expect(
      samples == [
        #"m_bucket{le="+Inf"} 6 @ 6"#, #"m_bucket{le="1"} 0 @ 6"#, #"m_bucket{le="2"} 1 @ 6"#,
        #"m_bucket{le="4"} 6 @ 6"#, "m_count{} 6 @ 6",
      ])
  }

  @Test func `what was idle the longest is forgotten`() throws {
    let decoding = SampleDecoding(deltaSeriesMax: 10)
    for index in 0..<10 { _ = try decoding.decode(json: Self.request(1, at: 5, series: "\(index)")) }
    for index in 0..<10 {
      #expect(
        try decoding.decode(json: Self.request(1, at: 6, series: "\(index)")).samples == [
          #"m_total{s="\#(index)"} 2 @ 6"#
        ])
    }
    for index in 10..<30 { _ = try decoding.decode(json: Self.request(1, at: 6, series: "\(index)")) }
    #expect(try decoding.decode(json: Self.request(1, at: 7, series: "0")).samples == [#"m_total{s="0"} 1 @ 7"#])
    #expect(try decoding.decode(json: Self.request(1, at: 7, series: "29")).samples == [#"m_total{s="29"} 2 @ 7"#])
  }

  @Test func `at most twice the limit is remembered`() {
    var recent = DeltaSums.Recent<Double>(countMax: 10)
    for id in 0..<1_000 {
      recent[UInt64(id % 37)] = DeltaSums.Sum(value: 1, time: 1)
      #expect(recent.count <= 20)
    }
  }
}
