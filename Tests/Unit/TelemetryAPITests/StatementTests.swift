import Base
import Engine
import SQLBuilder
import Schema
import Telemetry
import TelemetryTables
import TestSupport
import Testing
import TraceQL

@testable import TelemetryQueries

@Suite struct StatementTests {
  private static let range = TimeRange(
    start: UnixNanoseconds(1_795_248_000_000_000_000), end: UnixNanoseconds(1_795_251_600_000_000_000))
  private static let id = TraceID(high: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10)

  /// A filter with everything set.
  private var everything: SpanFilter {
    var filter = SpanFilter(range: Self.range)
    filter.service = "chat"
    filter.operation = "chat llama"
    filter.status = .error
    filter.kind = .server
    filter.model = "llama-3"
    filter.provider = "vllm"
    filter.user = "u1"
    filter.session = "s1"
    filter.gpu = "GPU-1"
    filter.minimumNanoseconds = 1_000
    filter.maximumNanoseconds = 2_000
    filter.attributes = [
      AttributeFilter(place: .span, key: "http.route", value: "/v1"),
      AttributeFilter(place: .span, key: "gen_ai.usage.input_tokens", value: "5"),
      AttributeFilter(place: .resource, key: "host.name", value: "a'b"),
      AttributeFilter(place: .resource, key: "service.name", value: "chat"),
      AttributeFilter(place: .either, key: "zone", value: ""),
    ]
    return filter
  }

  @Test func `a trace search without filter`() throws {
    let search = TraceSearch(filter: SpanFilter(range: Self.range), limit: 51)
    try Snapshot.expect(
      TraceSearchSQL.page(search, in: Self.range), named: "traces-newest")
  }

  @Test func `a trace search with every filter`() throws {
    var search = TraceSearch(filter: everything, limit: 51)
    search.order = .longestFirst
    search.place = TracePlace(key: 5_000, traceID: Self.id)
    search.minimumTraceNanoseconds = 10
    search.maximumTraceNanoseconds = 20
    try Snapshot.expect(TraceSearchSQL.page(search, in: Self.range), named: "traces-filtered")
  }

  @Test func `a trace search by time with durations of traces`() throws {
    var search = TraceSearch(filter: SpanFilter(range: Self.range), limit: 51)
    search.order = .oldestFirst
    search.minimumTraceNanoseconds = 10
    try Snapshot.expect(TraceSearchSQL.page(search, in: Self.range), named: "traces-oldest")
  }

  @Test func `the matching spans of a trace search`() throws {
    var filter = SpanFilter(range: Self.range)
    filter.service = "chat"
    try Snapshot.expect(
      TraceSearchSQL.matchingSpans(
        TraceSearch(filter: filter, limit: 51), in: RangePart(range: Self.range, spanCount: 100_000), limit: 9),
      named: "traces-matching-spans")
  }

  @Test func `the longest traces`() throws {
    var search = TraceSearch(filter: SpanFilter(range: Self.range), limit: 51)
    search.minimumTraceNanoseconds = 10
    search.place = TracePlace(key: 5_000, traceID: Self.id)
    try Snapshot.expect(LongestTracesSQL.within(search, limit: 67), named: "traces-longest-within")
    try Snapshot.expect(LongestTracesSQL.crossing(search), named: "traces-longest-crossing")
  }

  @Test func `the bounds of traces`() throws {
    try Snapshot.expect(TraceBoundsSQL.derived([Self.id]), named: "trace-bounds")
    try Snapshot.expect(TraceBoundsSQL.newer([Self.id], than: 7), named: "trace-bounds-newer")
  }

  @Test func `traces of a session`() throws {
    var filter = SpanFilter(range: Self.range)
    filter.traceSession = "s1"
    filter.traceUser = "u1"
    filter.model = "m"
    try Snapshot.expect(
      TraceSearchSQL.page(TraceSearch(filter: filter, limit: 51), in: Self.range), named: "traces-of-session")
  }

