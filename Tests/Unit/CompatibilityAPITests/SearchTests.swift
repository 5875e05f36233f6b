import Base
import Engine
import SQLBuilder
import Telemetry
import TestSupport
import Testing
import TraceQL

@testable import CompatibilityAPI
@testable import TelemetryQueries

@Suite struct SearchTests {
  private static func jaeger(_ query: String) throws -> TraceSearch? {
    try JaegerSearch.read(LenientParameters("service=chat&" + query), now: Fixtures.now)
  }

  @Test func `Jaeger's parameters become a search`() throws {
    let search = try #require(
      try Self.jaeger(
        "operation=generate&start=1000&end=2000&limit=7&minDuration=1.5ms&maxDuration=2s"
          + "&tags=%7B%22http.status_code%22%3A%22200%22%7D&tag=a:b:c"))
    var filter = SpanFilter(range: TimeRange(start: UnixNanoseconds(1_000_000), end: UnixNanoseconds(2_001_000)))
    filter.service = "chat"
    filter.operation = "generate"
    filter.minimumNanoseconds = 1_500_000
    filter.maximumNanoseconds = 2_000_000_000
    filter.attributes = [
      AttributeFilter(place: .either, key: "a", value: "b:c"),
      AttributeFilter(place: .either, key: "http.status_code", value: "200"),
    ]
    #expect(search == TraceSearch(filter: filter, limit: 7))
  }

  @Test(arguments: [("", 172_800), ("lookback=1h", 3_600), ("lookback=2d", 172_800), ("lookback=custom", 172_800)])
  func `Jaeger's searches look back so many seconds`(query: String, seconds: Int64) throws {
    let range = try #require(try Self.jaeger(query)).filter.range
    #expect(range.end.rawValue == Fixtures.now.rawValue + 1_000)
    #expect(Fixtures.now.rawValue - range.start.rawValue == seconds * 1_000_000_000)
  }

  @Test func `more traces than an answer holds are cut to what it holds`() throws {
    #expect(try Self.jaeger("limit=99999")?.limit == 1_500)
    #expect(try Self.jaeger("")?.limit == 100)
  }

  @Test(
    arguments: [
      ("span.kind", "SERVER", SpanKind?.some(.server), SpanStatus?.none), ("otel.status_code", "ok", nil, .ok),
      ("otel.status_code", "ERROR", nil, .error),
    ] as [(String, String, SpanKind?, SpanStatus?)])
  func `some of Jaeger's tags are fields of a span`(
    key: String, value: String, kind: SpanKind?, status: SpanStatus?
  ) throws {
    let filter = try #require(try Self.jaeger("tag=\(key):\(value)")).filter
    #expect(filter.kind == kind)
    #expect(filter.status == status)
    #expect(filter.attributes.isEmpty)
    #expect(filter.query == nil)
  }

  @Test(arguments: ["span.kind:nobody", "otel.status_code:FINE", "error:maybe"])
  func `a tag that no span can have finds nothing`(tag: String) throws {
    #expect(try Self.jaeger("tag=\(tag)") == nil)
  }

  /// Queries are compared without their positions, which generated ones do not have.
  private func expect(_ query: TraceQLQuery?, selects text: String) throws {
    let plain = { (query: TraceQLQuery?) in
      query.map { "\($0.spansets)".replacing(#/position: [^)]*\)/#, with: "") }
    }
    #expect(try plain(query) == plain(TraceQLParser.parse(text)))
  }

  @Test(arguments: [
    ("error:true", "{ status = error || .error = true }"), ("error:false", "{ !(status = error || .error = true) }"),
    ("otel.status_description:bad", #"{ statusMessage = "bad" }"#),
    ("otel.scope.name:vllm", #"{ instrumentation:name = "vllm" }"#),
    ("otel.library.version:1", #"{ instrumentation:version = "1" }"#),
    ("error:true&tag=otel.scope.name:x", #"{ (status = error || .error = true) && instrumentation:name = "x" }"#),
  ])
  func `other tags of Jaeger are conditions`(tag: String, query: String) throws {
    try expect(try Self.jaeger("tag=\(tag)")?.filter.query, selects: query)
  }

  @Test(arguments: [
    ("service.name=Cart", #"{ .service.name =~ "(?is).*Cart.*" }"#),
    ("a.b=x(1)", #"{ .a.b =~ "(?is).*x\\(1\\).*" }"#),
    ("n=5", #"{ .n =~ "(?is).*5.*" || .n = 5 }"#),
    ("n=0.5", #"{ .n =~ "(?is).*0\\.5.*" || .n = 0.5 }"#),
    ("f=true", #"{ .f =~ "(?is).*true.*" || .f = true }"#),
    ("name=GET", #"{ name =~ "(?is).*GET.*" }"#),
    ("status.code=error", "{ status = error }"),
    ("error=true", "{ status = error }"),
    ("root.name=x", #"{ rootName =~ "(?is).*x.*" }"#),
  ])
  func `Tempo's tags look for parts of values`(tags: String, query: String) throws {
    let tag = try #require(try Logfmt.parse(tags).first)
    var filter = SpanFilter(range: TimeRange(start: Fixtures.start, end: Fixtures.now))
    filter.require(TempoTagFilter.condition(tag.key, tag.value))
    try expect(filter.query, selects: query)
  }

  @Test(arguments: [
    ("", []), ("a=b", ["a", "b"]), ("  a=b\tc=d ", ["a", "b", "c", "d"]), (#"a="b c" d=e"#, ["a", "b c", "d", "e"]),
    (#"a="q\"\\\n""#, ["a", "q\"\\\n"]), ("a", ["a", ""]), ("a= b=c", ["a", "", "b", "c"]),
    ("http.url=a=b", ["http.url", "a=b"]),
  ])
  func `logfmt is read`(text: String, pairs: [String]) throws {
    #expect(try Logfmt.parse(text).flatMap { [$0.key, $0.value] } == pairs)
  }

  @Test func `the fields that a query reads are told once, in order`() throws {
    let query = try TraceQLParser.parse(
      #"{ span.a = 1 && .b = "x" } && { status = error || span.a > 2 } | avg(span.c) > 1 | select(resource.d)"#)
    #expect(
      query.fields == [
        .attribute(.span, key: "a"), .attribute(.unscoped, key: "b"), .intrinsic(.status),
        .attribute(.span, key: "c"), .attribute(.resource, key: "d"),
      ])
  }

  @Test func `calls between services are counted by grouping`() throws {
    let range = TimeRange(start: Fixtures.start, end: Fixtures.now)
    let statement = TenantTelemetry.dependencySelect(in: range).statement(for: TenantID(7), limits: Fixtures.limits)
    try Snapshot.expect(statement.text + "\n", named: "dependencies.sql")
  }
}
