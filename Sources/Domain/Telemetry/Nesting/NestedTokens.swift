/// The tokens of a trace: of nested spans only the innermost that reports tokens counts.
///
/// A span reports tokens when its input or its output is above zero, as where analytics count (docs/adr/0013).
package struct NestedTokens: Sendable {
  private var spanIDs: [UInt64] = []
  private var parentIDs: [UInt64] = []
  private var inputs: [UInt64] = []
  private var outputs: [UInt64] = []

  package init() {}

  /// Adds a span; each id MUST be added once.
  ///
  /// The parent of a root is 0.
  package mutating func add(spanID: UInt64, parentID: UInt64, input: UInt64?, output: UInt64?) {
    spanIDs.append(spanID)
    parentIDs.append(parentID)
    inputs.append(input ?? 0)
    outputs.append(output ?? 0)
  }

  package var input: UInt64 { total(of: inputs) }
  package var output: UInt64 { total(of: outputs) }

  /// O(n).
  ///
  /// A sum beyond 64 bits stays at the greatest number.
  private func total(of counts: [UInt64]) -> UInt64 {
    let counted = NestedTotals.innermost(
      spanIDs: spanIDs, parentIDs: parentIDs, reports: zip(inputs, outputs).map { $0 > 0 || $1 > 0 })
    var total: UInt64 = 0
    for (count, isCounted) in zip(counts, counted) where isCounted {
      let (sum, overflow) = total.addingReportingOverflow(count)
      total = overflow ? .max : sum
    }
    return total
  }
}
