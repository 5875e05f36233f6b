import Series

/// Checks what the grammar cannot: types, numbers of arguments, and which modifiers go together.
struct ExpressionCheck {
  /// For positions in messages.
  let lexer: PromQLLexer

  /// Checks an expression and completes it: how series match, and what `info` may select.
  func check(_ expression: inout PromQLExpression) throws(PromQLError) -> PromQLValueType {
    switch expression {
    case .number, .string: break
    case .vectorSelector(let selector): try checkSelector(selector)
    case .matrixSelector(let selector): try checkSelector(selector.selector)
    case .parentheses(var parentheses):
      _ = try check(&parentheses.expression)
      expression = .parentheses(parentheses)
    case .unary(var operation):
      let type = try check(&operation.operand)
      guard type == .scalar || type == .vector else {
        throw error(
          "unary expression only allowed on expressions of type scalar or instant vector, got \"\(type.description)\"",
          at: operation.range)
      }
      expression = .unary(operation)
    case .subquery(var subquery):
      let type = try check(&subquery.expression)
      guard type == .vector else {
        throw error("subquery is only allowed on instant vector, got \(type.rawValue) instead", at: subquery.range)
      }
      expression = .subquery(subquery)
    case .aggregation(var aggregation):
      try check(&aggregation.expression, is: .vector, "aggregation expression")
      if let type = aggregation.aggregator.parameterType, var parameter = aggregation.parameter {
        try check(&parameter, is: type, "aggregation parameter")
        aggregation.parameter = parameter
      }
      expression = .aggregation(aggregation)
    case .call(var call):
      try checkCall(&call)
      expression = .call(call)
    case .binary(var operation):
      try checkBinary(&operation)
      expression = .binary(operation)
    }
    return expression.type
  }

  private func error(_ message: String, at range: Range<Int>) -> PromQLError {
    lexer.error(message, at: range.lowerBound)
  }

  private func check(
    _ expression: inout PromQLExpression, is type: PromQLValueType, _ place: String
  ) throws(PromQLError) {
    let actual = try check(&expression)
    guard actual == type else {
      throw error("expected type \(type.description) in \(place), got \(actual.description)", at: expression.range)
    }
  }

  // MARK: - Selectors

  func checkSelector(_ selector: VectorSelector) throws(PromQLError) {
    if !selector.name.isEmpty {
      // The last matcher is that of the name before the braces.
      guard let other = selector.matchers.dropLast().first(where: { $0.name == Label.metricName }) else { return }
      throw error(
        "metric name must not be set twice: \(SeriesNotation.quoted(selector.name)) or "
          + SeriesNotation.quoted(other.value), at: selector.range)
    }
    guard selector.mayMatchEmpty || selector.matchers.contains(where: { !$0.matches("") }) else {
      throw error("vector selector must contain at least one non-empty matcher", at: selector.range)
    }
  }

  // MARK: - Calls

  private func checkCall(_ call: inout FunctionCall) throws(PromQLError) {
    let signature = call.function.signature
    let name = "\"\(call.function.rawValue)\""
    func wrongCount(_ expected: String) -> PromQLError {
      error("expected \(expected) argument(s) in call to \(name), got \(call.arguments.count)", at: call.range)
    }
    let isFixed = signature.argumentCountMin == signature.argumentCountMax
    guard call.arguments.count >= signature.argumentCountMin else {
      throw wrongCount(isFixed ? "\(signature.argumentCountMin)" : "at least \(signature.argumentCountMin)")
    }
    if let max = signature.argumentCountMax, call.arguments.count > max {
      throw wrongCount(isFixed ? "\(max)" : "at most \(max)")
    }
    if call.function == .info, call.arguments.count > 1 { try checkInfoLabels(&call) }
    for index in call.arguments.indices {
      let type = signature.arguments[min(index, signature.arguments.count - 1)]
      try check(&call.arguments[index], is: type, "call to function \(name)")
    }
    try checkWords(call)
  }

