import Series
import Testing

@Suite("Label matchers")
struct LabelMatcherTests {
  /// Knows one expression, `a.*`.
  private struct PrefixCompiler: TextPatternCompiler {
    struct Prefix: TextPattern {
      func matches(_ text: String) -> Bool { text.hasPrefix("a") }
      func expand(_ template: String, matching text: String) -> String? { matches(text) ? template : nil }
    }

    func compile(_ expression: String) throws(TextPatternError) -> any TextPattern {
      guard expression == "a.*" else { throw TextPatternError("unknown expression") }
      return Prefix()
    }
  }

  @Test(
    "hold for values",
    arguments: [
      (.equal, "b", "b", true), (.equal, "b", "", false), (.notEqual, "b", "", true), (.notEqual, "", "", false),
      (.matches, "a.*", "ab", true), (.matches, "a.*", "b", false), (.doesNotMatch, "a.*", "b", true),
      (.doesNotMatch, "a.*", "a", false),
    ] as [(LabelMatcher.Operation, String, String, Bool)])
  func values(operation: LabelMatcher.Operation, value: String, text: String, holds: Bool) throws {
    let matcher = try LabelMatcher("x", operation, value, compiler: PrefixCompiler())
    #expect(matcher.matches(text) == holds)
    #expect(matcher.matches(LabelSet([Label("x", text), Label("y", "a")])) == holds)
  }

  @Test("refuse what is not an expression")
  func badExpression() {
    #expect(throws: TextPatternError("unknown expression")) {
      try LabelMatcher("x", .matches, "(", compiler: PrefixCompiler())
    }
  }
}
