import SQLBuilder
import TraceQL

/// Comparisons with the elements of a list, which is stored as OTLP/JSON.
///
/// As in Tempo, a list equals what one of its elements equals, and `!=` and `!~` hold when no element does. Only elements
/// of the literal's type count.
enum ListSQL {
  /// The condition that an attribute is a list with such elements; nil for a literal that no element equals.
  static func condition(
    _ source: AttributeSource, _ comparison: ComparisonOperator, _ literal: Literal
  ) -> SQLFragment? {
    let positive = comparison.positive
    guard let (isOfType, holds) = element(positive, literal) else { return nil }
    let elements = "JSONExtractArrayRaw(\(source.text), 'arrayValue', 'values')" as SQLFragment
    // The type is tested first: the text of other values is not read as JSON.
    guard positive != comparison else {
      return "\(source.type) = 6 AND arrayExists(x -> \(holds), \(elements))"
    }
    return """
      \(source.type) = 6 AND arrayExists(x -> \(isOfType), \(elements)) \
      AND NOT arrayExists(x -> \(holds), \(elements))
      """
  }

  /// Whether the element `x` is of the literal's type, and whether the comparison holds of it.
  private static func element(
    _ comparison: ComparisonOperator, _ literal: Literal
  ) -> (isOfType: SQLFragment, holds: SQLFragment)? {
    let isNumber = "(JSONHas(x, 'intValue') OR JSONHas(x, 'doubleValue'))" as SQLFragment
    let int = "toInt64OrZero(JSONExtractString(x, 'intValue'))" as SQLFragment
    let double = "JSONExtractFloat(x, 'doubleValue')" as SQLFragment
    switch literal {
    case .string(let text):
      let value = ComparisonSQL.text("JSONExtractString(x, 'stringValue')", comparison, text)
      return ("JSONHas(x, 'stringValue')", "(JSONHas(x, 'stringValue') AND \(value))")
    case .int(let number), .duration(let number):
      let exact = ComparisonSQL.relation(int, comparison, "\(number)")
      let rounded = ComparisonSQL.relation(double, comparison, "\(Double(number))")
      return (
        isNumber,
        "((JSONHas(x, 'intValue') AND \(exact)) OR (JSONHas(x, 'doubleValue') AND \(rounded)))"
      )
    case .float(let number):
      let value = "if(JSONHas(x, 'intValue'), toFloat64(\(int)), \(double))" as SQLFragment
      return (isNumber, "(\(isNumber) AND \(ComparisonSQL.relation(value, comparison, "\(number)")))")
    case .bool(let flag):
      let value = ComparisonSQL.relation("JSONExtractBool(x, 'boolValue')", comparison, flag ? "1" : "0")
      return ("JSONHas(x, 'boolValue')", "(JSONHas(x, 'boolValue') AND \(value))")
    case .nothing, .status, .kind: return nil
    }
  }
}

extension ComparisonOperator {
  /// What a negated comparison negates; any other itself.
  fileprivate var positive: Self {
    switch self {
    case .notEqual: .equal
    case .matchesNot: .matches
    default: self
    }
  }
}
