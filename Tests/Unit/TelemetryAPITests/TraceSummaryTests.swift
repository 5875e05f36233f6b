import Base
import Engine
import SQLBuilder
import Testing
import TraceQL

@testable import TelemetryQueries

@Suite struct TraceSummaryTests {
  @Test func `a trace's summary is the same whoever counts its spans`() throws {
    // One span twice, as a retry leaves it, and two roots, of which the earlier names the trace.
    let again = SpanRow(trace: 1, span: 13, parent: 12, name: "SELECT", service: "db", offsetMilliseconds: 10)
    let late = SpanRow(
      trace: 1, span: 14, name: "late root", offsetMilliseconds: 90, durationMilliseconds: 500, status: 2)
    let harness = try Harness(SampleRows.all + [again.insert, late.insert])
    let telemetry = TelemetryReader.over(harness.engine).telemetry(of: TenantID(1), during: .background)
    let ids = try (1...4).map { try #require(TraceID(hex: SpanRow.id($0))) }
    let hour = TimeRange(
      start: UnixNanoseconds(Harness.base - 1), end: UnixNanoseconds(Harness.base + 3_600_000_000_000))
    let bounds = hour.conditions(on: "start_time")
    let here = try telemetry.summaries(of: ids, within: bounds)
    let byEngine = try telemetry.summaries(of: ids, within: bounds, countingHereAtMost: 0)
    #expect(here == byEngine)
    #expect(here.count == 4)
    let first = try #require(here[ids[0]])
    #expect(first.spanCount == 4)
    #expect(first.errorCount == 1)
    #expect(first.rootName == "POST /v1/chat")
    #expect(first.durationNanoseconds == 590_000_000)
    #expect(here[ids[3]]?.rootName == nil)
  }

  @Test(arguments: [#"{ duration >= 0ms }"#, #"{ name = "SELECT" }"#, #"{ name = "nothing" }"#])
  func `the spans that match are the same, read at once or found first`(query: String) throws {
    let again = SpanRow(trace: 1, span: 13, parent: 12, name: "SELECT", service: "db", offsetMilliseconds: 10)
    let telemetry = TelemetryReader.over(try Harness(SampleRows.all + [again.insert]).engine)
      .telemetry(of: TenantID(1), during: .background)
    let ids = try (1...4).map { try #require(TraceID(hex: SpanRow.id($0))) }
    var filter = SpanFilter(
      range: TimeRange(
        start: UnixNanoseconds(Harness.base - 1), end: UnixNanoseconds(Harness.base + 3_600_000_000_000)))
    filter.query = try TraceQLParser.parse(query)
    let atOnce = try telemetry.matchingSpans(of: ids, filter, countPerTraceMax: 2)
    let foundFirst = try telemetry.matchingSpans(of: ids, filter, countPerTraceMax: 2, readingAtOnceAtMost: 0)
    #expect(atOnce.mapValues(\.count) == foundFirst.mapValues(\.count))
    #expect(atOnce.mapValues { $0.spans.map(\.spanID) } == foundFirst.mapValues { $0.spans.map(\.spanID) })
    #expect(atOnce.isEmpty == query.contains("nothing"))
  }
}
