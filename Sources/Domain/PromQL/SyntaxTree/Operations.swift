/// `function(argument, …)`.
///
/// The number and the types of the arguments are those of the function.
package struct FunctionCall: Hashable, Sendable {
  package var function: PromQLFunction
  package var arguments: [PromQLExpression]
  package var range: Range<Int>

  package init(function: PromQLFunction, arguments: [PromQLExpression], range: Range<Int>) {
    self.function = function
    self.arguments = arguments
    self.range = range
  }
}

/// `sum by (job) (vector)`.
package struct Aggregation: Hashable, Sendable {
  package var aggregator: Aggregator
  /// The vector.
  package var expression: PromQLExpression
  /// The first argument of those that take two, for example the 3 of `topk(3, x)`.
  package var parameter: PromQLExpression?
  package var grouping: Grouping
  package var range: Range<Int>

  package init(
    aggregator: Aggregator, expression: PromQLExpression, parameter: PromQLExpression?, grouping: Grouping,
    range: Range<Int>
  ) {
    self.aggregator = aggregator
    self.expression = expression
    self.parameter = parameter
    self.grouping = grouping
    self.range = range
  }
}

/// Which labels make a group.
package enum Grouping: Hashable, Sendable {
  /// These only; none where the query has no grouping.
  case by([String])
  /// All but these and the metric's name.
  case without([String])
}

/// An aggregation by its spelling.
package enum Aggregator: String, Hashable, Sendable, CaseIterable {
  case sum, avg, count, min, max, group, stddev, stdvar, topk, bottomk, quantile, limitk
  case countValues = "count_values"
  case limitRatio = "limit_ratio"

  /// The type of the parameter; nil for those without one.
  package var parameterType: PromQLValueType? {
    switch self {
    case .topk, .bottomk, .quantile, .limitk, .limitRatio: .scalar
    case .countValues: .string
    case .sum, .avg, .count, .min, .max, .group, .stddev, .stdvar: nil
    }
  }
}

/// `left + right`.
package struct BinaryOperation: Hashable, Sendable {
  package var operation: BinaryOperator
  package var left: PromQLExpression
  package var right: PromQLExpression
  /// How series find each other; nil unless both sides are vectors.
  package var matching: VectorMatching?
  /// `bool`: a comparison returns 0 or 1 instead of leaving out what is false.
  package var returnsBool: Bool

  package init(
    operation: BinaryOperator, left: PromQLExpression, right: PromQLExpression, matching: VectorMatching?,
    returnsBool: Bool
  ) {
    self.operation = operation
    self.left = left
    self.right = right
    self.matching = matching
    self.returnsBool = returnsBool
  }
}

/// A binary operator by its spelling.
package enum BinaryOperator: String, Hashable, Sendable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case power = "^"
  case atan2
  case equal = "=="
  case notEqual = "!="
  case greater = ">"
  case less = "<"
  case greaterOrEqual = ">="
  case lessOrEqual = "<="
  case and
  case or
  case unless
  /// Removes the buckets above a value from native histograms.
  case trimUpper = "</"
  /// Removes the buckets below a value from native histograms.
  case trimLower = ">/"

  package var isComparison: Bool {
    switch self {
    case .equal, .notEqual, .greater, .less, .greaterOrEqual, .lessOrEqual: true
    default: false
    }
  }

  package var isSetOperator: Bool { self == .and || self == .or || self == .unless }
}

/// How the series of two vectors find each other.
package struct VectorMatching: Hashable, Sendable {
  package enum Cardinality: String, Hashable, Sendable, CaseIterable {
    case oneToOne = "one-to-one"
    /// `group_left`.
    case manyToOne = "many-to-one"
    /// `group_right`.
    case oneToMany = "one-to-many"
    /// Of set operators.
    case manyToMany = "many-to-many"
  }

  package var cardinality: Cardinality
  /// The labels of `on(…)` or `ignoring(…)`.
  package var labels: [String]
  /// Whether only ``labels`` count; else all others but the metric's name.
  package var isOn: Bool
  /// The labels of `group_left(…)` and `group_right(…)`, which are taken from the side of the one.
  package var include: [String]
  /// What stands in for a series that the left side lacks; nil for no result.
  package var fillLeft: Double?
  /// What stands in for a series that the right side lacks; nil for no result.
  package var fillRight: Double?

  package init(cardinality: Cardinality = .oneToOne, labels: [String] = [], isOn: Bool = false) {
    self.cardinality = cardinality
    self.labels = labels
    self.isOn = isOn
    include = []
  }
}

/// `-x` and `+x`.
package struct UnaryOperation: Hashable, Sendable {
  package enum Operator: String, Hashable, Sendable, CaseIterable {
    case plus = "+"
    case minus = "-"
  }

  package var operation: Operator
  package var operand: PromQLExpression
  package var range: Range<Int>

  package init(operation: Operator, operand: PromQLExpression, range: Range<Int>) {
    self.operation = operation
    self.operand = operand
    self.range = range
  }
}
