import SQLBuilder
import Telemetry
import TraceQL

/// Comparisons as SQL.
///
/// TraceQL's comparisons are typed: a value of another type than the literal's never matches, not even with `!=`, and a
/// missing one matches only `= nil`.
enum ComparisonSQL {
  /// An attribute against a literal.
  ///
  /// - Parameter withLists: Whether elements of a list are compared as well. No index helps with those.
  static func condition(
    _ source: AttributeSource, _ comparison: ComparisonOperator, _ literal: Literal, withLists: Bool
  ) -> SQLFragment {
    let single = condition(source, comparison, literal)
    guard withLists, let elements = ListSQL.condition(source, comparison, literal) else { return single }
    return "(\(single)) OR (\(elements))"
  }

  private static func condition(
    _ source: AttributeSource, _ comparison: ComparisonOperator, _ literal: Literal
  ) -> SQLFragment {
    switch literal {
    case .string(let text):
      if comparison == .equal, text.isEmpty {
        return "\(source.type) = 1 AND \(source.text) = ''"
      }
      return "\(self.text(source.text, comparison, text)) AND \(source.type) = 1"
    case .int(let number), .duration(let number):
      let exact = relation("toInt64OrZero(\(source.text))", comparison, "\(number)")
      let rounded = relation("toFloat64OrZero(\(source.text))", comparison, "\(Double(number))")
      return "(\(source.type) = 3 AND \(exact)) OR (\(source.type) = 4 AND \(rounded))"
    case .float(let number):
      return "\(source.type) IN (3, 4) AND \(relation("toFloat64OrZero(\(source.text))", comparison, "\(number)"))"
    case .bool(let flag):
      return "\(source.type) = 2 AND \(relation(source.text, comparison, "\(flag ? "true" : "false")"))"
    case .nothing:
      return comparison == .equal ? "NOT (\(source.exists))" : source.exists
    case .status, .kind:
      preconditionFailure("the checker lets no keyword of status or kind near an attribute")
    }
  }

  /// A well-known attribute of spans by its normalised column; nil for a literal that the column never equals.
  static func promoted(
    _ attribute: PromotedAttribute, _ comparison: ComparisonOperator, _ literal: Literal
  ) -> SQLFragment? {
    let column = attribute.columnSQL
    switch literal {
    case .string(let text) where !attribute.isInteger && !(text.isEmpty && comparison == .equal):
      // A positive equality needs no further condition, so the column alone is read.
      if comparison == .equal { return "\(column) = \(text)" }
      return "\(column) != '' AND \(self.text(column, comparison, text))"
    case .int, .float, .duration:
      guard attribute.isInteger else { return nil }
      return "isNotNull(\(column)) AND \(number("assumeNotNull(\(column))", comparison, literal))"
    default: return nil
    }
  }

  /// A text column, which is always there, against text.
  static func text(_ column: SQLFragment, _ comparison: ComparisonOperator, _ text: String) -> SQLFragment {
    switch comparison {
    case .matches: "match(\(column), \(anchored(text)))"
    case .matchesNot: "NOT match(\(column), \(anchored(text)))"
    default: relation(column, comparison, "\(text)")
    }
  }

  /// A number column against a number.
  static func number(_ column: SQLFragment, _ comparison: ComparisonOperator, _ literal: Literal) -> SQLFragment {
    switch literal {
    case .int(let number), .duration(let number): relation(column, comparison, "\(number)")
    case .float(let number): relation(column, comparison, "\(number)")
    default: preconditionFailure("the checker lets only numbers near a number: \(literal)")
    }
  }

  static func relation(
    _ left: SQLFragment, _ comparison: ComparisonOperator, _ right: SQLFragment
  ) -> SQLFragment {
    switch comparison {
    case .equal: "\(left) = \(right)"
    case .notEqual: "\(left) != \(right)"
    case .greater: "\(left) > \(right)"
    case .greaterOrEqual: "\(left) >= \(right)"
    case .less: "\(left) < \(right)"
    case .lessOrEqual: "\(left) <= \(right)"
    case .matches, .matchesNot: preconditionFailure("a regular expression is not a relation")
    }
  }

  /// RE2 over the whole value, as Tempo does; a dot matches no line break, as in Go and unlike ClickHouse's default.
  static func anchored(_ pattern: String) -> String { "^(?-s:\(pattern))$" }
}
