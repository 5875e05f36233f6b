package import SQLBuilder
package import Scores

/// Where scores are stored, for whoever reads by them.
extension SQLTable {
  package static let scores = SQLTable("scores")
}

/// Conditions on scores as SQL.
package enum ScoreSQL {
  /// The scores that are in force: of each id the latest, unless it was deleted.
  package static let inForce = Select.Source.latest(of: .scores)

  /// Whether a span that has a row of `spans` fulfils a condition by a score of its own or of its trace.
  package static func isOfSpan(_ condition: ScoreCondition) -> SQLFragment {
    let scores = [condition.sql, "session_id = ''"]
    // The first condition alone is one that skip indexes answer.
    let traces = Select(["trace_id"], from: inForce, where: scores)
    let places = Select(["trace_id", "span_id"], from: inForce, where: scores)
    return """
      trace_id IN \(traces) AND ((trace_id, span_id) IN \(places) OR (trace_id, toUInt64(0)) IN \(places))
      """
  }
}

extension ScoreCondition {
  /// The condition on a row of `scores`.
  package var sql: SQLFragment {
    switch test {
    case .exists: "name = \(name)"
    case .value(let comparison, .number(let number)):
      "name = \(name) AND kind = 'number' AND \(comparison.sql("number", "\(number)"))"
    case .value(let comparison, .boolean(let flag)):
      "name = \(name) AND kind = 'boolean' AND \(comparison.sql("number", "\(flag ? 1.0 : 0.0)"))"
    case .value(let comparison, .category(let text)):
      "name = \(name) AND kind = 'category' AND \(comparison.sql("category", "\(text)"))"
    }
  }
}

extension ScoreComparison {
  fileprivate func sql(_ left: SQLFragment, _ right: SQLFragment) -> SQLFragment {
    switch self {
    case .equal: "\(left) = \(right)"
    case .notEqual: "\(left) != \(right)"
    case .greater: "\(left) > \(right)"
    case .greaterOrEqual: "\(left) >= \(right)"
    case .less: "\(left) < \(right)"
    case .lessOrEqual: "\(left) <= \(right)"
    case .matches: "match(\(left), concat('^(?-s:', \(right), ')$'))"
    case .matchesNot: "NOT match(\(left), concat('^(?-s:', \(right), ')$'))"
    }
  }
}
