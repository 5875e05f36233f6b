import Base
import Engine
import InterchangeTestSupport
import Telemetry
import TestSupport
import Testing
import TraceInterchange
import TraceQL

@testable import TelemetryQueries
@testable import TempoAPI

@Suite struct SearchTests {
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
    try QueryText.expect(filter.query, selects: query)
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
}
