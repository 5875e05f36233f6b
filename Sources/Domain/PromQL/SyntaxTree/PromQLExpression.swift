import Series

/// A PromQL expression: checked, so that each part has the type that its place asks for.
package indirect enum PromQLExpression: Hashable, Sendable {
  case number(NumberLiteral)
  case string(StringLiteral)
  case vectorSelector(VectorSelector)
  case matrixSelector(MatrixSelector)
  case subquery(Subquery)
  case call(FunctionCall)
  case aggregation(Aggregation)
  case binary(BinaryOperation)
  case unary(UnaryOperation)
  case parentheses(Parentheses)
}

/// What an expression evaluates to.
package enum PromQLValueType: String, Hashable, Sendable, CaseIterable {
  case scalar
  case string
  /// One sample of each series.
  case vector
  /// A range of samples of each series.
  case matrix

  /// As Prometheus' messages and documentation say it, for example `instant vector`.
  package var description: String {
    switch self {
    case .scalar, .string: rawValue
    case .vector: "instant vector"
    case .matrix: "range vector"
    }
  }
}

extension PromQLExpression {
  package var type: PromQLValueType {
    switch self {
    case .number: .scalar
    case .string: .string
    case .vectorSelector, .aggregation: .vector
    case .matrixSelector, .subquery: .matrix
    case .call(let call): call.function.signature.result
    case .binary(let operation):
      operation.left.type == .scalar && operation.right.type == .scalar ? .scalar : .vector
    case .unary(let operation): operation.operand.type
    case .parentheses(let parentheses): parentheses.expression.type
    }
  }

  /// Where the expression stands in the query, in UTF-8 bytes.
  package var range: Range<Int> {
    switch self {
    case .number(let literal): literal.range
    case .string(let literal): literal.range
    case .vectorSelector(let selector): selector.range
    case .matrixSelector(let selector): selector.range
    case .subquery(let subquery): subquery.range
    case .call(let call): call.range
    case .aggregation(let aggregation): aggregation.range
    case .binary(let operation): operation.left.range.lowerBound..<operation.right.range.upperBound
    case .unary(let operation): operation.range
    case .parentheses(let parentheses): parentheses.range
    }
  }

  /// The expressions that this one is made of, in the order of Prometheus: an aggregation's vector before its
  /// parameter.
  package var children: [PromQLExpression] {
    switch self {
    case .number, .string, .vectorSelector: []
    case .matrixSelector(let selector): [.vectorSelector(selector.selector)]
    case .subquery(let subquery): [subquery.expression]
    case .call(let call): call.arguments
    case .aggregation(let aggregation): [aggregation.expression] + (aggregation.parameter.map { [$0] } ?? [])
    case .binary(let operation): [operation.left, operation.right]
    case .unary(let operation): [operation.operand]
    case .parentheses(let parentheses): [parentheses.expression]
    }
  }

  /// The expression without the parentheses around it.
  package var withoutParentheses: PromQLExpression {
    var expression = self
    while case .parentheses(let parentheses) = expression { expression = parentheses.expression }
    return expression
  }
}

/// `1.5`, `0x1f`, `Inf`, `5m`.
package struct NumberLiteral: Hashable, Sendable {
  /// Seconds, where the number was written as a duration.
  package var value: Double
  /// Whether it was written as a duration, for example `5m`, and is printed as one.
  package var isDuration: Bool
  package var range: Range<Int>

  package init(value: Double, isDuration: Bool = false, range: Range<Int>) {
    self.value = value
    self.isDuration = isDuration
    self.range = range
  }
}

/// A text in quotes, with its escapes resolved.
package struct StringLiteral: Hashable, Sendable {
  package var value: String
  /// The bytes, where escapes such as `\xff` made some that are not UTF-8; ``value`` has U+FFFD in their place then.
  ///
  /// Such a text is never a label's name.
  package var invalidBytes: [UInt8]?
  package var range: Range<Int>

  package init(value: String, invalidBytes: [UInt8]? = nil, range: Range<Int>) {
    self.value = value
    self.invalidBytes = invalidBytes
    self.range = range
  }

  /// In double quotes, with escapes.
  package var quoted: String { invalidBytes.map(StringNotation.quoted) ?? SeriesNotation.quoted(value) }
}

/// `( … )`.
package struct Parentheses: Hashable, Sendable {
  package var expression: PromQLExpression
  package var range: Range<Int>

  package init(_ expression: PromQLExpression, range: Range<Int>) {
    self.expression = expression
    self.range = range
  }
}
