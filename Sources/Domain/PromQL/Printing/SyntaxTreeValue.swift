/// A value of the syntax tree as `parse_query` responds with it: JSON, for an API to write.
package indirect enum SyntaxTreeValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// Finite.
  case number(Double)
  case string(String)
  case array([SyntaxTreeValue])
  case object([Member])

  package struct Member: Hashable, Sendable {
    package let name: String
    package let value: SyntaxTreeValue

    package init(name: String, value: SyntaxTreeValue) {
      self.name = name
      self.value = value
    }
  }

  init(_ members: KeyValuePairs<String, SyntaxTreeValue>) {
    self = .object(members.map { Member(name: $0.key, value: $0.value) })
  }

  init(_ text: String) { self = .string(text) }

  init(_ texts: [String]) { self = .array(texts.map { .string($0) }) }
}

extension PromQLExpression {
  /// The tree as Prometheus' `/api/v1/parse_query` responds with it. Each node has a `type`:
  ///
  /// | type | members |
  /// |---|---|
  /// | `aggregation` | `op`; `expr`, the vector; `param`, the first of two arguments; `grouping`, labels; `without` |
  /// | `binaryExpr` | `op`, `lhs`, `rhs`, `bool`; `matching`, see ``VectorMatching/tree``, null for scalars |
  /// | `call` | `func`, see ``PromQLFunction/tree``; `args` |
  /// | `matrixSelector` | as `vectorSelector`, and `range` with `rangeExpr` |
  /// | `numberLiteral` | `val`, a string; seconds of a duration |
  /// | `parenExpr` | `expr` |
  /// | `stringLiteral` | `val` |
  /// | `subquery` | `expr`, and as `matrixSelector` without the selector; `step`, `stepExpr` |
  /// | `unaryExpr` | `op`, `expr` |
  /// | `vectorSelector` | `name`, `matchers`, `anchored`, `smoothed`, `offset`, `timestamp`, `startOrEnd` |
  ///
  /// `range`, `step` and `offset` are milliseconds, 0 where there is none or the member beside it, e.g. `rangeExpr`,
  /// holds an expression; that is null otherwise. `timestamp` is that of `@` in milliseconds since 1970, `startOrEnd`
  /// its `start` or `end`; null for none.
  package var tree: SyntaxTreeValue {
    switch self {
    case .number(let literal):
      SyntaxTreeValue(["type": "numberLiteral", "val": .string(NumberNotation.text(literal.value))])
    case .string(let literal): SyntaxTreeValue(["type": "stringLiteral", "val": .string(literal.value)])
    case .vectorSelector(let selector): selector.tree
    case .matrixSelector(let selector): selector.tree
    case .subquery(let subquery): subquery.tree
    case .call(let call):
      SyntaxTreeValue(["type": "call", "func": call.function.tree, "args": .array(call.arguments.map(\.tree))])
    case .aggregation(let aggregation): aggregation.tree
    case .binary(let operation):
      SyntaxTreeValue([
        "type": "binaryExpr", "op": .string(operation.operation.rawValue), "lhs": operation.left.tree,
        "rhs": operation.right.tree, "matching": operation.matching?.tree ?? .null,
        "bool": .bool(operation.returnsBool),
      ])
    case .unary(let operation):
      SyntaxTreeValue([
        "type": "unaryExpr", "op": .string(operation.operation.rawValue), "expr": operation.operand.tree,
      ])
    case .parentheses(let parentheses):
      SyntaxTreeValue(["type": "parenExpr", "expr": parentheses.expression.tree])
    }
  }
}

extension SyntaxTreeValue: ExpressibleByStringLiteral {
  package init(stringLiteral text: String) { self = .string(text) }
}

extension Aggregation {
  var tree: SyntaxTreeValue {
    let (labels, isWithout) =
      switch grouping {
      case .by(let labels): (labels, false)
      case .without(let labels): (labels, true)
      }
    return SyntaxTreeValue([
      "type": "aggregation", "op": .string(aggregator.rawValue), "expr": expression.tree,
      "param": parameter?.tree ?? .null, "grouping": SyntaxTreeValue(labels), "without": .bool(isWithout),
    ])
  }
}

extension VectorMatching {
  /// `card`, for example `many-to-one`; `labels` of on or ignoring; `on`, whether those of on; `include`, labels of
  /// group_left or group_right; `fillValues` with `lhs` and `rhs`: numbers, strings for `NaN`, `+Inf` and `-Inf`, or
  /// null.
  var tree: SyntaxTreeValue {
    func fill(_ value: Double?) -> SyntaxTreeValue {
      value.map { $0.isFinite ? .number($0) : .string(NumberNotation.text($0)) } ?? .null
    }
    return SyntaxTreeValue([
      "card": .string(cardinality.rawValue), "labels": SyntaxTreeValue(labels), "on": .bool(isOn),
      "include": SyntaxTreeValue(include),
      "fillValues": SyntaxTreeValue(["lhs": fill(fillLeft), "rhs": fill(fillRight)]),
    ])
  }
}

extension PromQLFunction {
  /// `name`; `argTypes` and `returnType`, for example `vector`; `variadic`: how many arguments may follow all but the
  /// last type, 0 for as many as there are types, -1 for any number.
  var tree: SyntaxTreeValue {
    let signature = signature
    let fixedCount = signature.arguments.count
    let isFixed = signature.argumentCountMin == fixedCount && signature.argumentCountMax == fixedCount
    let variadic = isFixed ? 0 : signature.argumentCountMax.map { $0 - fixedCount + 1 } ?? -1
    return SyntaxTreeValue([
      "name": .string(rawValue), "argTypes": SyntaxTreeValue(signature.arguments.map(\.rawValue)),
      "variadic": .integer(Int64(variadic)), "returnType": .string(signature.result.rawValue),
    ])
  }
}
