import Base
import Engine
import Testing
import TraceQL

@testable import TelemetryQueries

/// What queries select of the spans of one trace, evaluated in memory.
@Suite struct SelectionTests {
  /// A trace: A over B1 and C, C over B2; and D, whose parent is not stored.
  private static let spans: [(id: UInt64, parent: UInt64, name: String)] = [
    (1, 0, "A"), (2, 1, "B"), (3, 1, "C"), (4, 3, "B"), (5, 99, "D"),
  ]

  private static func selected(
    _ text: String, of spans: [(id: UInt64, parent: UInt64, name: String)] = Self.spans
  ) throws -> [UInt64] {
    let plan = TraceQLPlan(try TraceQLParser.parse(text))
    var rows = SpansOfTrace()
    rows.spanIDs = spans.map(\.id)
    rows.parentIDs = spans.map(\.parent)
    rows.starts = spans.indices.map { Int64($0) }
    rows.durations = spans.map { Int64($0.id) * 1_000_000 }
    rows.isAsked = spans.map { _ in true }
    for span in spans {
      var bits: UInt64 = 0
      for (index, leaf) in plan.leaves.enumerated() where isTrue(leaf, of: span.name) { bits |= 1 << UInt64(index) }
      rows.leaves.append(bits)
    }
    rows.numbers = plan.numbers.map { _ in spans.map { Double($0.id) * 1e6 } }
    return plan.selection(of: rows).map { spans[$0].id }
  }

  /// The conditions of these tests are names or nothing.
  private static func isTrue(_ leaf: FieldExpression, of name: String) -> Bool {
    switch leaf {
    case .constant(let value): value
    case .comparison(let comparison): comparison.value == .string(name)
    default: false
    }
  }

