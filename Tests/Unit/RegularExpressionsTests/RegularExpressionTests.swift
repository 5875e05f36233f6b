import Testing

@testable import RegularExpressions

/// Goal: an expression means what it means to Prometheus, and costs what its limits say.
///
/// Method: tables of expressions and texts; what is compared without RE2 is held against RE2 itself.
@Suite struct RegularExpressionTests {
  @Test(arguments: [
    ("a", "a", true), ("a", "ab", false), ("a", "ba", false), ("", "", true), ("", "a", false),
    ("a|b", "b", true), ("a|bc", "b", false), ("(a|b)c", "bc", true), ("a|", "", true),
    ("fo+", "fooo", true), ("fo+", "foo bar", false), ("[0-9]{3}", "123", true), ("[0-9]{3}", "1234", false),
    ("a.b", "a\nb", true), (".*", "a\nb", true), ("(?-s)a.b", "a\nb", false), ("(?i)node", "NODE", true),
    ("a$", "a\n", false), ("^a$", "a", true), ("a.c", "aéc", true), ("a..c", "aéc", false),
    ("\\p{Greek}+", "λόγος", true),
    ("\\Qa.b\\E", "a.b", true), ("\\Qa.b\\E", "axb", false), ("a\\|b", "a|b", true), ("\u{0}x?", "\u{0}", true),
  ])
  func `the whole text has to match`(expression: String, text: String, isMatch: Bool) throws {
    #expect(try RegularExpression(expression).matches(text) == isMatch)
  }

  @Test(arguments: [
    ("(", "missing ): ("), ("a)", "unexpected ): a)"), ("[a", "missing ]: [a"),
    ("*", "no argument for repetition operator: *"),
    ("a**", "bad repetition operator: **"), ("\\", "trailing \\"), ("(?=a)", "invalid perl operator: (?="),
    ("(a)\\1", "invalid escape sequence: \\1"), ("a{1001}", "invalid repetition size: {1001}"),
    ("[z-a]", "invalid character class range: z-a"),
  ])
  func `what is not an expression is named`(expression: String, reason: String) {
    do throws(RegularExpressionError) {
      _ = try RegularExpression(expression)
      Issue.record("\(expression) was compiled")
    } catch {
      #expect(error.reason == reason)
    }
  }