  @Test func `attributes that some spans have lists of`() throws {
    var filter = SpanFilter(range: Self.range)
    filter.query = try TraceQLParser.parse(
      #"{ span.a = "x" && span.a !~ "y" && .b > 2 && span.c = 0.5 && span.d = true && span.gen_ai.provider.name = "z" }"#
    )
    filter.listKeys = ["a", "b", "c", "d", "gen_ai.provider.name"]
    try Snapshot.expect(SpanSearchSQL.page(SpanSearch(filter: filter, limit: 51), in: Self.range), named: "lists")
  }

  @Test func `spans by their ids`() throws {
    try Snapshot.expect(
      SpanSearchSQL.spans(
        traceIDs: [Self.id, Self.id], spanIDs: [SpanID(1), SpanID(2)], range: (Self.range.start, Self.range.end)),
      named: "spans-by-id")
  }

  @Test func `the details of traces`() throws {
    try Snapshot.expect(
      TraceSearchSQL.spans(of: [Self.id], within: Self.range.conditions(on: "start_time"), limit: 9),
      named: "traces-details-of-spans")
    try Snapshot.expect(
      TraceSearchSQL.details(of: [Self.id], within: Self.range.conditions(on: "start_time")),
      named: "traces-details")
  }

  @Test(arguments: [
    ("span", #"{ span.http.route = "/v1" && .x != "y" && resource.service.name =~ "a.*" }"#),
    ("numbers", "{ span.a > 5 && .b <= 1.5 && duration > 200ms && span.gen_ai.usage.output_tokens >= 10 }"),
    ("kinds", "{ status = error && kind != server && span.flag && !(.x = nil) && resource.y != nil }"),
    ("ids", #"{ span:id = "051581bf3cb55c13" || trace:id = "5b8aa5a2d2c872e8321cf37308d69df2" }"#),
    ("traces", #"{ rootName = "GET /" && rootServiceName !~ "b" && traceDuration > 1s }"#),
    ("both", #"{ name = "a" } && { name = "b" }"#),
    ("either", #"{ name = "a" } || { span.gen_ai.request.model = "m" }"#),
    ("child", #"{ name = "a" } > { name = "b" }"#),
    ("descendant", #"{ name = "a" } >> { name = "b" }"#),
    ("aggregates", "{ status = error } | count() > 2 | avg(duration) > 1s | max(span.a) < 5"),
    ("scopes", "{ } | sum(resource.a) > 2 | min(.b) = 1 | max(instrumentation.c) < 5 | avg(traceDuration) > 1s"),
    ("instrumentation", #"{ instrumentation:name = "x" && instrumentation.k = "v" && statusMessage = "no" }"#),
  ])
  func `a query in TraceQL`(name: String, text: String) throws {
    var filter = SpanFilter(range: Self.range)
    filter.query = try TraceQLParser.parse(text)
    let search = TraceSearch(filter: filter, limit: 51)
    try Snapshot.expect(
      TraceSearchSQL.page(search, in: Self.range), named: "traceql-\(name)")
    guard filter.isAboutTraces else {
      return try Snapshot.expect(
        SpanSearchSQL.page(SpanSearch(filter: filter, limit: 51), in: Self.range), named: "traceql-\(name)-spans")
    }
    let plan = try #require(filter.plan)
    try Snapshot.expect(SelectionSQL.rows(of: [Self.id], filter, plan, limit: 9), named: "traceql-\(name)-rows")
  }

  @Test func `a span search`() throws {
    var search = SpanSearch(filter: everything, limit: 51)
    search.place = SpanSearchPlace(key: 9, traceID: Self.id, spanID: SpanID(3))
    try Snapshot.expect(SpanSearchSQL.page(search, in: Self.range), named: "spans-filtered")
  }

  @Test(arguments: [nil] + AnalyticsGrouping.allCases, [nil, 5 as Int64])
  func `analytics`(grouping: AnalyticsGrouping?, minutes: Int64?) throws {
    var query = AnalyticsQuery(range: Self.range)
    query.grouping = grouping
    query.stepMinutes = minutes
    query.service = "chat"
    query.model = "m"
    let name = "analytics-\(grouping?.rawValue ?? "total")-\(minutes.map(String.init) ?? "whole")"
    try Snapshot.expect(AnalyticsSQL(query).sums(), named: name)
    try Snapshot.expect(AnalyticsSQL(query).durations(groups: ["a"]), named: "\(name)-durations")
  }

  @Test func `an overview with its total`() throws {
    var query = AnalyticsQuery(range: Self.range)
    query.grouping = .service
    try Snapshot.expect(AnalyticsSQL(query).sums(), named: "analytics-overview")
    try Snapshot.expect(
      AnalyticsSQL(query).durations(groups: ["a"], withTotal: true), named: "analytics-overview-durations")
  }

  @Test func `durations of whole hours, with the minutes at both ends`() throws {
    let hour: Int64 = 3_600_000_000_000
    let start = Self.range.start.rawValue / hour * hour
    var query = AnalyticsQuery(
      range: TimeRange(start: UnixNanoseconds(start - hour / 2), end: UnixNanoseconds(start + 3 * hour + hour / 4)))
    query.grouping = .service
    try Snapshot.expect(AnalyticsSQL(query).durations(groups: []), named: "analytics-hours-durations")
    // When nothing is newer, the last hour counts whole and no span is read for it.
    try Snapshot.expect(
      AnalyticsSQL(query, newest: query.range.end).durations(groups: []), named: "analytics-last-hour-durations")
  }

  @Test func `GPUs with their durations, the spans at both ends read once`() throws {
    let hour: Int64 = 3_600_000_000_000
    let start = Self.range.start.rawValue / hour * hour
    var query = AnalyticsQuery(
      range: TimeRange(start: UnixNanoseconds(start - hour / 2), end: UnixNanoseconds(start + 3 * hour + hour / 4)))
    query.grouping = .gpu
    try Snapshot.expect(#require(AnalyticsSQL(query).sumsAndDurations()), named: "analytics-gpu-hours")
    query.service = "chat"
    #expect(AnalyticsSQL(query).sumsAndDurations() == nil, "The tables of GPUs do not know services.")
  }

  @Test func `calls that are taken back`() throws {
    var query = AnalyticsQuery(range: Self.range)
    query.grouping = .model
    let statements = AnalyticsSQL(query, hasLateOuterSpans: true)
    try Snapshot.expect(statements.sums(), named: "analytics-late")
    try Snapshot.expect(statements.durations(groups: ["a"]), named: "analytics-late-durations")
    let corrected = statements.sums().statement(for: TenantID(7), limits: .ofDefaults, derivedUntil: 5).text
    #expect(corrected.contains("FROM span_minutes_of_corrections(after = 5, until = 9223372036854775807)"))
    let none = statements.sums().statement(
      for: TenantID(7), limits: .ofDefaults, derivedUntil: 5, hasCorrections: false
    ).text
    #expect(!none.contains("of_corrections"))
  }

  @Test func `sessions of a page, and what their traces did`() throws {
    var search = OwnerSearch(.session, range: Self.range, limit: 10)
    search.model = "m"
    search.status = .error
    search.place = OwnerPlace(key: 5, hash: 6)
    let statements = OwnerSQL(search: search, hasLateOuterSpans: true)
    try Snapshot.expect(statements.page(), named: "sessions")
    try Snapshot.expect(statements.sums(of: ["s"]), named: "sessions-sums")
  }

  @Test func `a derived table without newer commits is read alone`() throws {
    let select = LongestTracesSQL.within(TraceSearch(filter: SpanFilter(range: Self.range), limit: 5), limit: 9)
    let whole = select.statement(for: TenantID(7), limits: .ofDefaults, derivedUntil: 5).text
    #expect(whole.contains("FROM traces_of_commits(after = 5, until = 9223372036854775807)"))
    let alone = select.statement(for: TenantID(7), limits: .ofDefaults, derivedUntil: nil).text
    #expect(alone.contains("FROM traces\n"))
    #expect(!alone.contains("of_commits"))
  }

  @Test func `logs`() throws {
    var search = LogSearch(range: Self.range, limit: 10)
    search.service = "chat"
    search.severityMinimum = 9
    search.traceID = Self.id
    search.text = "boom"
    search.attributes = [AttributeFilter(place: .span, key: "a", value: "b")]
    search.place = (5, 6)
    try Snapshot.expect(LogSQL.page(search, in: Self.range), named: "logs")
  }

  @Test func `a follower`() throws {
    let commits = Self.range.start.rawValue..<Self.range.end.rawValue
    try Snapshot.expect(
      TailSQL.spans(SpanFilter(range: Self.range), ofCommitsIn: commits, limit: 500), named: "tail-spans")
  }

  /// Statements without a snapshot, with many filters at once.
  private static var further: [String] {
    get throws {
      var filter = StatementTests().everything
      filter.query = try TraceQLParser.parse(
        #"{ resource.a = "b" && rootName = "c" && instrumentation.d = "e" } >> { .f = 1 }"#)
      filter.traceSession = "s"
      return [
        TraceSearchSQL.page(TraceSearch(filter: filter, limit: 1), in: Self.range),
        SelectionSQL.rows(of: [Self.id], filter, try #require(filter.plan), limit: 9),
        SpanSearchSQL.page(SpanSearch(filter: filter, limit: 1), in: Self.range),
      ].map { $0.statement(for: TenantID(7), limits: .ofDefaults).text }
    }
  }

  /// What follows a table where a statement reads one: the arguments of a view, then the tenant.
  private static func readsOfTables(_ text: String) -> [(table: Substring, isOfTenant: Bool)] {
    let words = text.split { $0 == " " || $0 == "\n" }
    return words.indices.filter { ["FROM", "JOIN"].contains(words[$0]) && !words[$0 + 1].hasPrefix("(") }.map { place in
      var next = place + 2
      if words[place + 1].contains("("), !words[place + 1].hasSuffix(")") {
        next = words[next...].firstIndex { $0.hasSuffix(")") }.map { $0 + 1 } ?? words.count
      }
      let scope = words[next...].prefix(4).joined(separator: " ")
      return (words[place + 1], ["WHERE", "PREWHERE"].contains { scope.hasPrefix("\($0) tenant = {tenant:UInt32}") })
    }
  }

  @Test func `every statement names the tenant wherever it reads a table`() throws {
    let stored = try Snapshot.stored(ending: ".sql")
    #expect(stored.count > 50)
    for text in try stored + Self.further {
      let reads = Self.readsOfTables(text)
      #expect(!reads.isEmpty, "\(text)")
      for read in reads { #expect(read.isOfTenant, "\(read.table) in \(text)") }
    }
  }

  @Test(arguments: [
    "SELECT 1 FROM spans", "SELECT 1 FROM (SELECT 2 FROM spans WHERE tenant = {tenant:UInt32}) JOIN logs WHERE a",
    "SELECT 1 FROM traces_of_commits(after = 0, until = 1) WHERE a AND tenant = {tenant:UInt32}",
    "SELECT 1 FROM spans WHERE tenant = {tenant:UInt32} UNION ALL SELECT 1 FROM spans WHERE tenant = {p1:UInt32}",
  ])
  func `a statement that reads a table of every tenant is found`(text: String) {
    #expect(Self.readsOfTables(text).count { !$0.isOfTenant } == 1)
  }

  @Test func `no text of a user becomes SQL`() throws {
    let evil = "'; DROP TABLE spans; --"
    var filter = SpanFilter(range: Self.range)
    filter.service = evil
    filter.attributes = [AttributeFilter(place: .either, key: evil, value: evil)]
    filter.query = try TraceQLParser.parse("{ span.\"\(evil)\" = \"\(evil)\" || name =~ \"\(evil)\" }")
    let statement = SpanSearchSQL.page(SpanSearch(filter: filter, limit: 1), in: Self.range)
      .statement(for: TenantID(7), limits: .ofDefaults)
    #expect(!statement.text.contains("DROP"))
    #expect(statement.parameters.values.contains(.string(evil)))
  }
}
