import Series

extension ExpressionParser {
  /// A selector alone, without what may stand after it.
  mutating func plainSelector() throws(PromQLError) -> VectorSelector {
    let token = try peek()
    if token.kind == .punctuation(.leftBrace) { return try vectorSelector(named: nil) }
    guard token.kind.canBeMetric else { throw try unexpected() }
    return try vectorSelector(named: try take())
  }

  /// A selector, its name taken already.
  mutating func vectorSelector(named name: PromQLToken?) throws(PromQLError) -> VectorSelector {
    let start = if let name { name.range.lowerBound } else { try peek().range.lowerBound }
    var matchers: [LabelMatcher] = []
    if try take(.leftBrace) { matchers = try self.matchers() }
    let range = start..<end
    guard let name else { return VectorSelector(matchers: matchers, range: range) }
    let text = text(name)
    matchers.append(LabelMatcher(Label.metricName, equals: text))
    return VectorSelector(name: text, matchers: matchers, range: range)
  }

  /// Matchers up to the closing brace.
  private mutating func matchers() throws(PromQLError) -> [LabelMatcher] {
    var matchers: [LabelMatcher] = []
    while !(try take(.rightBrace)) {
      try countNode(at: end)
      matchers.append(try matcher())
      guard try peek().kind != .punctuation(.rightBrace) else { continue }
      guard try take(.comma) else { throw try unexpected(in: "label matching", expected: "\",\" or \"}\"") }
    }
    return matchers
  }

  /// `label="value"`, or a metric's name in quotes.
  private mutating func matcher() throws(PromQLError) -> LabelMatcher {
    let place = "label matching"
    let token = try peek()
    guard token.kind == .identifier || token.kind == .string else {
      throw try unexpected(in: place, expected: "identifier or \"}\"")
    }
    _ = try take()
    let name = token.kind == .string ? try validText(token, "label name") : text(token)
    let operation: LabelMatcher.Operation
    switch try peek().kind {
    case .punctuation(.equal): operation = .equal
    case .binary(.notEqual): operation = .notEqual
    case .matches: operation = .matches
    case .doesNotMatch: operation = .doesNotMatch
    default:
      guard token.kind == .string else { throw try unexpected(in: place, expected: "label matching operator") }
      return LabelMatcher(Label.metricName, equals: name)
    }
    _ = try take()
    guard try peek().kind == .string else { throw try unexpected(in: place, expected: "string") }
    let value = try validText(try take(), "value of a matcher")
    do throws(TextPatternError) {
      return try LabelMatcher(name, operation, value, compiler: patterns)
    } catch {
      throw self.error("error parsing regexp: \(error.reason)", at: token.range.lowerBound)
    }
  }

  private func validText(_ token: PromQLToken, _ what: String) throws(PromQLError) -> String {
    let literal = stringLiteral(token)
    guard literal.invalidBytes == nil else {
      throw error("the \(what) \(literal.quoted) is not UTF-8", at: token.range.lowerBound)
    }
    return literal.value
  }

  // MARK: - offset, @, anchored, smoothed

  mutating func offset(of expression: inout PromQLExpression) throws(PromQLError) {
    _ = try take()
    let outer = context
    context = Context(place: "offset", expected: "number, duration, step(), or range()")
    let expressionHeight = height
    defer { (context, height) = (outer, expressionHeight) }
    let offset = try offsetDuration()
    try modify(&expression, "offset modifier") { modifiers in
      guard modifiers.offset == .constant(0) else { return "offset may not be set multiple times" }
      modifiers.offset = offset
      return nil
    }
  }

  /// The latest time of `@`, in milliseconds, about 35,000 years: up to there a time is the same when it is printed
  /// and read.
  private static let timeMax: UInt64 = 1 << 50

  mutating func at(of expression: inout PromQLExpression) throws(PromQLError) {
    _ = try take()
    let outer = context
    context = Context(place: "@", expected: "timestamp")
    defer { context = outer }
    let at: AtModifier
    switch try peek().kind {
    case .preprocessor(.start): at = .start
    case .preprocessor(.end): at = .end
    default:
      let seconds = try signedNumber()
      guard let milliseconds = Int64(exactly: (seconds * 1_000).rounded()), milliseconds.magnitude < Self.timeMax else {
        throw error(
          "timestamp out of bounds for @ modifier: \(NumberNotation.text(seconds))", at: expression.range.lowerBound)
      }
      return try set(.time(milliseconds), of: &expression)
    }
    _ = try take()
    try expect(.leftParenthesis)
    try expect(.rightParenthesis)
    try set(at, of: &expression)
  }

  private mutating func set(_ at: AtModifier, of expression: inout PromQLExpression) throws(PromQLError) {
    try modify(&expression, "@ modifier") { modifiers in
      guard modifiers.at == nil else { return "@ <timestamp> may not be set multiple times" }
      modifiers.at = at
      return nil
    }
  }

  /// - Parameter change: Changes the modifiers, or says why it cannot.
  private func modify(
    _ expression: inout PromQLExpression, _ what: String, _ change: (inout TimeModifiers) -> String?
  ) throws(PromQLError) {
    let start = expression.range.lowerBound
    let mistake: String?
    switch expression {
    case .vectorSelector(var selector):
      mistake = change(&selector.modifiers)
      selector.range = start..<end
      expression = .vectorSelector(selector)
    case .matrixSelector(var selector):
      mistake = change(&selector.selector.modifiers)
      selector.range = start..<end
      expression = .matrixSelector(selector)
    case .subquery(var subquery):
      mistake = change(&subquery.modifiers)
      subquery.range = start..<end
      expression = .subquery(subquery)
    default:
      mistake = "\(what) must be preceded by an instant vector selector or range vector selector or a subquery"
    }
    if let mistake { throw error(mistake, at: start) }
  }

  mutating func windowMode(_ mode: WindowMode, of expression: inout PromQLExpression) throws(PromQLError) {
    _ = try take()
    let mistake: String?
    switch expression {
    case .vectorSelector(var selector):
      mistake = set(mode, of: &selector)
      selector.range = selector.range.lowerBound..<end
      expression = .vectorSelector(selector)
    case .matrixSelector(var selector):
      mistake = set(mode, of: &selector.selector)
      selector.range = selector.range.lowerBound..<end
      expression = .matrixSelector(selector)
    case .subquery: mistake = "\(mode.rawValue) modifier is not supported for subqueries"
    default: mistake = "\(mode.rawValue) modifier not implemented"
    }
    if let mistake { throw error(mistake, at: expression.range.lowerBound) }
  }

  private func set(_ mode: WindowMode, of selector: inout VectorSelector) -> String? {
    guard selector.windowMode == .plain || selector.windowMode == mode else {
      return "anchored and smoothed modifiers cannot be used together"
    }
    selector.windowMode = mode
    return nil
  }
}