  @Test func `long and large expressions are refused`() throws {
    var limits = RegularExpression.Limits()
    limits.expressionBytesMax = 10
    #expect(throws: RegularExpressionError("the expression has 11 bytes, more than the limit of 10")) {
      try RegularExpression(String(repeating: "a", count: 11), limits: limits)
    }
    #expect(try RegularExpression(String(repeating: "a", count: 10), limits: limits).matches("aaaaaaaaaa"))
    // A program of 1,000 × 1,000 states, from 19 bytes.
    #expect(throws: RegularExpressionError.self) { try RegularExpression("((a{100}){100}){100}") }
    limits.memoryBytesMax = 64 << 10
    limits.expressionBytesMax = 100
    #expect(throws: RegularExpressionError("pattern too large - compile failed")) {
      try RegularExpression("[^é]{500}x?[à-ü]{500}", limits: limits)
    }
    #expect(try RegularExpression("[^é]{500}x?[à-ü]{500}").matches("a") == false)
  }

  /// What makes a backtracking engine take longer than the universe.
  @Test func `a wicked expression ends`() throws {
    let pattern = try RegularExpression("(a*)*(a|aa)+b")
    #expect(!pattern.matches(String(repeating: "a", count: 100_000)))
  }

  @Test(arguments: [
    ("a", false), ("a|b|c", false), ("a\\.b|c", false), ("a.*", false), ("a.+", false), (".*a", false), (".+a", false),
    (".*a.*", false), (".*", false), (".+", false), ("", false), ("gpt-4/x|a:b", false), ("a\\|b.*", false),
    ("a.b", true), ("a.*b", true), ("(a|b)", true), ("a\\d", true), ("a\\.*", true), ("a|b.*", true), (".+a.*", true),
    (".+.+", true), ("a\\|b", true), ("[a]", true), ("a?", true), ("(?i)a", true),
  ])
  func `plain forms are compared without RE2`(expression: String, isCompiled: Bool) {
    #expect((PlainPattern(expression) == nil) == isCompiled)
  }

  @Test func `many alternatives are left to RE2`() throws {
    let values = (0...PlainPattern.valuesMax).map { "host-\($0)" }
    let expression = values.joined(separator: "|")
    #expect(PlainPattern(expression) == nil)
    #expect(try RegularExpression(expression).matches("host-\(PlainPattern.valuesMax)"))
    #expect(PlainPattern(values.dropLast().joined(separator: "|")) == .values(values.dropLast().map { Array($0.utf8) }))
  }

  /// Every expression of up to five of these pieces that has a fast form, on every text of a set.
  @Test func `a plain form decides as RE2 does`() throws {
    let pieces = ["a", "é", ".*", ".+", "|", "\\.", "\\|", "."]
    let texts = [
      "", "a", "é", ".", "|", "aa", "aé", "éa", "a.", ".a", "a|é", "aaé", "éaa", "a\na", "aéa.a", "\na", "x", "é\n",
    ]
    var expressions = [""]
    var found = 0
    for _ in 0..<5 {
      expressions = expressions.flatMap { start in pieces.map { start + $0 } }
      for expression in expressions {
        guard let plain = PlainPattern(expression) else { continue }
        found += 1
        let compiled = try CompiledPattern(expression, memoryBytesMax: 8 << 20)
        for text in texts where plain.matches(text) != compiled.matches(text) {
          Issue.record("\(expression) on \(Array(text.utf8)): RE2 says \(compiled.matches(text))")
        }
      }
    }
    #expect(found > 1000)
  }

  @Test(arguments: [
    ("(a)(b)?", "a", "$1-$2-$0", "a--a"), ("(a)(b)?", "ab", "${1}x$2", "axb"), ("(a)", "a", "$1x", ""),
    ("(?P<n>a)", "a", "$n|${n}|$no", "a|a|"), ("a", "a", "$0$1", "a"), ("(a)", "a", "$$1 $", "$1 $"),
    ("(a)", "a", "${1", "${1"), ("(a)", "a", "${}", "${}"), ("(a)", "a", "$-$1", "$-a"), ("(a)", "a", "$01", ""),
    ("(a)", "a", "$9999999999", ""), ("(é+)(.*)", "éé\u{301}z", "$2|$1", "\u{301}z|éé"), ("(a)", "a", "plain", "plain"),
    ("(a*)", "", "[$1]", "[]"), ("(a)", "a", "$é$1é", ""), (".*", "x y", "<$0>", "<x y>"), ("(a)", "a", "", ""),
    ("(a)", "a", "${1}\u{301}", "a\u{301}"), ("(a)", "a", "$\u{301}", "$\u{301}"),
    ("(?P<n>a)(?P<n>b)", "ab", "$n", "a"),
  ])
  func `a template is expanded as in Go`(expression: String, text: String, template: String, result: String) throws {
    let expanded = try #require(RegularExpression(expression).expand(template, matching: text))
    #expect(Array(expanded.utf8) == Array(result.utf8))
  }

  @Test func `a text that does not match has no expansion`() throws {
    #expect(try RegularExpression("(a)").expand("$1", matching: "ab") == nil)
    #expect(try RegularExpression("a.*").expand("$0", matching: "b") == nil)
  }

  @Test func `threads share a pattern`() async throws {
    let pattern = try RegularExpression("(x+)-([0-9]+)")
    await withTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask { (0..<500).count { pattern.expand("$2", matching: "xx-\($0)") == "\($0)" } }
      }
      for await count in group { #expect(count == 500) }
    }
  }
}
