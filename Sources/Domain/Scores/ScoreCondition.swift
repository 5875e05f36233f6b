/// What a value must be like.
package enum ScoreComparison: String, Sendable, Hashable, CaseIterable {
  case equal = "="
  case notEqual = "!="
  case greater = ">"
  case greaterOrEqual = ">="
  case less = "<"
  case lessOrEqual = "<="
  /// A regular expression over the whole value.
  case matches = "=~"
  case matchesNot = "!~"
}

/// A condition on the scores of one name: one of them at least fulfils it.
///
/// A value of another kind than the condition's never does.
package struct ScoreCondition: Sendable, Hashable {
  package var name: String
  package var test: Test

  package enum Test: Sendable, Hashable {
    /// There is a score of any value.
    case exists
    case value(ScoreComparison, ScoreValue)
  }

  package init(name: String, test: Test) {
    self.name = name
    self.test = test
  }
}
