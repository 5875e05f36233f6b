import Base
import Columns
import Testing

@testable import Commit

/// A span of a test: what the ledger looks at.
struct LedgerSpan: Sendable {
  var tenant: UInt32 = 1
  var trace: UInt64 = 1
  var id: UInt64
  var parent: UInt64 = 0
  var tokens: UInt64?
  var model = ""

  /// A call of a model.
  static func call(_ id: UInt64, in parent: UInt64 = 0, trace: UInt64 = 1) -> LedgerSpan {
    LedgerSpan(trace: trace, id: id, parent: parent, tokens: 10, model: "m")
  }

  /// A span that tells nothing of models.
  static func plain(_ id: UInt64, in parent: UInt64 = 0) -> LedgerSpan { LedgerSpan(id: id, parent: parent) }

  static func block(_ spans: [LedgerSpan]) -> ColumnBlock {
    let tenants = FixedColumn<UInt32>()
    let traces = FixedBytesColumn()
    let (ids, parents) = (FixedColumn<UInt64>(), FixedColumn<UInt64>())
    let (inputs, outputs) = (NullableColumn<UInt64>(), NullableColumn<UInt64>())
    let (requested, answered) = (DictionaryColumn(), DictionaryColumn())
    for span in spans {
      tenants.append(span.tenant)
      traces.append(high: 7, low: span.trace)
      ids.append(span.id)
      parents.append(span.parent)
      inputs.append(span.tokens)
      outputs.append(nil)
      requested.append(span.model)
      answered.append("")
    }
    return ColumnBlock([
      "tenant": tenants, "trace_id": traces, "span_id": ids, "parent_span_id": parents, "input_tokens": inputs,
      "output_tokens": outputs, "request_model": requested, "response_model": answered,
    ])
  }
}

extension SpanLedger {
  fileprivate func mark(_ spans: [LedgerSpan], at seconds: Int64 = 100) -> [UInt8] {
    let counting = mark(LedgerSpan.block(spans), storedAt: UnixNanoseconds(seconds * 1_000_000_000))
    return (0..<counting.rowCount).map { counting[$0] }
  }

  fileprivate func lateIDs() -> [UInt64] { takeLate().map(\.spanID) }
}

@Suite struct SpanLedgerTests {
  @Test(arguments: [
    (name: "one call", spans: [LedgerSpan.call(1)], counting: [UInt8(0)]),
    ("a call told by two, the inner one first", [.call(2, in: 1), .call(1)], [0, 2]),
    ("the outer one first", [.call(1), .call(2, in: 1)], [2, 0]),
    ("an agent around two calls", [.call(2, in: 1), .call(3, in: 1), .call(1)], [0, 0, 2]),
    ("three in each other", [.call(1), .call(2, in: 1), .call(3, in: 2)], [2, 2, 0]),
    ("spans without tokens between", [.call(1), .plain(2, in: 1), .plain(3, in: 2), .call(4, in: 3)], [2, 2, 2, 0]),
    ("the one between comes last", [.call(4, in: 3), .call(1), .plain(3, in: 1)], [0, 2, 2]),
    ("beside each other", [.plain(1), .call(2, in: 1), .call(3, in: 1)], [2, 0, 0]),
    ("a copy", [.call(1), .call(1)], [0, 1]),
    ("of equal ids in two traces", [.call(1), .call(2, in: 1, trace: 2)], [0, 0]),
    ("its own parent", [.call(1, in: 1)], [0]),
    ("no tokens inside", [.call(1), LedgerSpan(id: 2, parent: 1, tokens: 0, model: "m")], [0, 0]),
  ])
  func `marks the spans of a commit`(name: String, spans: [LedgerSpan], counting: [UInt8]) {
    let ledger = SpanLedger()
    #expect(ledger.mark(spans) == counting, "\(name)")
    #expect(ledger.lateIDs().isEmpty, "\(name)")
    // In commits of their own, what is found later is told.
    let apart = SpanLedger()
    var own: [UInt64: UInt8] = [:]
    for span in spans {
      own[span.id + span.trace * 1000] = max(own[span.id + span.trace * 1000] ?? 0, apart.mark([span])[0])
    }
    let late = Set(apart.lateIDs())
    for (span, expected) in zip(spans, counting) where expected == 2 && (span.tokens != nil) {
      #expect(late.contains(span.id) || own[span.id + span.trace * 1000] == 2, "\(name): \(span.id)")
    }
    #expect(late.isSubset(of: Set(zip(spans, counting).filter { $0.1 == 2 }.map(\.0.id))), "\(name)")
  }