  /// Texts that choose between some words.
  private func checkWords(_ call: FunctionCall) throws(PromQLError) {
    guard let words = call.function.words else { return }
    for argument in call.arguments {
      guard case .string(let literal) = argument.withoutParentheses, !words.contains(literal.value) else { continue }
      let choice = words.map(SeriesNotation.quoted).joined(separator: " or ")
      throw error(
        "expected \(choice) in call to function \"\(call.function.rawValue)\", got "
          + SeriesNotation.quoted(literal.value), at: argument.range)
    }
  }

  /// The second argument of `info` says which labels to add, as matchers without a metric's name.
  private func checkInfoLabels(_ call: inout FunctionCall) throws(PromQLError) {
    let argument = call.arguments[1]
    guard argument.type == .vector else {
      throw error(
        "expected type instant vector in call to function \"info\", got \(argument.type.description)", at: call.range)
    }
    guard case .vectorSelector(var selector) = argument else {
      throw error("expected label selectors only", at: argument.range)
    }
    guard selector.name.isEmpty else {
      throw error("expected label selectors only, got vector selector instead", at: argument.range)
    }
    selector.mayMatchEmpty = true
    call.arguments[1] = .vectorSelector(selector)
  }

  // MARK: - Binary operations

  private func checkBinary(_ operation: inout BinaryOperation) throws(PromQLError) {
    let left = try check(&operation.left)
    let right = try check(&operation.right)
    let sign = operation.operation
    if operation.returnsBool, !sign.isComparison {
      throw operatorError("bool modifier can only be used on comparison operators", operation)
    }
    if sign.isComparison, !operation.returnsBool, left == .scalar, right == .scalar {
      throw operatorError("comparisons between scalars must use BOOL modifier", operation)
    }
    if let matching = operation.matching, matching.isOn,
      let label = matching.labels.first(where: { name in matching.include.contains { $0.hasSameBytes(as: name) } })
    {
      throw operatorError(
        "label \(SeriesNotation.quoted(label)) must not occur in ON and GROUP clause at once", operation)
    }
    for (type, side) in [(left, operation.left), (right, operation.right)] where type != .scalar && type != .vector {
      throw error("binary expression must contain only scalar and instant vector types", at: side.range)
    }
    try checkMatching(&operation, areVectors: left == .vector && right == .vector)
    if sign.isSetOperator, left == .scalar || right == .scalar {
      throw whole("set operator \"\(sign.rawValue)\" not allowed in binary scalar expression", operation)
    }
  }

  private func checkMatching(_ operation: inout BinaryOperation, areVectors: Bool) throws(PromQLError) {
    guard var matching = operation.matching else { return }
    let isFilled = matching.fillLeft != nil || matching.fillRight != nil
    guard areVectors else {
      guard matching.labels.isEmpty else {
        throw whole("vector matching only allowed between instant vectors", operation)
      }
      guard !isFilled else { throw whole("filling in missing series only allowed between instant vectors", operation) }
      operation.matching = nil
      return
    }
    guard operation.operation.isSetOperator else { return }
    guard matching.cardinality == .oneToOne else {
      throw whole("no grouping allowed for \"\(operation.operation.rawValue)\" operation", operation)
    }
    guard !isFilled else { throw whole("filling in missing series not allowed for set operators", operation) }
    matching.cardinality = .manyToMany
    operation.matching = matching
  }

  private func whole(_ message: String, _ operation: BinaryOperation) -> PromQLError {
    error(message, at: operation.left.range)
  }

  /// An error at the operator.
  private func operatorError(_ message: String, _ operation: BinaryOperation) -> PromQLError {
    let bytes = lexer.bytes[operation.left.range.upperBound...]
    return lexer.error(message, at: bytes.firstIndex { !PromQLLexer.isSpace($0) } ?? bytes.startIndex)
  }
}
