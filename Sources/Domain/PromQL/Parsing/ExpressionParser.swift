import Base
package import Series

/// Parses queries of PromQL, in the syntax and with the checks of Prometheus 3.14, experimental ones included.
package struct PromQLParser: Sendable {
  private let patterns: any TextPatternCompiler
  private let limits: PromQLLimits

  /// - Parameter patterns: Compiles the regular expressions of matchers.
  package init(patterns: any TextPatternCompiler, limits: PromQLLimits = PromQLLimits()) {
    self.patterns = patterns
    self.limits = limits
  }

  /// Parses and checks an expression.
  package func parse(_ text: String) throws(PromQLError) -> PromQLExpression {
    var parser = try parser(text)
    guard try parser.peek().kind != .end else { throw parser.error("no expression found in input", at: 0) }
    var expression = try parser.expression()
    guard try parser.peek().kind == .end else { throw try parser.unexpected() }
    let check = ExpressionCheck(lexer: parser.lexer)
    _ = try check.check(&expression)
    return expression
  }

  /// Parses a selector without range, offset and `@`, for example a parameter `match[]`: its matchers.
  package func matchers(_ text: String) throws(PromQLError) -> [LabelMatcher] {
    var parser = try parser(text)
    let selector = try parser.plainSelector()
    guard try parser.peek().kind == .end else { throw try parser.unexpected() }
    let check = ExpressionCheck(lexer: parser.lexer)
    try check.checkSelector(selector)
    return selector.matchers
  }

  private func parser(_ text: String) throws(PromQLError) -> ExpressionParser {
    let parser = ExpressionParser(lexer: PromQLLexer(text), patterns: patterns, limits: limits)
    guard text.utf8.count <= limits.queryBytesMax else {
      throw parser.error(
        "the query has \(text.utf8.count) bytes, more than the \(limits.queryBytesMax) that are allowed; split it, "
          + "e.g. by recording rules", at: limits.queryBytesMax)
    }
    return parser
  }
}

/// Builds the syntax tree: one function for each part of the grammar.
///
/// Types are checked afterwards, by ``ExpressionCheck``.
struct ExpressionParser {
  var lexer: PromQLLexer
  let patterns: any TextPatternCompiler
  let limits: PromQLLimits
  /// The next token, where it was looked at already.
  ///
  /// Looking at it any earlier would report mistakes out of order.
  private var lookahead: PromQLToken?
  /// Where the last token ends.
  private(set) var end = 0
  /// What messages about an unexpected token say besides, as the innermost part of the grammar that has something to
  /// say.
  var context = Context()
  /// How deep the parser is nested.
  private var depth = 0
  /// How deep the tree of the expression is that was parsed last.
  var height = 0
  private var nodeCount = 0

  /// The second half of a message about an unexpected token.
  struct Context {
    var place = ""
    var expected = ""
  }

  init(lexer: PromQLLexer, patterns: any TextPatternCompiler, limits: PromQLLimits) {
    self.lexer = lexer
    self.patterns = patterns
    self.limits = limits
  }

  // MARK: - Tokens

  mutating func peek() throws(PromQLError) -> PromQLToken {
    if let lookahead { return lookahead }
    let token = try lexer.next()
    lookahead = token
    return token
  }

  mutating func take() throws(PromQLError) -> PromQLToken {
    let token = try peek()
    lookahead = nil
    end = token.range.upperBound
    return token
  }

  mutating func take(_ kind: PromQLToken.Kind) throws(PromQLError) -> Bool {
    guard try peek().kind == kind else { return false }
    _ = try take()
    return true
  }

  mutating func take(_ punctuation: PromQLToken.Punctuation) throws(PromQLError) -> Bool {
    try take(.punctuation(punctuation))
  }

  mutating func expect(_ punctuation: PromQLToken.Punctuation) throws(PromQLError) {
    guard try take(punctuation) else { throw try unexpected() }
  }

  func text(_ token: PromQLToken) -> String { lexer.text(token.range) }

  // MARK: - Errors

  func error(_ message: String, at offset: Int) -> PromQLError { lexer.error(message, at: offset) }

  /// The error about a token that does not fit, with what its place in the grammar says.
  mutating func unexpected(_ context: Context? = nil) throws(PromQLError) -> PromQLError {
    let token = try peek()
    let context = context ?? self.context
    var message = "unexpected \(description(token))"
    if !context.place.isEmpty { message += " in \(context.place)" }
    if !context.expected.isEmpty { message += ", expected \(context.expected)" }
    return error(message, at: token.range.lowerBound)
  }

  mutating func unexpected(in place: String, expected: String) throws(PromQLError) -> PromQLError {
    try unexpected(Context(place: place, expected: expected))
  }

  private func description(_ token: PromQLToken) -> String {
    let text = text(token)
    // Prometheus shows the first ten characters of longer ones.
    let short =
      text.unicodeScalars.count > 10
      ? SeriesNotation.quoted(String(String.UnicodeScalarView(text.unicodeScalars.prefix(10)))) + "..."
      : SeriesNotation.quoted(text)
    return switch token.kind {
    case .end: "end of input"
    case .identifier: "identifier \(SeriesNotation.quoted(text))"
    case .metricIdentifier: "metric identifier \(SeriesNotation.quoted(text))"
    case .number: "number \(short)"
    case .duration: "duration \(short)"
    case .string: "string \(short)"
    case .punctuation, .preprocessor: short
    case .binary, .matches, .doesNotMatch, .at: "<op:\(text)>"
    case .aggregator: "<aggr:\(text)>"
    case .keyword: "<\(text)>"
    }
  }

  // MARK: - Limits

  /// Goes a level deeper; ``leave()`` goes back.
  mutating func enter() throws(PromQLError) {
    depth += 1
    guard depth <= limits.depthMax else { throw tooDeep(at: end) }
  }

  mutating func leave() { depth -= 1 }

  /// Counts an expression that is made of others, whose trees are at most so high.
  mutating func count(heights: Int..., at offset: Int) throws(PromQLError) {
    height = (heights.max() ?? 0) + 1
    guard height <= limits.depthMax else { throw tooDeep(at: offset) }
    try countNode(at: offset)
  }

  private func tooDeep(at offset: Int) -> PromQLError {
    error(
      "the query is nested deeper than \(limits.depthMax) levels; a chain of operators counts one level for each",
      at: offset)
  }

  mutating func countNode(at offset: Int) throws(PromQLError) {
    nodeCount += 1
    guard nodeCount <= limits.nodeCountMax else {
      throw error(
        "the query has more than \(limits.nodeCountMax) expressions, matchers and labels; split it", at: offset)
    }
  }
}
