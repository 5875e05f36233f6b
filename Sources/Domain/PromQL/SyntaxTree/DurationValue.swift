import Glibc

/// Why the value of a duration is not one.
package struct PromQLDurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A phrase, for example `division by zero`.
  package let message: String
  /// Where the expression stands in the query, in UTF-8 bytes.
  package let range: Range<Int>

  /// As Prometheus says it, for example `12:18: division by zero`; the numbers are bytes of the query.
  package var description: String { "\(range.lowerBound):\(range.upperBound): \(message)" }
}

extension PromQLDuration {
  /// The duration in milliseconds, whole ones.
  ///
  /// - Parameters:
  ///   - step: The step of the query in milliseconds; 0 for an instant one.
  ///   - queryRange: From the query's start to its end, in milliseconds.
  /// - mayBeNegative: Whether 0 and less is a value: of an offset, not of a window or a step, which are 1 ms at
  /// least.
  package func milliseconds(step: Int64, queryRange: Int64, mayBeNegative: Bool) throws(PromQLDurationError) -> Int64 {
    switch self {
    case .constant(let milliseconds): return milliseconds
    case .expression(let expression):
      let seconds = try expression.seconds(step: Double(step) / 1_000, queryRange: Double(queryRange) / 1_000)
      func error(_ message: String) -> PromQLDurationError {
        PromQLDurationError(message: message, range: expression.range)
      }
      guard seconds.isFinite else { throw error("duration is NaN or infinite") }
      guard abs(seconds) <= DurationExpression.secondsMax else { throw error("duration is out of range") }
      let milliseconds = Int64(seconds * 1_000)
      guard milliseconds > 0 || mayBeNegative else { throw error("duration must be greater than 0") }
      return milliseconds
    }
  }
}

extension DurationExpression {
  /// What Prometheus can hold: 2^63 nanoseconds, which are 292 years.
  static let secondsMax = 0x1p63 / 1e9

  fileprivate func seconds(step: Double, queryRange: Double) throws(PromQLDurationError) -> Double {
    func value(_ expression: DurationExpression) throws(PromQLDurationError) -> Double {
      try expression.seconds(step: step, queryRange: queryRange)
    }
    switch self {
    case .number(let literal): return literal.value
    case .step: return step
    case .range: return queryRange
    case .negation(let operand, _): return -(try value(operand))
    case .parentheses(let inner, _): return try value(inner)
    case .min(let left, let right, _): return Self.lesser(try value(left), try value(right))
    case .max(let left, let right, _): return -Self.lesser(-(try value(left)), -(try value(right)))
    case .binary(let operation, let left, let right):
      let (left, right) = (try value(left), try value(right))
      switch operation {
      case .add: return left + right
      case .subtract: return left - right
      case .multiply: return left * right
      case .divide:
        guard right != 0 else { throw PromQLDurationError(message: "division by zero", range: range) }
        return left / right
      case .modulo:
        guard right != 0 else { throw PromQLDurationError(message: "modulo by zero", range: range) }
        return left.truncatingRemainder(dividingBy: right)
      case .power: return pow(left, right)
      }
    }
  }

  /// The lesser of two; NaN where one is NaN, as Go's `math.Min`.
  private static func lesser(_ left: Double, _ right: Double) -> Double {
    left.isNaN || right.isNaN ? .nan : Swift.min(left, right)
  }
}
