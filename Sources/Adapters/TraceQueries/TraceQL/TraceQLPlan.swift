import TraceQL

/// A query as conditions on spans and on traces.
struct TraceQLPlan {
  /// The rows of `spans` that the trace's condition needs; all others cannot change the answer.
  var candidates: SQLFragment
  /// What must hold of a trace's candidate rows, as aggregates; nil when one row suffices.
  var traceCondition: SQLFragment?
  /// The spans that the query selects of a matching trace.
  var selected: SQLFragment

  /// The plan of a query over the spans that conditions, e.g. on the time, let through.
  init(_ query: TraceQLQuery, within range: [SQLFragment]) {
    let spansets = SpansetPlan(query.spansets, within: range)
    candidates = spansets.candidates
    selected = spansets.selected
    traceCondition = spansets.needsTrace ? spansets.traceCondition : nil
    guard !query.conditions.isEmpty else { return }
    let aggregates = query.conditions.map { Self.aggregate($0, over: spansets.selected) }
    traceCondition = SQLFragment.all([spansets.traceCondition] + aggregates)
  }

  private static func aggregate(_ condition: AggregateCondition, over selected: SQLFragment) -> SQLFragment {
    guard let field = condition.field else {
      return ComparisonSQL.number("toInt64(countIf(\(selected)))", condition.comparison, condition.value)
    }
    let number = SpanPredicate.number(field)
    let rows = "(\(selected)) AND (\(number.exists))" as SQLFragment
    let value: SQLFragment =
      switch condition.function {
      case .min: "minIf(\(number.value), \(rows))"
      case .max: "maxIf(\(number.value), \(rows))"
      case .avg: "avgIf(\(number.value), \(rows))"
      case .sum: "sumIf(\(number.value), \(rows))"
      case .count: preconditionFailure("count() has no field")
      }
    let holds = ComparisonSQL.number(value, condition.comparison, condition.value)
    return "countIf(\(rows)) > 0 AND \(holds)"
  }
}

/// One expression over spansets.
private struct SpansetPlan {
  var candidates: SQLFragment
  var traceCondition: SQLFragment
  var selected: SQLFragment
  /// Whether one matching row is not enough to know.
  var needsTrace: Bool

  init(_ expression: SpansetExpression, within range: [SQLFragment]) {
    switch expression {
    case .filter(let condition):
      let sql = SpanPredicate.sql(condition)
      candidates = sql
      traceCondition = "countIf(\(sql)) > 0"
      selected = sql
      needsTrace = false
    case .and(let left, let right):
      let left = SpansetPlan(left, within: range), right = SpansetPlan(right, within: range)
      candidates = .any([left.candidates, right.candidates])
      traceCondition = .all([left.traceCondition, right.traceCondition])
      selected = .any([left.selected, right.selected])
      needsTrace = true
    case .or(let left, let right):
      let left = SpansetPlan(left, within: range), right = SpansetPlan(right, within: range)
      candidates = .any([left.candidates, right.candidates])
      traceCondition = .any([left.traceCondition, right.traceCondition])
      selected = .any([left.selected, right.selected])
      needsTrace = left.needsTrace || right.needsTrace
    case .child(let left, let right):
      let left = SpansetPlan(left, within: range), right = SpansetPlan(right, within: range)
      candidates = .any([left.candidates, right.candidates])
      traceCondition =
        "hasAny(groupArrayIf(span_id, \(left.selected)), groupArrayIf(parent_span_id, \(right.selected)))"
      selected = right.selected
      needsTrace = true
    case .descendant(let left, let right):
      let left = SpansetPlan(left, within: range), right = SpansetPlan(right, within: range)
      // The spans between the two are needed too, so every row of a trace that has both is a candidate.
      candidates = .all(
        [left.selected, right.selected].map { side in
          "trace_id IN \(Select(["trace_id"], from: .spans, where: range + [side]))"
        })
      traceCondition = Self.hasDescendant(of: left.selected, among: right.selected)
      selected = right.selected
      needsTrace = true
    }
  }

  /// Climbs from the parents of the lower spans, a level at a time, until an upper span is met.
  private static func hasDescendant(of upper: SQLFragment, among lower: SQLFragment) -> SQLFragment {
    let parents = "groupArrayIf(parent_span_id, \(lower))" as SQLFragment
    let above =
      "arrayDistinct(arrayFilter((p, s) -> has(climb.1, s), groupArray(parent_span_id), groupArray(span_id)))"
      as SQLFragment
    let met = "hasAny(climb.1, groupArrayIf(span_id, \(upper)))" as SQLFragment
    // 64 levels bound the climb; deeper nesting of calls is not searched.
    return """
      countIf(\(upper)) > 0 AND countIf(\(lower)) > 0 AND arrayFold((climb, level) -> (\(above), climb.2 OR \(met)), \
      range(64), (\(parents), false)).2
      """
  }
}
