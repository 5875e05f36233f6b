import Telemetry
import Testing

@Suite struct NestedTotalsTests {
  /// Spans as `(id, parent, tells)`.
  private static func innermost(_ spans: [(UInt64, UInt64, Bool)]) -> [UInt64] {
    let counted = NestedTotals.innermost(
      spanIDs: spans.map(\.0), parentIDs: spans.map(\.1), reports: spans.map(\.2))
    return spans.indices.filter { counted[$0] }.map { spans[$0].0 }
  }

  @Test(
    arguments: [
      ("an agent and its two calls", [(1, 0, true), (2, 1, true), (3, 1, true)], [2, 3]),
      ("two layers of one call", [(1, 0, true), (2, 1, true)], [2]),
      ("spans between them tell nothing", [(1, 0, true), (2, 1, false), (3, 2, false), (4, 3, true)], [4]),
      ("side by side", [(1, 0, false), (2, 1, true), (3, 1, true)], [2, 3]),
      ("an agent that calls only tools", [(1, 0, true), (2, 1, false)], [1]),
      ("a child before its parent", [(2, 1, true), (1, 0, true)], [2]),
      ("a missing parent", [(1, 0, true), (3, 2, true)], [1, 3]),
      ("several roots", [(1, 0, true), (2, 0, true), (3, 2, true)], [1, 3]),
      ("its own parent", [(1, 1, true)], [1]),
      ("two that are each other's parents", [(1, 2, true), (2, 1, true)], [1, 2]),
      ("below a cycle", [(1, 2, true), (2, 1, true), (3, 2, true)], [1, 3]),
      ("a path into a cycle", [(5, 4, true), (4, 1, false), (1, 2, false), (2, 1, true)], [5, 2]),
      ("nobody tells", [(1, 0, false)], []),
      ("nothing", [], []),
    ] as [(String, [(UInt64, UInt64, Bool)], [UInt64])])
  func `the innermost spans that tell something`(
    name: String, spans: [(UInt64, UInt64, Bool)], expected: [UInt64]
  ) {
    #expect(Self.innermost(spans) == expected, "\(name)")
  }

  @Test func `a chain of a million spans is climbed once`() {
    let count: UInt64 = 1_000_000
    let tells = [Bool](repeating: true, count: Int(count))
    let counted = NestedTotals.innermost(
      spanIDs: Array(1...count), parentIDs: Array(0..<count), reports: tells)
    #expect(counted.count { $0 } == 1)
    #expect(counted.last == true)
  }

  @Test func `a cycle of many spans loses none of them`() {
    let ids: [UInt64] = Array(1...100_000)
    let parents = ids.map { $0 % 100_000 + 1 }
    let counted = NestedTotals.innermost(spanIDs: ids, parentIDs: parents, reports: ids.map { _ in true })
    #expect(counted.allSatisfy { $0 })
  }
}
