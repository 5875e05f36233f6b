import SQLBuilder
import TraceQL

/// A query as conditions on rows of `spans`.
///
/// The engine evaluates conditions on single spans; which spans of a trace they select together is found from the
/// trace's rows, see ``selection(of:)``.
struct TraceQLPlan {
  let query: TraceQLQuery
  /// The conditions between braces, each once.
  ///
  /// A query has at most 64 (``TraceQLLimits/comparisonCountMax``).
  let leaves: [FieldExpression]
  /// The fields that are aggregated, each once.
  let numbers: [Field]
  private let listKeys: Set<String>

  /// - Parameter listKeys: The attributes that some spans have lists of.
  init(_ query: TraceQLQuery, listKeys: Set<String> = []) {
    self.query = query
    self.listKeys = listKeys
    var leaves: [FieldExpression] = []
    query.spansets.forEachLeaf { if !leaves.contains($0) { leaves.append($0) } }
    self.leaves = leaves
    var numbers: [Field] = []
    for field in query.conditions.compactMap(\.field) where !numbers.contains(field) { numbers.append(field) }
    self.numbers = numbers
  }

  /// The rows that the query can select.
  var selectable: SQLFragment { selectable(of: query.spansets) }

  /// The rows that decide whether it selects them; nil when any row of a trace may matter.
  var needed: SQLFragment? { query.spansets.hasDescendants ? nil : anyLeaf }

  /// The rows for which at least one condition is true.
  var anyLeaf: SQLFragment { .any(leaves.map(sql)) }

  /// The number of each row, in which bit n says whether the condition n is true of it.
  var leafBits: SQLFragment {
    leaves.enumerated().map { "toUInt64(\(sql($1))) * \(UInt64(1) << UInt64($0))" as SQLFragment }
      .joined(separator: " + ")
  }

  func sql(_ leaf: FieldExpression) -> SQLFragment { SpanPredicate(listKeys: listKeys).sql(leaf) }

  private func selectable(of spansets: SpansetExpression) -> SQLFragment {
    switch spansets {
    case .filter(let condition): sql(condition)
    case .and(let left, let right), .or(let left, let right):
      .any([selectable(of: left), selectable(of: right)])
    case .child(_, let right), .descendant(_, let right): selectable(of: right)
    }
  }

  // MARK: - What the engine leaves out

  /// What must hold of a trace's rows with a true condition, as aggregates.
  ///
  /// It leaves out most traces, not all.
  var necessary: [SQLFragment] {
    [necessary(of: query.spansets)] + query.conditions.compactMap(necessary)
  }

  private func necessary(of spansets: SpansetExpression) -> SQLFragment {
    switch spansets {
    case .filter(let condition): "countIf(\(sql(condition))) > 0"
    case .and(let left, let right), .descendant(let left, let right):
      .all([necessary(of: left), necessary(of: right)])
    case .or(let left, let right): .any([necessary(of: left), necessary(of: right)])
    case .child(let left, let right):
      """
      hasAny(groupArrayIf(span_id, \(selectable(of: left))), groupArrayIf(parent_span_id, \(selectable(of: right))))
      """
    }
  }

  private func necessary(_ condition: AggregateCondition) -> SQLFragment? {
    let rows = selectable
    guard let field = condition.field else {
      let count = "toInt64(uniqExactIf(span_id, \(rows)))" as SQLFragment
      if case .filter = query.spansets { return ComparisonSQL.number(count, condition.comparison, condition.value) }
      // Of several sets a part may be selected, so there can only be fewer.
      return switch condition.comparison {
      case .equal, .greaterOrEqual: ComparisonSQL.number(count, .greaterOrEqual, condition.value)
      case .greater: ComparisonSQL.number(count, .greater, condition.value)
      default: nil
      }
    }
    guard case .filter = query.spansets, let number = SpanPredicate.number(field) else { return nil }
    let valid = "(\(rows)) AND (\(number.exists))" as SQLFragment
    // Repeated spans count once.
    let distinct = "groupUniqArrayIf((span_id, \(number.value)), \(valid))" as SQLFragment
    let value: SQLFragment =
      switch condition.function {
      case .min: "minIf(\(number.value), \(valid))"
      case .max: "maxIf(\(number.value), \(valid))"
      case .avg: "arrayAvg(arrayMap(x -> x.2, \(distinct)))"
      case .sum: "arraySum(arrayMap(x -> x.2, \(distinct)))"
      case .count: preconditionFailure("count() has no field")
      }
    return "countIf(\(valid)) > 0 AND \(ComparisonSQL.number(value, condition.comparison, condition.value))"
  }
}

extension TraceQLQuery {
  /// Whether a span matches by itself, whatever else its trace holds.
  var isAboutSpans: Bool {
    guard conditions.isEmpty, case .filter = spansets else { return false }
    return true
  }
}

extension SpansetExpression {
  /// Whether spans are looked for below others.
  var hasDescendants: Bool {
    switch self {
    case .filter, .child: false
    case .descendant: true
    case .and(let left, let right), .or(let left, let right): left.hasDescendants || right.hasDescendants
    }
  }

  /// Calls `body` with every condition between braces, in the order of the text.
  func forEachLeaf(_ body: (FieldExpression) -> Void) {
    switch self {
    case .filter(let condition): body(condition)
    case .and(let left, let right), .or(let left, let right), .child(let left, let right),
      .descendant(let left, let right):
      left.forEachLeaf(body)
      right.forEachLeaf(body)
    }
  }
}
