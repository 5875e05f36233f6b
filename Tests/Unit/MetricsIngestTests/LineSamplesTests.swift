import Base
import LineProtocol
import Testing

@testable import MetricsIngest

/// What requests in line protocol come to.
@Suite struct LineSamplesTests {
  private func decode(_ text: String, _ encoding: SampleEncoding = .lineNanoseconds) throws -> SampleDecoding.Result {
    try SampleDecoding().decode(Array(text.utf8), encoding)
  }

  @Test func `each field that is a number is a sample`() throws {
    let result = try decode(
      "cpu,host=a,core=0 usage=0.5,busy=t,model=\"x\",ticks=7i 5000000\nmem used=1\nmy\\ app,a\\ b=c x.y=2 6000000\n")
    #expect(
      result.samples == [
        #"cpu_busy{core="0",host="a"} 1 @ 5"#, #"cpu_ticks{core="0",host="a"} 7 @ 5"#,
        #"cpu_usage{core="0",host="a"} 0.5 @ 5"#, "mem_used{} 1 @ 1", #"my app_x.y{a b="c"} 2 @ 6"#,
      ])
    #expect(result.rejected == 0)
  }

  @Test(arguments: [
    (SampleEncoding.lineNanoseconds, 3_600_000), (.lineMicroseconds, 3_600_000_000),
    (.lineMilliseconds, 3_600_000_000_000), (.lineSeconds, 3_600_000_000), (.lineMinutes, 60_000_000),
    (.lineHours, 1_000_000),
  ])
  func `the precision is that of the encoding`(encoding: SampleEncoding, time: Int) throws {
    let expected = [
      SampleEncoding.lineNanoseconds: 3, .lineMicroseconds: 3_600_000, .lineMilliseconds: 3_600_000_000_000,
    ]
    #expect(try decode("m f=1 \(time)", encoding).samples == ["m_f{} 1 @ \(expected[encoding] ?? 3_600_000_000_000)"])
    #expect(encoding.linePrecision.map { SampleEncoding($0) } == encoding)
  }

  @Test func `a line or a sample that cannot be taken does not keep the others out`() throws {
    let result = try decode("m f=1\nbroken\nm,a=1,a=2 f=1\nm,__name__=x f=1\nm g=2 -5000000\n")
    #expect(result.samples == ["m_f{} 1 @ 1"])
    #expect(result.rejected == 4)
    #expect(result.reason == "line 2, column 7: the line has no field")
  }

  @Test func `fields that are texts are counted`() throws {
    let decoding = SampleDecoding()
    _ = try decoding.decode(Array("m a=\"x\",b=\"y\",c=1\nm a=\"x\"".utf8), .lineSeconds)
    #expect(decoding.textFieldCount == 3)
  }

  @Test func `labels that are many times the request are refused`() throws {
    let tags = (0..<40).map { ",t\($0)=" + String(repeating: "x", count: 4_000) }.joined()
    let fields = (0..<1_000).map { "f\($0)=1" }.joined(separator: ",")
    #expect(throws: SampleDecodeError.tooLarge("the labels of its series take more than 128 MiB")) {
      try decode("m\(tags) \(fields)")
    }
  }

  @Test(arguments: [
    ("m f=1 1", true), ("m f=1", false), ("m f=1 1\nm f=2 2", true), ("m f=1 1\nm f=2", false),
  ])
  func `a request with times is recognised when it comes again`(text: String, isRecognised: Bool) {
    let json = text.split(separator: "\n").map { line in
      #"{"name": "m", "value": 1\#(line.hasSuffix(" 1") || line.hasSuffix(" 2") ? #", "time": 1"# : "")}"#
    }.joined(separator: "\n")
    for (body, encoding) in [(text, SampleEncoding.lineSeconds), (json, .pushedJSON)] {
      let ids = [1_000_000, 2_000_000].map { (time: Int64) in
        unsafe Array(body.utf8).withUnsafeBytes { bytes in
          unsafe SampleRequest(
            bytes, encoding, tenant: TenantID(1), receivedAt: UnixNanoseconds(time), times: 0...1
          ).batchID
        }
      }
      #expect((ids[0] == ids[1]) == isRecognised, "\(encoding)")
    }
  }

  @Test(arguments: [
    ("", LineProtocolPrecision.nanoseconds), ("db=x&precision=s", .seconds), ("precision=%6ds", .milliseconds),
    ("precision=", .nanoseconds), ("precision=d", nil), ("precisions=s", .nanoseconds),
  ])
  func `the precision is a parameter`(query: String, expected: LineProtocolPrecision?) {
    #expect(MetricsRoutes.precision(query) == expected)
  }
}
