import Base

/// Reads queries in Axonize's subset of TraceQL; docs/query-language.md describes it.
package enum TraceQLParser {
  /// Reads and checks a query.
  ///
  /// The result is within ``TraceQLLimits``.
  package static func parse(_ text: String) throws(TraceQLError) -> TraceQLQuery {
    guard text.utf8.count <= TraceQLLimits.queryBytesMax else {
      throw TraceQLError(
        "the query has \(text.utf8.count) bytes; at most \(TraceQLLimits.queryBytesMax) are allowed",
        at: SourcePosition(offset: 0, line: 1, column: 1))
    }
    var lexer = Lexer(text)
    let tokens = try lexer.tokens()
    var parser = Parser(bytes: lexer.bytes, tokens: tokens)
    return try parser.query()
  }
}

/// A recursive-descent parser over tokens.
///
/// It recurses once a parenthesis or negation, at most `depthMax` deep.
struct Parser {
  let bytes: [UInt8]
  let tokens: [Token]
  var index = 0
  var depth = 0
  var comparisonCount = 0

  init(bytes: [UInt8], tokens: [Token]) {
    self.bytes = bytes
    self.tokens = tokens
  }

  var token: Token { tokens[index] }

  /// Returns the current token and goes to the next; stays at the end.
  mutating func advance() -> Token {
    defer { if index < tokens.count - 1 { index += 1 } }
    return tokens[index]
  }

  mutating func take(_ kind: Token.Kind) -> Bool {
    guard token.kind == kind else { return false }
    _ = advance()
    return true
  }

  func position(_ token: Token) -> SourcePosition { SourcePosition(of: token.offset, in: bytes) }

  func error(_ message: String, at token: Token) -> TraceQLError { TraceQLError(message, at: position(token)) }

  func unexpected(expected: String) -> TraceQLError {
    if case .unsupported(let text) = token.kind {
      return error("the operator `\(text)` is not supported; expected \(expected)", at: token)
    }
    return error("expected \(expected), found \(token.description)", at: token)
  }

  mutating func expect(_ kind: Token.Kind, _ expected: String) throws(TraceQLError) {
    guard take(kind) else { throw unexpected(expected: expected) }
  }

  mutating func enter(_ token: Token) throws(TraceQLError) {
    depth += 1
    guard depth <= TraceQLLimits.depthMax else {
      throw error("the query is nested deeper than \(TraceQLLimits.depthMax) levels", at: token)
    }
  }

  mutating func countComparison(_ token: Token) throws(TraceQLError) {
    comparisonCount += 1
    guard comparisonCount <= TraceQLLimits.comparisonCountMax else {
      throw error("the query has more than \(TraceQLLimits.comparisonCountMax) conditions", at: token)
    }
  }

  // MARK: - Spansets

  mutating func query() throws(TraceQLError) -> TraceQLQuery {
    let spansets = try spansetExpression()
    var conditions: [AggregateCondition] = []
    var selected: [Field] = []
    while take(.pipe) {
      switch try stage() {
      case .condition(let condition): conditions.append(condition)
      case .select(let fields): selected += fields
      }
    }
    guard token.kind == .end else { throw unexpected(expected: "`&&`, `||`, `>`, `>>`, `|` or the end of the query") }
    return TraceQLQuery(spansets: spansets, conditions: conditions, selected: selected)
  }

  private mutating func spansetExpression() throws(TraceQLError) -> SpansetExpression {
    var left = try structure()
    let combiner = token.kind
    while token.kind == .and || token.kind == .or {
      let operation = advance()
      guard operation.kind == combiner else { throw mixed(operation) }
      let right = try structure()
      left = combiner == .and ? .and(left, right) : .or(left, right)
    }
    return left
  }

  private mutating func structure() throws(TraceQLError) -> SpansetExpression {
    let left = try spanset()
    guard token.kind == .comparison(.greater) || token.kind == .descendant else { return left }
    let operation = advance()
    let right = try spanset()
    guard case .filter = left, case .filter = right else {
      throw error("`>` and `>>` stand between two `{ … }` without parentheses around them", at: operation)
    }
    if token.kind == .comparison(.greater) || token.kind == .descendant {
      throw error("chains of `>` and `>>` are not supported; combine pairs with `&&`", at: token)
    }
    return operation.kind == .descendant ? .descendant(left, right) : .child(left, right)
  }

  private mutating func spanset() throws(TraceQLError) -> SpansetExpression {
    let start = token
    if take(.openParenthesis) {
      try enter(start)
      let inner = try spansetExpression()
      if token.kind == .pipe {
        throw error("a pipeline inside parentheses is not supported; put it at the end of the query", at: token)
      }
      try expect(.closeParenthesis, "`)`, `&&` or `||`")
      depth -= 1
      return inner
    }
    try expect(.openBrace, "`{`")
    if take(.closeBrace) {
      try countComparison(start)
      return .filter(.constant(true))
    }
    let condition = try fieldExpression()
    try expect(.closeBrace, "`}`, `&&` or `||`")
    return .filter(condition)
  }

  func mixed(_ token: Token) -> TraceQLError {
    error("`&&` and `||` are mixed; put parentheses around one of them", at: token)
  }

  // MARK: - Conditions on a span

  private mutating func fieldExpression() throws(TraceQLError) -> FieldExpression {
    var left = try condition()
    let combiner = token.kind
    while token.kind == .and || token.kind == .or {
      let operation = advance()
      guard operation.kind == combiner else { throw mixed(operation) }
      let right = try condition()
      left = combiner == .and ? .and(left, right) : .or(left, right)
    }
    return left
  }

  private mutating func condition() throws(TraceQLError) -> FieldExpression {
    let start = token
    if take(.not) {
      try enter(start)
      let inner = try condition()
      depth -= 1
      return .not(inner)
    }
    if take(.openParenthesis) {
      try enter(start)
      let inner = try fieldExpression()
      try expect(.closeParenthesis, "`)`, `&&` or `||`")
      depth -= 1
      return inner
    }
    return try comparison()
  }
}
