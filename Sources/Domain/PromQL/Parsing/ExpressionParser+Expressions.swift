import Series

/// How tightly binary operators bind.
private enum Precedence: Int {
  case or = 1
  case and, comparison, addition, multiplication, power
}

extension BinaryOperator {
  fileprivate var precedence: Precedence {
    switch self {
    case .or: .or
    case .and, .unless: .and
    case .equal, .notEqual, .greater, .less, .greaterOrEqual, .lessOrEqual, .trimUpper, .trimLower: .comparison
    case .add, .subtract: .addition
    case .multiply, .divide, .modulo, .atan2: .multiplication
    case .power: .power
    }
  }
}

extension ExpressionParser {
  mutating func expression() throws(PromQLError) -> PromQLExpression { try expression(.or) }

  /// An expression of operators that bind at least so tightly.
  private mutating func expression(_ minimum: Precedence) throws(PromQLError) -> PromQLExpression {
    try enter()
    defer { leave() }
    var left = try unary()
    while case .binary(let operation) = try peek().kind, operation.precedence.rawValue >= minimum.rawValue {
      let token = try take()
      let leftHeight = height
      var (matching, returnsBool) = (VectorMatching(), false)
      try modifiers(&matching, &returnsBool)
      // Operators of one precedence are read from the left, powers from the right.
      let next = Precedence(rawValue: operation.precedence.rawValue + 1) ?? .power
      let right = try expression(operation == .power ? .power : next)
      try count(heights: leftHeight, height, at: token.range.lowerBound)
      left = .binary(
        BinaryOperation(operation: operation, left: left, right: right, matching: matching, returnsBool: returnsBool))
    }
    return left
  }

  /// An operand with its sign, which binds as multiplication does: `-a ^ b` is `-(a ^ b)`.
  private mutating func unary() throws(PromQLError) -> PromQLExpression {
    guard case .binary(let operation) = try peek().kind, operation == .add || operation == .subtract else {
      return try postfix()
    }
    let start = try take().range.lowerBound
    let operand = try expression(.power)
    if case .number(var literal) = operand {
      if operation == .subtract { literal.value.negate() }
      literal.range = start..<literal.range.upperBound
      return .number(literal)
    }
    try count(heights: height, at: start)
    return .unary(
      UnaryOperation(
        operation: operation == .add ? .plus : .minus, operand: operand, range: start..<operand.range.upperBound))
  }

  /// An operand with what stands after it.
  private mutating func postfix() throws(PromQLError) -> PromQLExpression {
    var expression = try primary()
    while true {
      switch try peek().kind {
      case .punctuation(.leftBracket): expression = try window(of: expression)
      case .keyword(.offset): try offset(of: &expression)
      case .keyword(.anchored): try windowMode(.anchored, of: &expression)
      case .keyword(.smoothed): try windowMode(.smoothed, of: &expression)
      case .at: try at(of: &expression)
      default: return expression
      }
    }
  }

  private mutating func primary() throws(PromQLError) -> PromQLExpression {
    let token = try peek()
    let start = token.range.lowerBound
    switch token.kind {
    case .number, .duration:
      let literal = try numberLiteral()
      try count(at: start)
      return .number(literal)
    case .string:
      let literal = stringLiteral(try take())
      try count(at: start)
      return .string(literal)
    case .punctuation(.leftParenthesis):
      _ = try take()
      let inner = try expression()
      try expect(.rightParenthesis)
      try count(heights: height, at: start)
      return .parentheses(Parentheses(inner, range: start..<end))
    case .aggregator(let aggregator):
      _ = try take()
      switch try peek().kind {
      case .punctuation(.leftParenthesis), .keyword(.by), .keyword(.without): return try aggregation(aggregator, token)
      default: return try selector(named: token)
      }
    case .identifier, .preprocessor:
      _ = try take()
      return try peek().kind == .punctuation(.leftParenthesis) ? try call(token) : try selector(named: token)
    case .punctuation(.leftBrace): return try selector(named: nil)
    default:
      guard token.kind.canBeMetric else { throw try unexpected() }
      return try selector(named: try take())
    }
  }

  private mutating func selector(named token: PromQLToken?) throws(PromQLError) -> PromQLExpression {
    let selector = try vectorSelector(named: token)
    try count(at: selector.range.lowerBound)
    return .vectorSelector(selector)
  }

