import Series

extension QueryEvaluation {
  /// The value of an expression at the steps of a grid.
  func value(of node: PlanNode, on grid: StepGrid) throws(EvaluationError) -> StepValue {
    try checkStopped()
    guard grid.count > 0 else { return Self.empty(node.type) }
    if node.isStepInvariant, grid.count > 1 { return try invariant(node, on: grid) }
    // Inputs are let go with this call; what remains is the result.
    let before = held
    let value = try computed(node, on: grid)
    restoreHeld(before)
    if case .vector(let series) = value { try hold(series.count * grid.count, series: series.count) }
    return value
  }

  func scalar(of node: PlanNode, on grid: StepGrid) throws(EvaluationError) -> StepScalar {
    guard case .scalar(let scalar) = try value(of: node, on: grid) else {
      preconditionFailure("the parser lets scalars only stand here")
    }
    return scalar
  }

  func vector(of node: PlanNode, on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    guard case .vector(let series) = try value(of: node, on: grid) else {
      preconditionFailure("the parser lets instant vectors only stand here")
    }
    return series
  }

  /// Passes on the series of an expression one by one, without all of them at once where that is possible.
  func forEachSeries(
    of node: PlanNode, on grid: StepGrid, _ body: (StepSeries) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    guard grid.count > 0 else { return }
    let isInvariant = node.isStepInvariant && grid.count > 1
    if !isInvariant, case .call(let function, let arguments) = node.operation, function != .absentOverTime,
      function != .correlation, let window = arguments.lazy.compactMap(\.window).first
    {
      try checkStopped()
      return try forEachWindowResult(function, window, arguments, on: grid, body)
    }
    if !isInvariant, case .selector(let selector) = node.operation {
      try checkStopped()
      return try forEachInstant(selector, on: grid, body)
    }
    for series in try vector(of: node, on: grid) { try body(series) }
  }

  private static func empty(_ type: PromQLValueType) -> StepValue {
    type == .scalar ? .scalar(.column([])) : .vector([])
  }

  /// Evaluates once, and repeats the value at every step.
  private func invariant(_ node: PlanNode, on grid: StepGrid) throws(EvaluationError) -> StepValue {
    switch try value(of: node, on: grid.first) {
    case .scalar(let scalar): return .scalar(.constant(scalar[0]))
    case .string(let text): return .string(text)
    case .vector(var series):
      try hold(series.count * grid.count, series: 0)
      for index in series.indices {
        series[index].values = Array(repeating: series[index].values[0], count: grid.count)
      }
      return .vector(series)
    }
  }

  private func computed(_ node: PlanNode, on grid: StepGrid) throws(EvaluationError) -> StepValue {
    switch node.operation {
    case .number(let value): return .scalar(.constant(value))
    case .string(let text): return .string(text)
    case .selector(let selector):
      var result: [StepSeries] = []
      try forEachInstant(selector, on: grid) { series throws(EvaluationError) in
        try hold(grid.count, series: 1)
        result.append(series)
      }
      return .vector(result)
    case .call(let function, let arguments): return try call(function, arguments, node, on: grid)
    case .aggregation(let aggregation): return .vector(try aggregate(aggregation, on: grid))
    case .binary(let binary): return try self.binary(binary, node, on: grid)
    case .negation(let operand): return try negated(operand, on: grid)
    case .window, .matchers: preconditionFailure("a range vector stands in a call or alone")
    }
  }

  private func negated(_ operand: PlanNode, on grid: StepGrid) throws(EvaluationError) -> StepValue {
    switch try value(of: operand, on: grid) {
    case .scalar(let scalar): return .scalar(scalar.map { -$0 })
    case .string(let text): return .string(text)
    case .vector(let series): return .vector(StepSeries.map(series) { -$0 })
    }
  }
}

extension PlanNode {
  /// The window that the node is; nil for anything else.
  var window: PlannedWindow? {
    if case .window(let window) = operation { return window }
    return nil
  }

  /// The text of a string literal.
  var text: String {
    guard case .string(let text) = operation else { preconditionFailure("the parser lets strings only stand here") }
    return text
  }
}

extension StepSeries {
  /// A function of each value.
  ///
  /// The metric's name goes.
  static func map(_ series: [StepSeries], _ transform: (Double) -> Double) -> [StepSeries] {
    series.map { series in
      StepSeries(series.labels, dropsName: true, values: series.values.map { Absent.isAbsent($0) ? $0 : transform($0) })
    }
  }

  /// Joins series of the same labels, whose values MUST NOT meet at a step.
  ///
  /// - Parameter isStrict: Whether values that meet are an error; else such series stay apart.
  static func merged(_ series: [StepSeries], isStrict: Bool) throws(EvaluationError) -> [StepSeries] {
    var places: [LabelSet: Int] = [:]
    places.reserveCapacity(series.count)
    var result: [StepSeries] = []
    result.reserveCapacity(series.count)
    for one in series {
      guard let place = places[one.labels] else {
        places[one.labels] = result.count
        result.append(one)
        continue
      }
      if result[place].take(one.values) { continue }
      guard !isStrict else { throw .failed("vector cannot contain metrics with the same labelset") }
      result.append(one)
    }
    return result
  }

  /// Takes over values at steps that have none.
  ///
  /// - Returns: False, with nothing taken, where both have a value at a step.
  private mutating func take(_ other: [Double]) -> Bool {
    for step in values.indices where Absent.isPresent(values[step]) && Absent.isPresent(other[step]) { return false }
    for step in values.indices where Absent.isPresent(other[step]) { values[step] = other[step] }
    return true
  }

  /// The labels without the metric's name, type and unit.
  static func withoutName(_ labels: LabelSet) -> LabelSet { labels.removing(metricLabels) }

  static let metricLabels = [Label.metricName, "__type__", "__unit__"]
}
