/// A length of time: of a window, a step or an offset.
package enum PromQLDuration: Hashable, Sendable {
  /// In milliseconds.
  case constant(Int64)
  /// Anything but a number, e.g. `5m * 2` or `step()`.
  case expression(DurationExpression)
}

/// Arithmetic of durations, in seconds.
package indirect enum DurationExpression: Hashable, Sendable {
  case number(NumberLiteral)
  /// `step()`: the step of the query; 0 for an instant one.
  case step(range: Range<Int>)
  /// `range()`: from the query's start to its end; 0 for an instant one.
  case range(range: Range<Int>)
  /// `-` before an expression.
  case negation(DurationExpression, range: Range<Int>)
  case binary(DurationOperator, DurationExpression, DurationExpression)
  /// `min_of(a, b)`.
  case min(DurationExpression, DurationExpression, range: Range<Int>)
  /// `max_of(a, b)`.
  case max(DurationExpression, DurationExpression, range: Range<Int>)
  case parentheses(DurationExpression, range: Range<Int>)
}

/// An operator of durations by its spelling.
package enum DurationOperator: String, Hashable, Sendable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case power = "^"
}

extension DurationExpression {
  /// Where the expression stands in the query, in UTF-8 bytes.
  package var range: Range<Int> {
    switch self {
    case .number(let literal): literal.range
    case .step(let range), .range(let range): range
    case .negation(_, let range), .min(_, _, let range), .max(_, _, let range), .parentheses(_, let range): range
    case .binary(_, let left, let right): left.range.lowerBound..<right.range.upperBound
    }
  }
}