  // MARK: - Literals

  mutating func numberLiteral() throws(PromQLError) -> NumberLiteral {
    let token = try take()
    let text = text(token)
    guard token.kind == .duration else {
      guard let value = NumberNotation.value(text) else {
        throw error(
          "error parsing number: \(SeriesNotation.quoted(text)) is not a number or does not fit",
          at: token.range.lowerBound)
      }
      return NumberLiteral(value: value, range: token.range)
    }
    do throws(DurationNotation.Failure) {
      let milliseconds = try DurationNotation.milliseconds(text)
      return NumberLiteral(value: DurationNotation.seconds(milliseconds), isDuration: true, range: token.range)
    } catch {
      throw self.error(error.message(SeriesNotation.quoted(text)), at: token.range.lowerBound)
    }
  }

  func stringLiteral(_ token: PromQLToken) -> StringLiteral {
    let bytes = StringNotation.bytes(of: lexer.bytes[token.range])
    let text = String(validating: bytes, as: UTF8.self)
    return StringLiteral(
      value: text ?? String(decoding: bytes, as: UTF8.self), invalidBytes: text == nil ? bytes : nil, range: token.range
    )
  }

  // MARK: - What stands after a binary operator

  private mutating func modifiers(_ matching: inout VectorMatching, _ returnsBool: inout Bool) throws(PromQLError) {
    returnsBool = try take(.keyword(.bool))
    let kind = try peek().kind
    if kind == .keyword(.on) || kind == .keyword(.ignoring) {
      _ = try take()
      matching.isOn = kind == .keyword(.on)
      matching.labels = try labelList()
      let cardinality: VectorMatching.Cardinality? =
        switch try peek().kind {
        case .keyword(.groupLeft): .manyToOne
        case .keyword(.groupRight): .oneToMany
        default: nil
        }
      if let cardinality {
        _ = try take()
        matching.cardinality = cardinality
        if try peek().kind == .punctuation(.leftParenthesis) { matching.include = try labelList() }
      }
    }
    try fill(&matching)
  }

  private mutating func fill(_ matching: inout VectorMatching) throws(PromQLError) {
    if try take(.keyword(.fill)) {
      matching.fillLeft = try fillValue()
      matching.fillRight = matching.fillLeft
    } else if try take(.keyword(.fillLeft)) {
      matching.fillLeft = try fillValue()
      if try take(.keyword(.fillRight)) { matching.fillRight = try fillValue() }
    } else if try take(.keyword(.fillRight)) {
      matching.fillRight = try fillValue()
      if try take(.keyword(.fillLeft)) { matching.fillLeft = try fillValue() }
    }
  }

  private mutating func fillValue() throws(PromQLError) -> Double {
    try expect(.leftParenthesis)
    let value = try signedNumber()
    try expect(.rightParenthesis)
    return value
  }

  mutating func signedNumber() throws(PromQLError) -> Double {
    let sign = try peek().kind
    if sign == .binary(.add) || sign == .binary(.subtract) { _ = try take() }
    switch try peek().kind {
    case .number, .duration: break
    default: throw try unexpected()
    }
    let value = try numberLiteral().value
    return sign == .binary(.subtract) ? -value : value
  }

  // MARK: - Lists of labels

  /// `(a, "b c", d)`.
  mutating func labelList() throws(PromQLError) -> [String] {
    let place = "grouping opts"
    guard try take(.leftParenthesis) else { throw try unexpected(in: place, expected: "\"(\"") }
    var labels: [String] = []
    while !(try take(.rightParenthesis)) {
      let token = try peek()
      guard token.kind.canBeLabel || token.kind == .string else { throw try unexpected(in: place, expected: "label") }
      _ = try take()
      labels.append(try labelName(token))
      try countNode(at: token.range.lowerBound)
      guard try peek().kind != .punctuation(.rightParenthesis) else { continue }
      guard try take(.comma) else { throw try unexpected(in: place, expected: "\",\" or \")\"") }
    }
    return labels
  }

  private func labelName(_ token: PromQLToken) throws(PromQLError) -> String {
    guard token.kind == .string else { return text(token) }
    let literal = stringLiteral(token)
    guard !literal.value.isEmpty, literal.invalidBytes == nil else {
      throw error("invalid label name for grouping: \(literal.quoted)", at: token.range.lowerBound)
    }
    return literal.value
  }
}
