extension ExpressionParser {
  private static let anyDuration = "number, duration, step(), or range()"

  // MARK: - Windows

  /// `[5m]` or `[1h:5m]` after an expression.
  mutating func window(of expression: PromQLExpression) throws(PromQLError) -> PromQLExpression {
    let expressionHeight = height
    let bracket = try take().range.lowerBound
    let outer = context
    defer { context = outer }
    context = Context(place: "subquery or range selector", expected: Self.anyDuration)
    let window = try positiveDuration()
    context = Context(place: "subquery or range", expected: "\":\" or \"]\"")
    if try take(.rightBracket) {
      return .matrixSelector(try matrixSelector(of: expression, window, bracket, expressionHeight))
    }
    guard try take(.colon) else { throw try unexpected() }
    context = Context(place: "subquery selector", expected: "\(Self.anyDuration), or \"]\"")
    var step: PromQLDuration?
    if try peek().kind != .punctuation(.rightBracket) {
      step = try positiveDuration()
      context.expected = "\"]\""
    }
    try expect(.rightBracket)
    try count(heights: expressionHeight, at: bracket)
    return .subquery(
      Subquery(expression: expression, window: window, step: step, range: expression.range.lowerBound..<end))
  }

  private mutating func matrixSelector(
    of expression: PromQLExpression, _ window: PromQLDuration, _ bracket: Int, _ expressionHeight: Int
  ) throws(PromQLError) -> MatrixSelector {
    guard case .vectorSelector(let selector) = expression else {
      throw error("ranges only allowed for vector selectors", at: bracket)
    }
    guard selector.modifiers.offset == .constant(0) else {
      throw error("no offset modifiers allowed before range", at: bracket)
    }
    guard selector.modifiers.at == nil else { throw error("no @ modifiers allowed before range", at: bracket) }
    try count(heights: expressionHeight, at: bracket)
    return MatrixSelector(selector: selector, window: window, range: selector.range.lowerBound..<end)
  }

  private mutating func positiveDuration() throws(PromQLError) -> PromQLDuration {
    let start = try peek().range.lowerBound
    let duration = duration(try durationExpression())
    if case .constant(let milliseconds) = duration, milliseconds <= 0 {
      throw error("duration must be greater than 0", at: start)
    }
    return duration
  }

  private func duration(_ expression: DurationExpression) -> PromQLDuration {
    guard case .number(let literal) = expression else { return .expression(expression) }
    return .constant(DurationNotation.milliseconds(seconds: literal.value))
  }

  // MARK: - Offsets

  /// What stands after `offset`.
  ///
  /// Operators after it belong to the expression around, as in `x offset 5m * 2`, unless it begins with a parenthesis
  /// or with two signs.
  mutating func offsetDuration() throws(PromQLError) -> PromQLDuration {
    switch try peek().kind {
    case .punctuation(.leftParenthesis): return duration(try durationExpression())
    case .binary(.add), .binary(.subtract):
      let sign = try take()
      if case .binary = try peek().kind {
        return duration(try operators(after: try signed(sign, try signedDuration()), 1))
      }
      return duration(try signed(sign, try durationOperand()))
    default: return duration(try durationOperand())
    }
  }

  // MARK: - Arithmetic

  /// How tightly operators of durations bind.
  private static func precedence(_ operation: DurationOperator) -> Int {
    switch operation {
    case .add, .subtract: 1
    case .multiply, .divide, .modulo: 2
    case .power: 3
    }
  }

  mutating func durationExpression(_ minimum: Int = 1) throws(PromQLError) -> DurationExpression {
    try enter()
    defer { leave() }
    return try operators(after: try signedDuration(), minimum)
  }

  private mutating func operators(
    after first: DurationExpression, _ minimum: Int
  ) throws(PromQLError) -> DurationExpression {
    var left = first
    while case .binary(let binary) = try peek().kind, let operation = DurationOperator(rawValue: binary.rawValue),
      Self.precedence(operation) >= minimum
    {
      let token = try take()
      let precedence = Self.precedence(operation)
      let leftHeight = height
      let right = try durationExpression(operation == .power ? precedence : precedence + 1)
      if case .number(let literal) = right, literal.value == 0, operation == .divide || operation == .modulo {
        throw error(operation == .divide ? "division by zero" : "modulo by zero", at: token.range.lowerBound)
      }
      try count(heights: leftHeight, height, at: token.range.lowerBound)
      left = .binary(operation, left, right)
    }
    return left
  }

  private mutating func signedDuration() throws(PromQLError) -> DurationExpression {
    switch try peek().kind {
    case .binary(.add), .binary(.subtract): return try signed(try take(), try durationExpression(3))
    default: return try durationOperand()
    }
  }

  private mutating func signed(
    _ sign: PromQLToken, _ operand: DurationExpression
  ) throws(PromQLError) -> DurationExpression {
    let isNegative = sign.kind == .binary(.subtract)
    guard case .number(var literal) = operand else {
      guard isNegative else { return operand }
      try count(heights: height, at: sign.range.lowerBound)
      return .negation(operand, range: sign.range.lowerBound..<operand.range.upperBound)
    }
    if isNegative { literal.value.negate() }
    literal.range = sign.range.lowerBound..<literal.range.upperBound
    return .number(literal)
  }

  private mutating func durationOperand() throws(PromQLError) -> DurationExpression {
    let start = try peek().range.lowerBound
    switch try peek().kind {
    case .number, .duration:
      let literal = try numberLiteral()
      guard abs(literal.value) <= DurationExpression.secondsMax else { throw error("duration out of range", at: start) }
      try count(at: start)
      return .number(literal)
    case .preprocessor(.step):
      try emptyCall(start)
      return .step(range: start..<end)
    case .preprocessor(.range):
      try emptyCall(start)
      return .range(range: start..<end)
    case .preprocessor(.minOf):
      let (left, right) = try pair(start)
      return .min(left, right, range: start..<end)
    case .preprocessor(.maxOf):
      let (left, right) = try pair(start)
      return .max(left, right, range: start..<end)
    case .punctuation(.leftParenthesis):
      _ = try take()
      let inner = try durationExpression()
      try expect(.rightParenthesis)
      if case .parentheses = inner { return inner }
      try count(heights: height, at: start)
      return .parentheses(inner, range: start..<end)
    default: throw try unexpected()
    }
  }

  /// `step()` and the like.
  private mutating func emptyCall(_ start: Int) throws(PromQLError) {
    _ = try take()
    try expect(.leftParenthesis)
    try expect(.rightParenthesis)
    try count(at: start)
  }

  /// `min_of(a, b)` and the like.
  private mutating func pair(_ start: Int) throws(PromQLError) -> (DurationExpression, DurationExpression) {
    _ = try take()
    try expect(.leftParenthesis)
    let left = try durationExpression()
    let leftHeight = height
    try expect(.comma)
    let right = try durationExpression()
    try expect(.rightParenthesis)
    try count(heights: leftHeight, height, at: start)
    return (left, right)
  }
}
