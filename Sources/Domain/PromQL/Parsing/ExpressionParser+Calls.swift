import Series

extension ExpressionParser {
  /// A call, its name taken already.
  mutating func call(_ name: PromQLToken) throws(PromQLError) -> PromQLExpression {
    let start = name.range.lowerBound
    let arguments = try arguments()
    let text = text(name)
    // Unlike keywords, names of functions are in lower case only.
    guard let function = PromQLFunction(rawValue: text) else {
      throw error("unknown function with name \(SeriesNotation.quoted(text))", at: start)
    }
    try count(heights: height, at: start)
    return .call(FunctionCall(function: function, arguments: arguments, range: start..<end))
  }

  /// An aggregation, its operator taken already.
  mutating func aggregation(_ aggregator: Aggregator, _ name: PromQLToken) throws(PromQLError) -> PromQLExpression {
    let outer = context
    context = Context(place: "aggregation", expected: "")
    defer { context = outer }
    let start = name.range.lowerBound
    var grouping = try grouping()
    let arguments = try arguments()
    let argumentsHeight = height
    context = outer
    if grouping == nil { grouping = try self.grouping() }
    guard let vector = arguments.last else {
      throw error("no arguments for aggregate expression provided", at: start)
    }
    let countExpected = aggregator.parameterType == nil ? 1 : 2
    guard arguments.count == countExpected else {
      throw error(
        "wrong number of arguments for aggregate expression provided, "
          + "expected \(countExpected), got \(arguments.count)", at: start)
    }
    try count(heights: argumentsHeight, at: start)
    return .aggregation(
      Aggregation(
        aggregator: aggregator, expression: vector, parameter: countExpected == 2 ? arguments[0] : nil,
        grouping: grouping ?? .by([]), range: start..<end))
  }

  private mutating func grouping() throws(PromQLError) -> Grouping? {
    if try take(.keyword(.by)) { return .by(try labelList()) }
    if try take(.keyword(.without)) { return .without(try labelList()) }
    return nil
  }

  /// `(a, b)`.
  ///
  /// The height is that of the highest.
  private mutating func arguments() throws(PromQLError) -> [PromQLExpression] {
    try expect(.leftParenthesis)
    height = 0
    if try take(.rightParenthesis) { return [] }
    var arguments = [try expression()]
    var highest = height
    while try peek().kind == .punctuation(.comma) {
      let comma = try take()
      guard try peek().kind.canStartExpression else {
        throw error("trailing commas not allowed in function call args", at: comma.range.lowerBound)
      }
      arguments.append(try expression())
      highest = max(highest, height)
    }
    try expect(.rightParenthesis)
    height = highest
    return arguments
  }
}

extension PromQLToken.Kind {
  fileprivate var canStartExpression: Bool {
    switch self {
    case .number, .duration, .string, .punctuation(.leftParenthesis), .punctuation(.leftBrace), .binary(.add),
      .binary(.subtract):
      true
    default: canBeMetric
    }
  }
}
