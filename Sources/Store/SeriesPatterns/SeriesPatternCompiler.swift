import RegularExpressions
package import Series

/// Compiles the regular expressions of matchers and of PromQL with RE2.
package struct SeriesPatternCompiler: TextPatternCompiler {
  private let limits: RegularExpression.Limits

  package init() { limits = RegularExpression.Limits() }

  package func compile(_ expression: String) throws(TextPatternError) -> any TextPattern {
    do throws(RegularExpressionError) {
      return SeriesPattern(expression: try RegularExpression(expression, limits: limits))
    } catch {
      throw TextPatternError(error.reason)
    }
  }
}

/// A pattern that RE2, or a comparison of bytes, decides.
private struct SeriesPattern: TextPattern {
  let expression: RegularExpression

  func matches(_ text: String) -> Bool { expression.matches(text) }

  func expand(_ template: String, matching text: String) -> String? { expression.expand(template, matching: text) }
}
