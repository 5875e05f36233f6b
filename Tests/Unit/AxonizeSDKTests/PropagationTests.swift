import AxonizeTesting
import Testing

@testable import Axonize

/// W3C Trace Context and Baggage.
@Suite struct PropagationTests {
  static let traceID = "0af7651916cd43dd8448eb211c80319c"
  static let spanID = "b7ad6b7169203331"
  static let parent = "00-\(traceID)-\(spanID)-01"

  @Test func `what is injected is extracted`() throws {
    try withSpanRecorder { recorder throws in
      try withContext(TraceContext(span: ParentTests.remote, baggage: ["user": "ü 1"])) {
        try withSpan("s") { span throws in
          try withBaggage(["tenant": "a,b"]) {
            var headers = ["accept": "*/*"]
            TraceContext.inject(into: &headers)
            #expect(
              headers == [
                "accept": "*/*", "traceparent": "00-\(span.traceID)-\(span.spanID)-01", "tracestate": "vendor=value",
                "baggage": "user=%C3%BC%201,tenant=a%2Cb",
              ])
            let context = try #require(TraceContext.extract(from: headers))
            #expect(context.baggage == ["user": "ü 1", "tenant": "a,b"])
            var expected = span.context
            expected.isRemote = true
            #expect(context.span == expected)
          }
          #expect(Baggage.current == ["user": "ü 1"])
        }
      }
      #expect(Baggage.current.isEmpty)
    }
  }

  @Test func `outside of a span there is nothing to inject`() {
    withSpanRecorder { _ in #expect(TraceContext.currentHeaders.isEmpty) }
    #expect(TraceContext.currentHeaders.isEmpty)
  }

  @Test(arguments: [
    (Self.parent, true),
    ("  \(Self.parent)\t", true),
    ("00-\(Self.traceID)-\(Self.spanID)-00", true),
    ("01-\(Self.traceID)-\(Self.spanID)-01-more", true),
    ("00-\(Self.traceID)-\(Self.spanID)-01-more", false),
    ("ff-\(Self.traceID)-\(Self.spanID)-01", false),
    ("00-\(Self.traceID.uppercased())-\(Self.spanID)-01", false),
    ("00-00000000000000000000000000000000-\(Self.spanID)-01", false),
    ("00-\(Self.traceID)-0000000000000000-01", false),
    ("00-\(Self.traceID)-\(Self.spanID)-1", false),
    ("00-\(Self.traceID)-\(Self.spanID)-0x", false),
    ("00-\(Self.traceID)-\(Self.spanID)", false),
    ("0g-\(Self.traceID)-\(Self.spanID)-01", false),
    ("", false),
  ])
  func `traceparent is read as its specification says`(header: String, isValid: Bool) {
    let span = TraceContext.extract(from: ["Traceparent": header])?.span
    #expect((span != nil) == isValid)
    if let span {
      #expect((span.traceID.description, span.spanID.description) == (Self.traceID, Self.spanID))
      #expect(span.isSampled == !header.hasSuffix("-00"))
      #expect(span.isRemote)
    }
  }

  @Test func `two traceparents are none, two tracestates are one`() {
    #expect(
      TraceContext.extract(
        from: [("traceparent", Self.parent), ("traceparent", Self.parent)].map { (key: $0, value: $1) }) == nil)
    let context = TraceContext.extract { name in
      ["traceparent": [Self.parent], "tracestate": ["a=1", "b=2"]][name] ?? []
    }
    #expect(context?.span?.traceState == "a=1,b=2")
  }

  @Test(arguments: [(String(repeating: "a", count: 513), ""), ("a=\u{7f}", ""), ("a=1", "a=1")])
  func `a tracestate that is too long or not printable is left out`(header: String, expected: String) {
    let context = TraceContext.extract(from: ["traceparent": Self.parent, "TRACESTATE": header])
    #expect(context?.span?.traceState == expected)
  }

  @Test(
    arguments: [
      ("a=1", ["a": "1"] as Baggage),
      ("a=1;property=x, b = %32 ", ["a": "1", "b": "2"]),
      ("a=1,nonsense,=3,b c=4,d=", ["a": "1", "d": ""]),
      ("a=%zz%2", ["a": "%zz%2"]),
      ("a=%ff", ["a": "\u{fffd}"]),
      (String(repeating: "a", count: 8191) + "=1", [:]),
    ] as [(String, Baggage)])
  func `baggage is read as its specification says`(header: String, expected: Baggage) {
    #expect(TraceContext.extract(from: ["baggage": header])?.baggage ?? [:] == expected)
    #expect(TraceContext.extract(from: ["baggage": header])?.span == nil)
  }

  @Test func `baggage keeps to its limits`() {
    var baggage = Baggage()
    for index in 0..<100 { baggage["key\(index)"] = "v" }
    #expect(baggage.header.split(separator: ",").count == 64)
    var large = Baggage()
    for index in 0..<10 { large["k\(index)"] = String(repeating: "x", count: 1000) }
    #expect(large.header.utf8.count <= 8192)
    #expect(large.header.split(separator: ",").count == 8)
  }

  @Test func `baggage travels to child tasks`() async {
    await withBaggage(["a": "1"]) {
      async let seen = Baggage.current
      #expect(await seen == ["a": "1"])
    }
  }

  @Test(arguments: ["", "12", "0x12", "0af7651916cd43dd8448eb211c80319", "zaf7651916cd43dd8448eb211c80319c"])
  func `ids are hexadecimal digits of their length`(text: String) {
    #expect(TraceID(text) == nil)
    #expect(SpanID(text) == nil)
  }
}
