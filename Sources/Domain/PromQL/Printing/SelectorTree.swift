import Series

extension VectorSelector {
  var tree: SyntaxTreeValue { .object(members(type: "vectorSelector")) }

  /// `type`, `name`, `matchers` of `name`, `value` and `type`, for example `=~`, and what ``TimeModifiers/members``
  /// has.
  fileprivate func members(type: String) -> [SyntaxTreeValue.Member] {
    let matchers = matchers.map { matcher in
      SyntaxTreeValue([
        "name": .string(matcher.name), "value": .string(matcher.value), "type": .string(matcher.operation.rawValue),
      ])
    }
    return [
      SyntaxTreeValue.Member(name: "type", value: .string(type)),
      SyntaxTreeValue.Member(name: "name", value: .string(name)),
      SyntaxTreeValue.Member(name: "matchers", value: .array(matchers)),
      SyntaxTreeValue.Member(name: "anchored", value: .bool(windowMode == .anchored)),
      SyntaxTreeValue.Member(name: "smoothed", value: .bool(windowMode == .smoothed)),
    ] + modifiers.members
  }
}

extension MatrixSelector {
  var tree: SyntaxTreeValue { .object(selector.members(type: "matrixSelector") + window.members("range")) }
}

extension Subquery {
  var tree: SyntaxTreeValue {
    let own = [
      SyntaxTreeValue.Member(name: "type", value: "subquery"),
      SyntaxTreeValue.Member(name: "expr", value: expression.tree),
    ]
    return .object(own + window.members("range") + (step ?? .constant(0)).members("step") + modifiers.members)
  }
}

extension TimeModifiers {
  /// `offset`, `offsetExpr`, `timestamp`, `startOrEnd`.
  fileprivate var members: [SyntaxTreeValue.Member] {
    let (time, bound): (SyntaxTreeValue, SyntaxTreeValue) =
      switch at {
      case nil: (.null, .null)
      case .time(let milliseconds): (.integer(milliseconds), .null)
      case .start: (.null, "start")
      case .end: (.null, "end")
      }
    return offset.members("offset") + [
      SyntaxTreeValue.Member(name: "timestamp", value: time), SyntaxTreeValue.Member(name: "startOrEnd", value: bound),
    ]
  }
}

extension PromQLDuration {
  /// The milliseconds under a name, and the expression under that name with `Expr`.
  fileprivate func members(_ name: String) -> [SyntaxTreeValue.Member] {
    let (milliseconds, expression): (Int64, SyntaxTreeValue) =
      switch self {
      case .constant(let milliseconds): (milliseconds, .null)
      case .expression(let expression): (0, expression.tree)
      }
    return [
      SyntaxTreeValue.Member(name: name, value: .integer(milliseconds)),
      SyntaxTreeValue.Member(name: name + "Expr", value: expression),
    ]
  }
}

extension DurationExpression {
  /// A `numberLiteral` with `val` and `duration`, whether it was written as one; or a `durationExpr` with `op`, `lhs`,
  /// `rhs` and `wrapped`, whether it stands in parentheses.
  ///
  /// `lhs` is null for a sign; `lhs` and `rhs` are null for `step` and `range`.
  fileprivate var tree: SyntaxTreeValue { tree(isWrapped: false) }

  private func tree(isWrapped: Bool) -> SyntaxTreeValue {
    func node(_ operation: String, _ left: SyntaxTreeValue, _ right: SyntaxTreeValue) -> SyntaxTreeValue {
      SyntaxTreeValue([
        "type": "durationExpr", "op": .string(operation), "lhs": left, "rhs": right, "wrapped": .bool(isWrapped),
      ])
    }
    switch self {
    case .number(let literal):
      let number = SyntaxTreeValue([
        "type": "numberLiteral", "val": .string(NumberNotation.text(literal.value)),
        "duration": .bool(literal.isDuration),
      ])
      return isWrapped ? node("+", .null, number) : number
    case .step: return node("step", .null, .null)
    case .range: return node("range", .null, .null)
    case .negation(let operand, _): return node("-", .null, operand.tree)
    case .binary(let operation, let left, let right): return node(operation.rawValue, left.tree, right.tree)
    case .min(let left, let right, _): return node("min_of", left.tree, right.tree)
    case .max(let left, let right, _): return node("max_of", left.tree, right.tree)
    case .parentheses(let inner, _): return inner.tree(isWrapped: true)
    }
  }
}
