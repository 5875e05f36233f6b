import Base
import Columns
import Engine
import EngineTestSupport
import Telemetry
import Testing

@testable import Commit
@testable import EmbeddedEngine

/// Goal: whatever the order, the commits and the copies in which spans come, the tables count each span once and of spans in
/// each other that tell tokens only the innermost.
@Suite struct CountingTests {
  private struct Span {
    var trace: UInt64
    var id: UInt64
    var parent: UInt64
    var tokens: UInt64?
    var model: String
  }

  private struct Totals: Equatable {
    var spans: UInt64 = 0
    var calls: UInt64 = 0
    var tokens: UInt64 = 0
  }

  /// A random tree: mostly chains and bushes, some parents that never come.
  private func tree(_ trace: UInt64, _ random: inout some RandomNumberGenerator) -> [Span] {
    (1...UInt64.random(in: 1...12, using: &random)).map { id in
      var parent = id == 1 ? 0 : UInt64.random(in: 1..<id, using: &random)
      if Int.random(in: 0..<12, using: &random) == 0 { parent = 1_000 }
      let tellsTokens = Bool.random(using: &random)
      let namesModel = tellsTokens || Int.random(in: 0..<4, using: &random) == 0
      return Span(
        trace: trace, id: id, parent: parent, tokens: tellsTokens ? .random(in: 1...100, using: &random) : nil,
        model: namesModel ? ["m1", "m2"].randomElement(using: &random) ?? "" : "")
    }
  }

  /// What counts, by the model, as the plain reading of the rule has it.
  private func expected(_ spans: [Span]) -> [String: Totals] {
    var totals: [String: Totals] = [:]
    for span in spans {
      func hasCallInside(_ id: UInt64) -> Bool {
        spans.contains { $0.trace == span.trace && $0.parent == id && ($0.tokens != nil || hasCallInside($0.id)) }
      }
      totals[span.model, default: Totals()].spans += 1
      guard !span.model.isEmpty || span.tokens != nil, !hasCallInside(span.id) else { continue }
      totals[span.model, default: Totals()].calls += 1
      totals[span.model, default: Totals()].tokens += span.tokens ?? 0
    }
    return totals
  }

  private func block(_ spans: [Span]) -> SpanBlock {
    let block = SpanBlock()
    for span in spans {
      SpanRows.append(to: block, 0..<1, trace: span.trace, model: span.model, gpu: "g", tokens: { _ in span.tokens })
      block.spanID[block.spanID.rowCount - 1] = span.id
      block.parentSpanID[block.parentSpanID.rowCount - 1] = span.parent
    }
    return block
  }

  private func totals(_ store: EmbeddedStore, _ sql: String) throws -> [String: Totals] {
    let rows = try store.query(SQLStatement(sql))
    return Dictionary(
      uniqueKeysWithValues: (0..<rows.rowCount).map { row in
        func number(_ name: String) -> UInt64 { rows[name].unsigned(row) ?? 0 }
        return (
          rows["model"].string(row) ?? "",
          Totals(spans: number("spans"), calls: number("calls"), tokens: number("tokens"))
        )
      })
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func `random trees in random commits count as they should`(seed: UInt64) throws {
    var random = SeededNumbers(seed: seed)
    let store = try EngineFixture.store()
    var counter = SpanCounter(engine: store, inserter: store, logger: .disabled)
    let spans = (1...24).flatMap { tree($0, &random) }
    // Every span comes once or twice.
    var arriving = (spans + spans.filter { _ in Bool.random(using: &random) }).shuffled(using: &random)
    while !arriving.isEmpty {
      let count = min(arriving.count, Int.random(in: 5...60, using: &random))
      let rows = counter.rows(of: block(Array(arriving.prefix(count))).columns)
      try store.insert(rows, into: "spans")
      counter.didStore()
      arriving.removeFirst(count)
      if Int.random(in: 0..<4, using: &random) == 0 { try store.rollUp() }
      // A process that begins again knows what its predecessor stored.
      if Int.random(in: 0..<6, using: &random) == 0 {
        counter = SpanCounter(engine: store, inserter: store, logger: .disabled)
        counter.begin()
      }
    }
    let expected = expected(spans)
    let until = store.derivedTables.derivedUntil
    func newer(_ table: String) -> String {
      ["commits", "corrections"].map { "SELECT * FROM \(table)_of_\($0)(after = \(until), until = \(Int64.max))" }
        .joined(separator: " UNION ALL ")
    }
    let minutes = "request_model AS model, sum(spans) AS spans, sum(calls) AS calls, sum(input_tokens) AS tokens"
    // Readers add what is not derived yet.
    #expect(
      try totals(
        store,
        "SELECT \(minutes) FROM (SELECT * FROM span_minutes UNION ALL \(newer("span_minutes"))) GROUP BY model")
        == expected)
    try store.rollUp()
    #expect(try totals(store, "SELECT \(minutes) FROM span_minutes GROUP BY model") == expected)
    let halves = try totals(
      store,
      "SELECT request_model AS model, sum(spans) AS spans, sum(calls) AS calls, toUInt64(0) AS tokens FROM span_half_hours "
        + "GROUP BY model")
    #expect(halves.mapValues { [$0.spans, $0.calls] } == expected.mapValues { [$0.spans, $0.calls] })
    let gpus = try totals(
      store,
      "SELECT gpu AS model, sum(spans) AS spans, sum(calls) AS calls, sum(input_tokens) AS tokens FROM gpu_hours GROUP BY model"
    )
    let sumsOfGPUs = try totals(
      store,
      "SELECT gpu AS model, sum(spans) AS spans, sum(calls) AS calls, sum(input_tokens) AS tokens FROM gpu_hour_sums "
        + "GROUP BY model")
    #expect(sumsOfGPUs == gpus)
    for minutes in [30, 240] {
      let labels = try totals(
        store,
        "SELECT toString(label) AS model, sum(spans) AS spans, sum(calls) AS calls, toUInt64(0) AS tokens FROM label_durations "
          + "WHERE dimension = 'model' AND minutes = \(minutes) GROUP BY model")
      let named = halves.filter { $0.key != "" }
      #expect(labels.mapValues { [$0.spans, $0.calls] } == named.mapValues { [$0.spans, $0.calls] })
    }
    let all = expected.values.reduce(into: Totals()) { sum, part in
      sum.spans += part.spans
      sum.calls += part.calls
      sum.tokens += part.tokens
    }
    #expect(gpus == ["g": all])
  }

  @Test func `an insert that fails leaves its retry to count`() throws {
    let store = try EngineFixture.store()
    let counter = SpanCounter(engine: store, inserter: store, logger: .disabled)
    let spans = [
      Span(trace: 1, id: 1, parent: 0, tokens: 5, model: "m"), Span(trace: 1, id: 2, parent: 1, tokens: 5, model: "m"),
    ]
    let failing = block(spans).columns
    _ = counter.rows(of: failing)
    counter.didFail(failing)
    for span in spans {
      try store.insert(counter.rows(of: block([span]).columns), into: "spans")
      counter.didStore()
    }
    try store.rollUp()
    let sql =
      "SELECT request_model AS model, sum(spans) AS spans, sum(calls) AS calls, sum(input_tokens) AS tokens "
      + "FROM span_minutes GROUP BY model"
    #expect(try totals(store, sql) == ["m": Totals(spans: 2, calls: 1, tokens: 5)])
  }
}

/// Numbers that are the same in every run (SplitMix64).
private struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
