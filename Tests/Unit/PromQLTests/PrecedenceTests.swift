import PromQL
import Testing

@Suite struct PrecedenceTests {
  /// The expression with parentheses around each operation.
  private func grouped(_ expression: PromQLExpression) -> String {
    switch expression {
    case .binary(let operation):
      "[\(grouped(operation.left)) \(operation.operation.rawValue) \(grouped(operation.right))]"
    case .unary(let operation): "[\(operation.operation.rawValue)\(grouped(operation.operand))]"
    case .parentheses(let parentheses): "(\(grouped(parentheses.expression)))"
    default: expression.description
    }
  }

  @Test(arguments: [
    ("a or b and c", "[a or [b and c]]"), ("a and b unless c", "[[a and b] unless c]"),
    ("a and b == c", "[a and [b == c]]"), ("a == b + c", "[a == [b + c]]"), ("a + b * c", "[a + [b * c]]"),
    ("a * b ^ c", "[a * [b ^ c]]"), ("a - b - c", "[[a - b] - c]"), ("a / b % c", "[[a / b] % c]"),
    ("a ^ b ^ c", "[a ^ [b ^ c]]"), ("a == b != c", "[[a == b] != c]"), ("a atan2 b * c", "[[a atan2 b] * c]"),
    ("a > b </ c", "[[a > b] </ c]"), ("a or b or c", "[[a or b] or c]"), ("-a ^ b", "[-[a ^ b]]"),
    ("-a * b", "[[-a] * b]"), ("a ^ -b", "[a ^ [-b]]"), ("a ^ -b ^ c", "[a ^ [-[b ^ c]]]"),
    ("a ^ -b * c", "[[a ^ [-b]] * c]"), ("a - -b", "[a - [-b]]"), ("--a", "[-[-a]]"), ("+a + b", "[[+a] + b]"),
    ("-1 ^ 2", "[-[1 ^ 2]]"), ("-1", "-1"), ("2 ^ -1", "[2 ^ -1]"), ("(a + b) * c", "[([a + b]) * c]"),
    ("-a offset 5m", "[-a offset 5m]"), ("a + b offset 5m", "[a + b offset 5m]"),
    ("a + rate(b[5m:])", "[a + rate(b[5m:])]"), ("a * b @ 5", "[a * b @ 5.000]"),
    ("a offset 2 ^ 2", "[a offset 2s ^ 2]"), ("a offset -2 * 2", "[a offset -2s * 2]"),
    ("a offset step() + 2", "[a offset step() + 2]"), ("a offset -min_of(1, 2) ^ 2", "[a offset -min_of(1, 2) ^ 2]"),
    ("a offset -(1m) + 2", "[a offset -(1m) + 2]"), ("a offset (1m) + 2", "a offset (1m) + 2"),
    ("a offset --5m * 2", "a offset 5m * 2"), ("or or or", "[or or or]"), ("a + fill", "[a + fill]"),
  ])
  func `operators bind as in Prometheus`(text: String, expected: String) throws {
    #expect(grouped(try PromQLParser(patterns: TestPatterns()).parse(text)) == expected)
  }

  @Test(arguments: [
    ("1m + 2m * 3", "[1m + [2m * 3]]"), ("1m - 2m - 3m", "[[1m - 2m] - 3m]"), ("2 ^ 3 ^ 2", "[2 ^ [3 ^ 2]]"),
    ("-2 ^ 2 + 5m", "[[-[2 ^ 2]] + 5m]"), ("-5m + 10m", "[-5m + 10m]"), ("(1m + 2m) * 3", "[([1m + 2m]) * 3]"),
    ("6m / 2 % 5", "[[6m / 2] % 5]"), ("((5m))", "(5m)"),
  ])
  func `operators of durations bind as those of expressions`(text: String, expected: String) throws {
    func grouped(_ duration: DurationExpression) -> String {
      switch duration {
      case .binary(let operation, let left, let right): "[\(grouped(left)) \(operation.rawValue) \(grouped(right))]"
      case .negation(let operand, _): "[-\(grouped(operand))]"
      case .parentheses(let inner, _): "(\(grouped(inner)))"
      default: duration.description
      }
    }
    guard case .matrixSelector(let selector) = try PromQLParser(patterns: TestPatterns()).parse("a[\(text)]"),
      case .expression(let duration) = selector.window
    else {
      Issue.record("no duration expression: \(text)")
      return
    }
    #expect(grouped(duration) == expected)
  }
}
