/// Totals over spans, some of which repeat what spans below them report.
///
/// An agent's span often reports the tokens of all its model calls together, and instrumentations of two layers report
/// one call twice. So of nested spans only the innermost counts.
package enum NestedTotals {
  /// For each span of a trace, whether it reports something that no span below it reports.
  ///
  /// Spans that are their own ancestors count as if they had no parent. O(n).
  ///
  /// - Parameters:
  ///   - spanIDs: The spans' ids; each MUST be there once.
  ///   - parentIDs: The ids of their parents, which need not be there; 0 for a root.
  ///   - reports: Whether a span reports it at all.
  package static func innermost(spanIDs: [UInt64], parentIDs: [UInt64], reports: [Bool]) -> [Bool] {
    guard reports.count(where: { $0 }) > 1 else { return reports }
    let parents = SpanParents(spanIDs: spanIDs, parentIDs: parentIDs)
    var isAbove = [Bool](repeating: false, count: spanIDs.count)
    for span in spanIDs.indices where reports[span] {
      // What lies above a span that was met has already been marked.
      var above = parents[span]
      while let span = above, !isAbove[span] {
        isAbove[span] = true
        above = parents[span]
      }
    }
    return spanIDs.indices.map { reports[$0] && !isAbove[$0] }
  }
}

/// The parents of a trace's spans by index, without cycles.
package struct SpanParents {
  private static let none = -1

  private var parents: [Int]

  /// O(n).
  ///
  /// Spans that are their own ancestors have no parent here.
  package init(spanIDs: [UInt64], parentIDs: [UInt64]) {
    var indices: [UInt64: Int] = [:]
    indices.reserveCapacity(spanIDs.count)
    for (index, id) in spanIDs.enumerated() { indices[id] = index }
    parents = parentIDs.map { $0 == 0 ? Self.none : indices[$0] ?? Self.none }
    cutCycles()
  }

  /// The index of a span's parent; nil when it has none or that is not there.
  package subscript(span: Int) -> Int? {
    let parent = parents[span]
    return parent == Self.none ? nil : parent
  }

  private mutating func cutCycles() {
    // The climb on which a span was first met: the first whole one has the number 1.
    var climbs = [Int](repeating: 0, count: parents.count)
    for start in parents.indices where climbs[start] == 0 {
      var span = start
      while span != Self.none, climbs[span] == 0 {
        climbs[span] = start + 1
        span = parents[span]
      }
      // A climb that meets itself has gone round; one that meets an earlier climb goes on as that one did.
      guard span != Self.none, climbs[span] == start + 1 else { continue }
      while parents[span] != Self.none {
        let next = parents[span]
        parents[span] = Self.none
        span = next
      }
    }
  }
}
