import Base
import Engine
import Testing

@testable import TelemetryQueries

/// Searches over 40,000 traces of two spans, against what the rule that made them says.
///
/// Trace n starts n tenths of a second after the base, in the service `svc-(n % 7)`; its second span, of `db`, starts a
/// millisecond later.
@Suite struct TraceSearchTests {
  private static let traceCount: Int64 = 40_000
  private static let store = Result {
    try Harness([
      """
      INSERT INTO spans
        (tenant, trace_id, span_id, parent_span_id, name, service_name, kind, start_time, duration_ns, received_at)
      SELECT 1, unhex(leftPad(hex(number), 32, '0')), number * 2 + span, if(span = 1, number * 2, 0),
        if(span = 1, 'query', 'root'), if(span = 1, 'db', concat('svc-', toString(number % 7))), if(span = 1, 3, 2),
        fromUnixTimestamp64Nano(toInt64(\(Harness.base) + number * 100000000 + span * 1000000), 'UTC'),
        if(span = 1, 1, number * 7919 % 1000 + 10) * 1000000, toDateTime(\(Harness.base / 1_000_000_000), 'UTC')
      FROM numbers(1, \(traceCount)) ARRAY JOIN [0, 1] AS span
      """
    ]).engine
  }

  /// Thirty times as many spans as there are, so that the first part of a range is a fraction of it; and so many in all
  /// that the times of a page's traces are read first.
  private struct Dense: DerivedTables {
    var derivedUntil: Int64 { 0 }
    var visibleUntil: Int64 { 0 }
    var hasNewerCommits: Bool { true }
    func hasCorrections(after until: Int64) -> Bool { false }
    var rowCount: Int { .max }
    func density(of tenant: TenantID) -> SpanDensity {
      let first = Harness.base / 1_000_000_000
      return SpanDensity(
        minutes: (0...70).reversed().map { .init(start: first + $0 * 60, spans: 36_000) }, isComplete: true)
    }
    func read<Result, Failure: Error>(
      _ body: (_ derivedUntil: Int64?) throws(Failure) -> Result
    ) throws(Failure) -> Result { try body(0) }
  }

  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var service: String?
    var milliseconds: ClosedRange<Int64>?
    var limit = 20
    /// Of what is expected in all.
    var atLeast: Int
    /// A condition that many spans meet.
    var ofEverySpan = false

    var testDescription: String { name }
  }

  private static let cases = [
    Case(name: "without durations", service: "svc-3", atLeast: 5_000),
    Case(name: "of durations of a third", service: "svc-3", milliseconds: 500...800, atLeast: 1_000),
    Case(name: "of rare durations", service: "svc-3", milliseconds: 1_008...1_009, atLeast: 10),
    Case(name: "of durations that no trace has", service: "svc-3", milliseconds: 2_000...3_000, atLeast: 0),
    Case(name: "of a service of every trace, rare", service: "db", milliseconds: 1_000...1_009, atLeast: 300),
    Case(name: "by durations alone", milliseconds: 10...12, limit: 7, atLeast: 100),
    Case(name: "more than are counted here", milliseconds: 100...400, atLeast: 10_000, ofEverySpan: true),
  ]

  @Test(arguments: cases, [true, false])
  func `a search finds the newest of all that match, page by page`(wanted: Case, inParts: Bool) throws {
    let engine = try Self.store.get()
    let reader =
      inParts ? TelemetryReader.over(engine, derived: Dense()) : TelemetryReader.over(engine)
    let telemetry = reader.telemetry(of: TenantID(1), during: .background)
    var filter = SpanFilter(
      range: TimeRange(
        start: UnixNanoseconds(Harness.base - 60_000_000_000), end: UnixNanoseconds(Harness.base + 7_200_000_000_000)))
    filter.service = wanted.service
    if wanted.ofEverySpan { filter.minimumNanoseconds = 1 }
    var search = TraceSearch(filter: filter, limit: wanted.limit)
    search.minimumTraceNanoseconds = wanted.milliseconds.map { $0.lowerBound * 1_000_000 }
    search.maximumTraceNanoseconds = wanted.milliseconds.map { $0.upperBound * 1_000_000 }

    let expected = (1...Self.traceCount).reversed().filter { trace in
      let isOfService = wanted.service.map { $0 == "db" || $0 == "svc-\(trace % 7)" } ?? true
      return isOfService && wanted.milliseconds?.contains(trace * 7_919 % 1_000 + 10) != false
    }
    #expect(expected.count >= wanted.atLeast)
    let isChild = wanted.service != "svc-3"
    for page in 0..<3 {
      let found = try telemetry.traces(search).traces
      let traces = Array(expected.dropFirst(page * wanted.limit).prefix(wanted.limit))
      #expect(found.map(\.traceID) == traces.map { TraceID(high: 0, low: UInt64($0)) }, "page \(page)")
      #expect(found.map(\.durationNanoseconds) == traces.map { ($0 * 7_919 % 1_000 + 10) * 1_000_000 })
      #expect(
        found.map(\.place.key) == traces.map { Harness.base + $0 * 100_000_000 + (isChild ? 1_000_000 : 0) })
      guard let last = found.last else { break }
      search.place = last.place
    }
  }

  @Test func `the next search for the like begins with what the last one needed`() {
    let yields = SearchYields()
    let tenant = TenantID(1)
    var filter = SpanFilter(range: TimeRange(start: UnixNanoseconds(0), end: UnixNanoseconds(10)))
    filter.service = "a"
    #expect(yields.spansPerTrace(of: filter, tenant: tenant) == nil)
    yields.note(filter, tenant: tenant, spans: 100_000, traces: 50)
    filter.range = TimeRange(start: UnixNanoseconds(5), end: UnixNanoseconds(6))
    #expect(yields.spansPerTrace(of: filter, tenant: tenant) == 2_000)
    yields.note(filter, tenant: tenant, spans: 100_000, traces: 100)
    #expect(yields.spansPerTrace(of: filter, tenant: tenant) == 1_500)
    #expect(yields.spansPerTrace(of: filter, tenant: TenantID(2)) == nil)
    filter.service = "b"
    #expect(yields.spansPerTrace(of: filter, tenant: tenant) == 1_500, "another service yields like the last ones")
    yields.note(filter, tenant: tenant, spans: 100_000, traces: 0)
    filter.model = "m"
    #expect(yields.spansPerTrace(of: filter, tenant: tenant) == nil)
    filter.model = nil
    // No trace of 100,000 spans, after what is known of others.
    #expect(yields.spansPerTrace(of: filter, tenant: tenant) == 100_000)
  }
}
