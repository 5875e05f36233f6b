import Base
import Engine
import InterchangeTestSupport
import SQLBuilder
import Telemetry
import TestSupport
import Testing
import TraceInterchange
import TraceQL

@testable import JaegerAPI
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

  @Test(arguments: [
    ("error:true", "{ status = error || .error = true }"), ("error:false", "{ !(status = error || .error = true) }"),
    ("otel.status_description:bad", #"{ statusMessage = "bad" }"#),
    ("otel.scope.name:vllm", #"{ instrumentation:name = "vllm" }"#),
    ("otel.library.version:1", #"{ instrumentation:version = "1" }"#),
    ("error:true&tag=otel.scope.name:x", #"{ (status = error || .error = true) && instrumentation:name = "x" }"#),
  ])
  func `other tags of Jaeger are conditions`(tag: String, query: String) throws {
    try QueryText.expect(try Self.jaeger("tag=\(tag)")?.filter.query, selects: query)
  }

  @Test func `calls between services are counted by grouping`() throws {
    let range = TimeRange(start: Fixtures.start, end: Fixtures.now)
    let statement = TenantTelemetry.dependencySelect(in: range).statement(
      for: TenantID(7), limits: InterchangeServer.limits)
    try Snapshot.expect(statement.text + "\n", named: "dependencies.sql")
  }
}
