extension PromQLExpression {
  /// The expression as `format_query` and editors write it: in one line where it is short, else with its parts
  /// indented in lines of their own.
  ///
  /// - Parameter lineBytesMax: The longest line that is not split; by default that of Prometheus.
  package func formatted(lineBytesMax: Int = 100) -> String { formatted(0, lineBytesMax) }

  private func formatted(_ level: Int, _ lineBytesMax: Int) -> String {
    let text = description
    let indentation = Self.indentation(level)
    let isShort = text.utf8.count <= lineBytesMax
    switch self {
    case .number, .string, .vectorSelector, .matrixSelector: return indentation + text
    case .unary(let operation):
      let operand = operation.operand.formatted(level, lineBytesMax)
      return "\(indentation)\(operation.operation.rawValue)\(operand.drop { $0 == " " })"
    // A short one is not indented: its expression would be, were it long.
    case .subquery(let subquery):
      return isShort ? text : "\(subquery.expression.formatted(level, lineBytesMax))\(subquery.suffix)"
    case _ where isShort: return indentation + text
    case .call(let call):
      let arguments = call.arguments.map { $0.formatted(level + 1, lineBytesMax) }.joined(separator: ",\n")
      return "\(indentation)\(call.function.rawValue)(\n\(arguments)\n\(indentation))"
    case .aggregation(let aggregation):
      let parameter = aggregation.parameter.map { "\($0.formatted(level + 1, lineBytesMax)),\n" } ?? ""
      let vector = aggregation.expression.formatted(level + 1, lineBytesMax)
      return "\(indentation)\(aggregation.head)(\n\(parameter)\(vector)\n\(indentation))"
    case .binary(let operation):
      let (left, right) = (
        operation.left.formatted(level + 1, lineBytesMax), operation.right.formatted(level + 1, lineBytesMax)
      )
      return "\(left)\n\(indentation)\(operation.head)\n\(right)"
    case .parentheses(let parentheses):
      return "\(indentation)(\n\(parentheses.expression.formatted(level + 1, lineBytesMax))\n\(indentation))"
    }
  }

  private static func indentation(_ level: Int) -> String { String(repeating: "  ", count: level) }
}
