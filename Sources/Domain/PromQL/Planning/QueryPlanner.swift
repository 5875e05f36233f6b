import Series

/// Resolves an expression for the times of one evaluation.
struct QueryPlanner {
  /// The first and the last time of the query, and its step; 0 for an instant one.
  let start: Int64
  let end: Int64
  let step: Int64
  let settings: EvaluationSettings
  private(set) var fetches: [PlannedFetch] = []

  init(start: Int64, end: Int64, step: Int64, settings: EvaluationSettings) {
    self.start = start
    self.end = end
    self.step = step
    self.settings = settings
  }

  static func plan(
    _ expression: PromQLExpression, start: Int64, end: Int64, step: Int64, settings: EvaluationSettings
  ) throws(EvaluationError) -> QueryPlan {
    var planner = QueryPlanner(start: start, end: end, step: step, settings: settings)
    let times = Times(first: start, last: end, step: step)
    let root = try planner.node(expression.withoutParentheses, times, function: "")
    return QueryPlan(root: root, fetches: planner.fetches)
  }

  /// Between which times an expression is evaluated.
  private struct Times {
    var first: Int64
    var last: Int64
    var step: Int64
  }

  /// Beyond this, times are cut off, so that sums of them stay within 64 bits: 36 million years.
  private static let timeMax: Int64 = 1 << 60

  private mutating func node(
    _ expression: PromQLExpression, _ times: Times, function: String
  ) throws(EvaluationError) -> PlanNode {
    let offset = expression.range.lowerBound
    func made(_ operation: PlanNode.Operation, isStepInvariant: Bool) -> PlanNode {
      PlanNode(operation: operation, type: expression.type, isStepInvariant: isStepInvariant, offset: offset)
    }
    switch expression {
    case .number(let literal): return made(.number(literal.value), isStepInvariant: true)
    case .string(let literal): return made(.string(literal.value), isStepInvariant: true)
    case .parentheses(let parentheses): return try node(parentheses.expression, times, function: function)
    case .vectorSelector(let selector):
      let planned = try instant(selector, times, function: function)
      return made(.selector(planned), isStepInvariant: planned.time.at != nil)
    case .matrixSelector(let selector):
      let planned = try window(selector, times, function: function)
      return made(.window(planned), isStepInvariant: planned.time.at != nil)
    case .subquery(let subquery):
      let planned = try window(subquery, times)
      return made(.window(planned), isStepInvariant: planned.time.at != nil)
    case .call(let call): return try self.call(call, times)
    case .aggregation(let aggregation):
      let name = aggregation.aggregator.rawValue
      let input = try node(aggregation.expression.withoutParentheses, times, function: name)
      var parameter: PlanNode?
      if let expression = aggregation.parameter {
        parameter = try node(expression.withoutParentheses, times, function: "")
      }
      let planned = PlannedAggregation(
        aggregator: aggregation.aggregator, input: input, parameter: parameter, grouping: aggregation.grouping)
      return made(
        .aggregation(planned), isStepInvariant: input.isStepInvariant && parameter?.isStepInvariant != false)
    case .binary(let operation):
      let left = try node(operation.left, times, function: "")
      let right = try node(operation.right, times, function: "")
      let planned = PlannedBinary(
        operation: operation.operation, left: left, right: right, matching: operation.matching ?? VectorMatching(),
        returnsBool: operation.returnsBool)
      return made(.binary(planned), isStepInvariant: left.isStepInvariant && right.isStepInvariant)
    case .unary(let operation):
      let operand = try node(operation.operand, times, function: function)
      guard operation.operation == .minus else { return operand }
      return made(.negation(operand), isStepInvariant: operand.isStepInvariant)
    }
  }

  private mutating func call(_ call: FunctionCall, _ times: Times) throws(EvaluationError) -> PlanNode {
    func made(_ operation: PlanNode.Operation, isStepInvariant: Bool) -> PlanNode {
      PlanNode(
        operation: operation, type: call.function.signature.result, isStepInvariant: isStepInvariant,
        offset: call.range.lowerBound)
    }
    switch call.function {
    case .start: return made(.number(Double(start) / 1_000), isStepInvariant: true)
    case .end: return made(.number(Double(end) / 1_000), isStepInvariant: true)
    case .range: return made(.number(Double(end - start) / 1_000), isStepInvariant: true)
    case .step: return made(.number(start == end ? 0 : Double(step) / 1_000), isStepInvariant: true)
    default: break
    }
    try Self.checkLabelNames(call)
    var arguments: [PlanNode] = []
    for (index, argument) in call.arguments.enumerated() {
      if call.function == .info, index == 1, case .vectorSelector(let selector) = argument.withoutParentheses {
        let offset = argument.range.lowerBound
        arguments.append(
          PlanNode(operation: .matchers(selector.matchers), type: .vector, isStepInvariant: true, offset: offset))
      } else {
        arguments.append(try node(argument.withoutParentheses, times, function: call.function.rawValue))
      }
    }
    let areInvariant = arguments.allSatisfy(\.isStepInvariant)
    return made(
      .call(call.function, arguments),
      isStepInvariant: areInvariant && !Self.dependsOnTime(call.function, arguments))
  }

  /// Labels' names are UTF-8.
  private static func checkLabelNames(_ call: FunctionCall) throws(EvaluationError) {
    guard call.function == .labelReplace || call.function == .labelJoin else { return }
    for (index, argument) in call.arguments.enumerated() {
      let isName = index == 1 || (call.function == .labelJoin && index > 2)
      guard isName, case .string(let literal) = argument.withoutParentheses, literal.invalidBytes != nil else {
        continue
      }
      throw .failed(
        "invalid \(index == 1 ? "destination" : "source") label name in \(call.function.rawValue)(): \(literal.quoted)")
    }
  }

