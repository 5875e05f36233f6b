package import API
import Base
package import TelemetryQueries
package import TraceQL

/// The tags of a search in the API of another product.
package enum SearchTags {
  /// The most tags of a search, as many as /api/v1 takes attribute filters.
  ///
  /// Each is a condition on every span.
  static let countMax = 32

  /// Refuses a search with more tags.
  package static func check(_ count: Int, _ parameter: String) throws(Problem) {
    guard count <= countMax else {
      throw .parameter(parameter, "the search has \(count) tags; at most \(countMax) are allowed")
    }
  }
}

extension FieldExpression {
  /// A comparison of a field that no text was read for.
  package static func comparing(
    _ field: Field, _ comparison: ComparisonOperator, _ value: Literal
  ) -> FieldExpression {
    .comparison(
      .init(
        field: field, comparison: comparison, value: value,
        position: SourcePosition(offset: 0, line: 1, column: 1)))
  }
}

extension SpanFilter {
  /// Adds a condition on the span to those there are.
  package mutating func require(_ condition: FieldExpression) {
    if case .filter(let others) = query?.spansets {
      query = TraceQLQuery(spansets: .filter(.and(others, condition)), conditions: [], selected: [])
    } else {
      precondition(query == nil, "conditions are added before a query")
      query = TraceQLQuery(spansets: .filter(condition), conditions: [], selected: [])
    }
  }
}
