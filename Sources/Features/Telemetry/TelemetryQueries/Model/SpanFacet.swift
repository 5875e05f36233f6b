/// What is counted of spans by its values: an intrinsic, a normalised column, or an attribute.
package struct SpanFacet: Sendable, Hashable {
  /// The name of the parameter that filters by it, where there is one.
  package var field: String
  package var value: String

  package init(field: String, value: String) {
    self.field = field
    self.value = value
  }
}

/// How many spans of a selection were looked at.
package struct SpanSample: Sendable, Hashable {
  /// How many spans the filters match.
  package var spanCount: UInt64
  /// How many of them were looked at; the same where all were.
  package var sampledCount: UInt64
}

/// How often a value is met in each of two selections of spans, and what that says.
package struct ComparedFacet: Sendable, Hashable {
  package var facet: SpanFacet
  /// How many of the sampled spans of each selection have it.
  package var countA: UInt64
  package var countB: UInt64
  package var comparison: ProportionTest
}
