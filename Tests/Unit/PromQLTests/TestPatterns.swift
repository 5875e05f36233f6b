import Series

/// Stands in for the compiler of regular expressions: knows literal texts, `.*` and `.+`, and refuses what has an open
/// parenthesis.
struct TestPatterns: TextPatternCompiler {
  func compile(_ expression: String) throws(TextPatternError) -> any TextPattern {
    let opening = expression.filter { $0 == "(" }.count
    guard opening == expression.filter({ $0 == ")" }).count else { throw TextPatternError("missing closing )") }
    return Pattern(expression: expression)
  }

  private struct Pattern: TextPattern {
    let expression: String

    func matches(_ text: String) -> Bool {
      switch expression {
      case ".*": true
      case ".+": !text.isEmpty
      default: text == expression
      }
    }

    func expand(_ template: String, matching text: String) -> String? { matches(text) ? template : nil }
  }
}