  @Test(
    arguments: [
      (#"{ name = "C" } > { name = "B" }"#, [4]),
      (#"{ name = "A" } > { name = "B" }"#, [2]),
      (#"{ name = "C" } >> { name = "B" }"#, [4]),
      (#"{ name = "A" } >> { name = "B" }"#, [2, 4]),
      (#"{ name = "B" } > { name = "A" }"#, []),
      (#"{ } > { }"#, [2, 3, 4]),
      (#"{ } >> { name = "D" }"#, []),
      (#"({ name = "C" } && { name = "none" }) || { name = "A" }"#, [1]),
      (#"{ name = "C" } && { name = "D" }"#, [3, 5]),
      (#"{ name = "C" } || { name = "none" }"#, [3]),
      (#"({ name = "A" } > { name = "C" }) && { name = "D" }"#, [3, 5]),
      (#"{ name = "B" } | count() = 2"#, [2, 4]),
      (#"{ name = "B" } | count() > 2"#, []),
      (#"{ name = "A" } > { name = "B" } | avg(duration) = 2ms"#, [2]),
      (#"{ } | sum(duration) = 15ms | max(duration) > 4ms | min(duration) = 1ms"#, [1, 2, 3, 4, 5]),
      (#"{ name = "none" } | count() = 0"#, []),
    ] as [(String, [UInt64])])
  func `a query selects`(text: String, expected: [UInt64]) throws {
    #expect(try Self.selected(text) == expected)
  }

  @Test func `spans in a cycle are below each other`() throws {
    let cycle: [(id: UInt64, parent: UInt64, name: String)] = [(1, 3, "A"), (2, 1, "B"), (3, 2, "C"), (4, 3, "D")]
    #expect(try Self.selected(#"{ name = "A" } >> { name = "A" }"#, of: cycle) == [1])
    #expect(try Self.selected(#"{ name = "A" } >> { }"#, of: cycle) == [1, 2, 3, 4])
    #expect(try Self.selected(#"{ name = "D" } >> { }"#, of: cycle) == [])
    #expect(try Self.selected(#"{ name = "A" } > { }"#, of: [(1, 1, "A")]) == [1])
  }

  @Test func `a chain of a hundred thousand spans is walked once for each operator`() throws {
    let chain = (1...100_000 as ClosedRange<UInt64>).map { (id: $0, parent: $0 - 1, name: $0 == 1 ? "A" : "B") }
    #expect(try Self.selected(#"{ name = "A" } >> { name = "B" }"#, of: chain).count == 99_999)
    #expect(try Self.selected("{ } >> { }", of: chain).count == 99_999)
  }

  // MARK: - Pages of candidates

  private func place(_ key: Int64, _ id: UInt64) -> TracePlace {
    TracePlace(key: key, traceID: TraceID(high: 0, low: id))
  }

  @Test func `a page is complete when no later candidate can come before its last item`() {
    var page = CandidatePage<TracePlace>(limit: 2, isDescending: true)
    #expect(!page.isComplete)
    // The second candidate's place turned out to be far behind.
    page.add([place(90, 1), place(10, 2)], of: [place(90, 1), place(80, 2)])
    #expect(!page.isComplete)
    page.add([place(70, 3)], of: [place(70, 3)])
    #expect(page.isComplete)
    #expect(page.page == [place(90, 1), place(70, 3)])
  }

  @Test func `ids break ties as the order says`() {
    var page = CandidatePage<TracePlace>(limit: 3, isDescending: false)
    page.add([place(5, 9), place(5, 1), place(4, 7)], of: [place(5, 9)])
    #expect(page.page == [place(4, 7), place(5, 1), place(5, 9)])
    #expect(page.isComplete)
  }

  // MARK: - Values as answers show them

  @Test(
    arguments: [
      (#"["length"]"#, [#"{"arrayValue":{"values":[{"stringValue":"length"}]}}"#]),
      (
        "[1]",
        [#"{"arrayValue":{"values":[{"intValue":"1"}]}}"#, #"{"arrayValue":{"values":[{"doubleValue":1.0}]}}"#]
      ),
      (#"{"a": true}"#, [#"{"kvlistValue":{"values":[{"key":"a","value":{"boolValue":true}}]}}"#]),
      ("[null]", [#"{"arrayValue":{"values":[{}]}}"#]),
      ("length", []), ("[", []), ("5", []), ("", []),
    ] as [(String, [String])])
  func `lists and objects have the texts that are stored of them`(text: String, expected: [String]) {
    #expect(OTLPText.spellings(ofJSON: text) == expected)
  }

  // MARK: - Parts of ranges

  @Test func `parts that nobody counted grow without overflow`() {
    var spans = TenantTelemetry.firstSpanCount
    for _ in 0..<40 { spans = TenantTelemetry.spanCount(after: spans, found: 0, limit: 1_001) }
    #expect(spans == .max)
    #expect(TenantTelemetry.spanCount(after: .max, found: 1, limit: 1_001) == .max)
    #expect(TenantTelemetry.spanCount(after: 100, found: 10, limit: 100) == 1_500)
    #expect(TenantTelemetry.spanCount(after: 100, found: 99, limit: 100) == 200)
  }

  @Test(arguments: [1, 1_000, 6_000, 60_000_000_000] as [Int64], [true, false])
  func `a search from 1970 ends, wherever the counted minutes begin`(distance: Int64, inParts: Bool) throws {
    let minute: Int64 = 29_920_800 * 60
    let derived = Minutes(SpanDensity(minutes: [.init(start: minute, spans: 1)], isComplete: false))
    let reader = TelemetryReader.over(try Harness.sample.engine, derived: derived)
    let telemetry = reader.telemetry(of: TenantID(1), during: .background)
    let range = TimeRange(start: UnixNanoseconds(0), end: UnixNanoseconds(minute * 1_000_000_000 + distance))
    var parts: [TimeRange] = []
    let found = try telemetry.newestSpansFirst(of: range, newest: nil, limit: 51, isOfParts: inParts) {
      (part) throws(QueryFailure) -> [TracePlace]? in
      parts.append(part.range)
      return []
    }
    #expect(found == [])
    #expect(parts.count < 20)
    #expect(parts.map(\.start).min() == range.start)
    #expect(parts.map(\.end).max() == range.end)
  }

  /// Tables that nobody fills, with counts of spans.
  private struct Minutes: DerivedTables {
    let density: SpanDensity
    init(_ density: SpanDensity) { self.density = density }
    var derivedUntil: Int64 { 0 }
    var visibleUntil: Int64 { 0 }
    var hasNewerCommits: Bool { true }
    var rowCount: Int { 0 }
    func hasCorrections(after until: Int64) -> Bool { false }
    func density(of tenant: TenantID) -> SpanDensity { density }
    func read<Result, Failure: Error>(
      _ body: (_ derivedUntil: Int64?) throws(Failure) -> Result
    ) throws(Failure) -> Result { try body(0) }
  }
}
