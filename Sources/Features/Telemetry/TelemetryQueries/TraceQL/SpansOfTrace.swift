import TraceQL

/// What a query has to know of the spans of one trace, each once, by start.
struct SpansOfTrace {
  var spanIDs: [UInt64] = []
  /// 0 at a root.
  var parentIDs: [UInt64] = []
  var starts: [Int64] = []
  /// Nanoseconds from 0.
  var durations: [Int64] = []
  /// The conditions that are true of a span, by their number (``TraceQLPlan/leafBits``).
  var leaves: [UInt64] = []
  /// Whether a span also matches the conditions other than the query.
  var isAsked: [Bool] = []
  /// The numbers of the aggregated fields, by field; nil for a span that has none.
  var numbers: [[Double?]] = []

  var count: Int { spanIDs.count }
}

extension TraceQLPlan {
  /// The spans that the query selects of a trace, by index; none when the trace does not match.
  ///
  /// O(n) for each operator.
  func selection(of spans: SpansOfTrace) -> [Int] {
    let selected = selected(by: query.spansets, of: spans)
    let indices = selected.indices.filter { selected[$0] }
    guard query.conditions.allSatisfy({ holds($0, of: indices, in: spans) }) else { return [] }
    return indices
  }

  private func selected(by spansets: SpansetExpression, of spans: SpansOfTrace) -> [Bool] {
    switch spansets {
    case .filter(let condition):
      guard let leaf = leaves.firstIndex(of: condition) else { preconditionFailure("\(condition) is not a leaf") }
      return spans.leaves.map { $0 >> UInt64(leaf) & 1 == 1 }
    case .and(let left, let right):
      let sides = (selected(by: left, of: spans), selected(by: right, of: spans))
      guard sides.0.contains(true), sides.1.contains(true) else { return [Bool](repeating: false, count: spans.count) }
      return zip(sides.0, sides.1).map { $0 || $1 }
    case .or(let left, let right):
      return zip(selected(by: left, of: spans), selected(by: right, of: spans)).map { $0 || $1 }
    case .child(let left, let right):
      let below = SpanChildren(spans).children(of: selected(by: left, of: spans))
      return zip(below, selected(by: right, of: spans)).map { $0 && $1 }
    case .descendant(let left, let right):
      let below = SpanChildren(spans).descendants(of: selected(by: left, of: spans))
      return zip(below, selected(by: right, of: spans)).map { $0 && $1 }
    }
  }

  private func holds(_ condition: AggregateCondition, of selected: [Int], in spans: SpansOfTrace) -> Bool {
    guard let field = condition.field else {
      return condition.comparison.holds(Double(selected.count), condition.value.number)
    }
    guard let index = numbers.firstIndex(of: field) else { preconditionFailure("\(field) is not read") }
    let values = selected.compactMap { spans.numbers[index][$0] }
    guard let least = values.min(), let greatest = values.max() else { return false }
    let value =
      switch condition.function {
      case .min: least
      case .max: greatest
      case .avg: values.reduce(0, +) / Double(values.count)
      case .sum: values.reduce(0, +)
      case .count: preconditionFailure("count() has no field")
      }
    return condition.comparison.holds(value, condition.value.number)
  }
}

extension ComparisonOperator {
  fileprivate func holds(_ left: Double, _ right: Double) -> Bool {
    switch self {
    case .equal: left == right
    case .notEqual: left != right
    case .greater: left > right
    case .greaterOrEqual: left >= right
    case .less: left < right
    case .lessOrEqual: left <= right
    case .matches, .matchesNot: preconditionFailure("an aggregate is a number")
    }
  }
}

extension Literal {
  fileprivate var number: Double {
    switch self {
    case .int(let number), .duration(let number): Double(number)
    case .float(let number): number
    default: preconditionFailure("the parser lets only numbers near an aggregate: \(self)")
    }
  }
}

/// The children of a trace's spans.
///
/// Spans may be their own ancestors: whatever can be reached from a span is below it.
private struct SpanChildren {
  /// The children of span n are `children[firsts[n]..<firsts[n + 1]]`.
  private var firsts: [Int]
  private var children: [Int]

  /// O(n).
  init(_ spans: SpansOfTrace) {
    var indices: [UInt64: Int] = [:]
    indices.reserveCapacity(spans.count)
    for (index, id) in spans.spanIDs.enumerated() { indices[id] = index }
    let parents = spans.parentIDs.map { $0 == 0 ? nil : indices[$0] }
    firsts = [Int](repeating: 0, count: spans.count + 1)
    for case let parent? in parents { firsts[parent + 1] += 1 }
    for index in spans.spanIDs.indices { firsts[index + 1] += firsts[index] }
    var places = firsts
    children = [Int](repeating: 0, count: firsts.last ?? 0)
    for (index, parent) in parents.enumerated() {
      guard let parent else { continue }
      children[places[parent]] = index
      places[parent] += 1
    }
  }

  func children(of spans: [Bool]) -> [Bool] {
    var found = [Bool](repeating: false, count: spans.count)
    for span in spans.indices where spans[span] { forEachChild(of: span) { found[$0] = true } }
    return found
  }

  func descendants(of spans: [Bool]) -> [Bool] {
    var found = [Bool](repeating: false, count: spans.count)
    var next = spans.indices.filter { spans[$0] }
    while let span = next.popLast() {
      forEachChild(of: span) { child in
        if !found[child] {
          found[child] = true
          // The children of a span that was itself selected are examined anyway.
          if !spans[child] { next.append(child) }
        }
      }
    }
    return found
  }

  private func forEachChild(of span: Int, _ body: (Int) -> Void) {
    for child in children[firsts[span]..<firsts[span + 1]] { body(child) }
  }
}