  @Test func `copies are known across commits, by tenant and trace`() {
    let ledger = SpanLedger()
    #expect(ledger.mark([.call(1), .plain(2, in: 1)]) == [0, 0])
    #expect(ledger.mark([.call(1), .plain(3, in: 1)]) == [1, 0])
    #expect(ledger.mark([LedgerSpan(tenant: 2, id: 1)]) == [0])
    #expect(ledger.mark([LedgerSpan(trace: 2, id: 1)]) == [0])
  }

  @Test func `an outer span that counted already is told once`() {
    let ledger = SpanLedger()
    #expect(ledger.mark([.call(1)], at: 42) == [0])
    #expect(ledger.mark([.call(3, in: 2)]) == [0])
    #expect(ledger.takeLate().isEmpty, "what links them has not come")
    #expect(ledger.mark([.plain(2, in: 1)]) == [2])
    let late = ledger.takeLate()
    #expect(late.map(\.spanID) == [1])
    #expect(late.first?.storedAt == 42)
    #expect(late.first.map { [$0.traceID.high, $0.traceID.low] } == [7, 1])
    #expect(ledger.mark([.call(4, in: 1)]) == [0])
    #expect(ledger.takeLate().isEmpty)
  }

  @Test func `a span that tells of no call needs no correction`() {
    let ledger = SpanLedger()
    _ = ledger.mark([.plain(1)])
    _ = ledger.mark([.call(2, in: 1)])
    #expect(ledger.takeLate().isEmpty)
  }

  @Test func `what was not stored does not make copies of a retry, nor outer spans`() {
    let ledger = SpanLedger()
    _ = ledger.mark([.call(1)])
    #expect(ledger.mark([.call(2, in: 1), .call(3)]) == [0, 0])
    ledger.takeBack()
    #expect(ledger.takeLate().isEmpty)
    #expect(ledger.mark([.call(2, in: 1), .call(3)]) == [0, 0])
    #expect(ledger.lateIDs() == [1])
    // An outer span that failed comes again beside what was inside it.
    #expect(ledger.mark([.call(9), .call(8, in: 9)]) == [2, 0])
    ledger.takeBack()
    #expect(ledger.mark([.call(9)]) == [0])
    #expect(ledger.mark([.call(8, in: 9)]) == [0])
    #expect(ledger.lateIDs() == [9])
  }

  @Test func `late spans that cannot be stored wait, so many`() {
    let ledger = SpanLedger()
    let span = LateOuterSpan(tenant: 1, traceID: (0, 1), spanID: 5, storedAt: 1)
    #expect(ledger.keepLate([span]) == 0)
    #expect(ledger.keepLate(Array(repeating: span, count: LateOuterSpan.waitingCountMax)) == 1)
    #expect(ledger.takeLate().count == LateOuterSpan.waitingCountMax)
  }

  @Test func `the memory is bounded, and what came last is known`() {
    let ledger = SpanLedger(placesMax: 1_024)
    for first in stride(from: UInt64(1), to: 20_000, by: 100) {
      let spans = (first..<first + 100).map { LedgerSpan.call($0) }
      #expect(ledger.mark(spans) == Array(repeating: 0, count: 100))
      #expect(ledger.mark(spans) == Array(repeating: 1, count: 100))
      #expect(ledger.knownCount <= 2 * 896)
    }
    // More rows than a generation has places.
    let many = (100_000..<105_000).map { LedgerSpan.call(UInt64($0), in: 99_999) }
    #expect(ledger.mark(many).allSatisfy { $0 == 0 })
    #expect(ledger.mark([.call(104_999), .call(99_999)]) == [1, 2])
  }

  @Test func `a process that begins knows what is stored, and what was not corrected`() {
    let ledger = SpanLedger()
    // 1 counted although 2 is inside it: the process ended before that was noted. 3 is noted.
    let spans: [LedgerSpan] = [.call(1), .call(2, in: 1), .call(3), .call(4, in: 3)]
    ledger.load(LedgerSpan.block(spans), storedAt: [10, 11, 12, 13], counting: [0, 0, 2, 0])
    let late = ledger.takeLate()
    #expect(late.map(\.spanID) == [1])
    #expect(late.first?.storedAt == 10)
    #expect(ledger.mark([.call(2, in: 1), .call(5, in: 3)]) == [1, 0])
    #expect(ledger.takeLate().isEmpty)
  }
}