  /// Whether a function's value differs between times of evaluation although its arguments do not.
  static func dependsOnTime(_ function: PromQLFunction, _ arguments: [PlanNode]) -> Bool {
    switch function {
    case .dayOfMonth, .dayOfWeek, .dayOfYear, .daysInMonth, .hour, .minute, .month, .year:
      arguments.isEmpty
    case .forecast, .predictLinear, .secondsUntil, .time: true
    // Of a selector it is the time of the sample, of anything else that of the evaluation.
    case .timestamp: if case .selector = arguments.first?.operation { false } else { true }
    default: false
    }
  }

  // MARK: Selectors

  private mutating func instant(
    _ selector: VectorSelector, _ times: Times, function: String
  ) throws(EvaluationError) -> PlannedSelector {
    let time = try resolved(selector.modifiers)
    let isSmoothed = selector.windowMode == .smoothed
    let after = Self.clamped(time.resolved(times.first) - settings.lookback)
    let through = Self.clamped(time.resolved(times.last) + (isSmoothed ? settings.lookback : 0))
    let fetch = fetch(
      selector.matchers, after: after, through: through,
      hints: hints(isSmoothed ? nil : "", time, times, window: settings.lookback))
    return PlannedSelector(fetch: fetch, matchers: selector.matchers, time: time, isSmoothed: isSmoothed)
  }

  private mutating func window(
    _ selector: MatrixSelector, _ times: Times, function: String
  ) throws(EvaluationError) -> PlannedWindow {
    let length = try milliseconds(selector.window, mayBeNegative: false)
    let time = try resolved(selector.selector.modifiers)
    let mode = selector.selector.windowMode
    let margin = mode == .plain ? 0 : settings.lookback
    let fetch = fetch(
      selector.selector.matchers, after: Self.clamped(time.resolved(times.first) - length - margin),
      through: Self.clamped(time.resolved(times.last) + (mode == .smoothed ? margin : 0)),
      hints: hints(mode == .plain && !function.isEmpty ? function : nil, time, times, window: length))
    return PlannedWindow(
      content: .selector(fetch: fetch, matchers: selector.selector.matchers, mode: mode), length: length, time: time)
  }

  private mutating func window(_ subquery: Subquery, _ times: Times) throws(EvaluationError) -> PlannedWindow {
    let length = try milliseconds(subquery.window, mayBeNegative: false)
    let time = try resolved(subquery.modifiers)
    var innerStep = settings.subqueryStep
    if let step = subquery.step { innerStep = try milliseconds(step, mayBeNegative: false) }
    // A step below a millisecond is cut to 0 and means the default one, as in Prometheus.
    if innerStep == 0 { innerStep = settings.subqueryStep }
    let last = Self.clamped(time.resolved(times.last))
    let grid = StepGrid(
      multiplesOf: innerStep, after: Self.clamped(time.resolved(times.first) - length), through: last)
    let inner = Times(first: grid.start, last: last, step: innerStep)
    let node = try node(subquery.expression.withoutParentheses, inner, function: "")
    return PlannedWindow(content: .subquery(node, step: innerStep), length: length, time: time)
  }

  /// - Parameter function: Nil where samples beyond the windows count too, and where a range stands alone: all count.
  private func hints(
    _ function: String?, _ time: PlannedTime, _ times: Times, window: Int64
  ) -> SeriesSelection.Hints {
    guard let function else { return SeriesSelection.Hints() }
    var hints = SeriesSelection.Hints()
    hints.function = function
    hints.step = time.at != nil || times.first == times.last ? 0 : times.step
    hints.window = window
    hints.firstTime = time.resolved(times.first)
    return hints
  }

  /// Joins a selection to those with the same matchers whose times meet it.
  private mutating func fetch(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SeriesSelection.Hints
  ) -> Int {
    for index in fetches.indices where fetches[index].selection.matchers == matchers {
      let known = fetches[index].selection
      guard after <= known.through, through >= known.after else { continue }
      fetches[index].useCount += 1
      fetches[index].selection.after = min(after, known.after)
      fetches[index].selection.through = max(through, known.through)
      // Readers that differ need every sample: no window says so.
      if known.hints != hints || known.after != after || known.through != through {
        fetches[index].selection.hints = SeriesSelection.Hints()
      }
      return index
    }
    let selection = SeriesSelection(matchers: matchers, after: after, through: through, hints: hints)
    fetches.append(PlannedFetch(selection: selection, useCount: 1))
    return fetches.count - 1
  }

  // MARK: Times

  private func resolved(_ modifiers: TimeModifiers) throws(EvaluationError) -> PlannedTime {
    let at: Int64? =
      switch modifiers.at {
      case .none: nil
      case .time(let time): Self.clamped(time)
      case .start: start
      case .end: end
      }
    return PlannedTime(at: at, offset: try milliseconds(modifiers.offset, mayBeNegative: true))
  }

  private func milliseconds(
    _ duration: PromQLDuration, mayBeNegative: Bool
  ) throws(EvaluationError) -> Int64 {
    do {
      return try duration.milliseconds(step: step, queryRange: end - start, mayBeNegative: mayBeNegative)
    } catch {
      throw .failed(error.description)
    }
  }

  private static func clamped(_ time: Int64) -> Int64 { min(max(time, -timeMax), timeMax) }
}
