import Base
import PromQL
import Testing

@Suite struct ParserErrorTests {
  private func check(_ text: String, _ message: String, _ offset: Int) {
    let error = #expect(throws: PromQLError.self, "\(text)") {
      _ = try PromQLParser(patterns: TestPatterns()).parse(text)
    }
    #expect(error?.message == message, "\(text)")
    #expect(error?.position.offset == offset, "\(text)")
  }

  @Test(arguments: [
    ("", "no expression found in input", 0), (" # a", "no expression found in input", 0),
    ("1 +", "unexpected end of input", 3), ("* 1", "unexpected <op:*>", 0), ("a b", "unexpected identifier \"b\"", 2),
    ("a:b{} 5", "unexpected number \"5\"", 6), ("a \"0123456789\"", "unexpected string \"\\\"012345678\"...", 2),
    ("a ignoring(x) b", "unexpected <ignoring>", 2), ("a + group_left b", "unexpected <group_left>", 4),
    ("a:b(c)", "unexpected \"(\"", 3), ("a = b", "unexpected \"=\"", 2),
    ("(a))", "unexpected right parenthesis ')'", 3),
    ("1.5h", "not a valid duration string: \"1.5h\"", 0), ("5m1h", "not a valid duration string: \"5m1h\"", 0),
    ("1hs", "unknown unit \"hs\" in duration \"1hs\"", 0), ("300y", "duration out of range", 0),
    ("1e999", "error parsing number: \"1e999\" is not a number or does not fit", 0),
    ("1_", "error parsing number: \"1_\" is not a number or does not fit", 0),
    ("0x", "error parsing number: \"0x\" is not a number or does not fit", 0),
  ])
  func `what does not fit the grammar is named`(text: String, message: String, offset: Int) {
    check(text, message, offset)
  }

  @Test(arguments: [
    ("sum(a +)", "unexpected \")\" in aggregation", 7), ("sum(a) sum", "unexpected <aggr:sum>", 7),
    ("sum a", "unexpected identifier \"a\"", 4),
    ("sum by x (a)", "unexpected identifier \"x\" in grouping opts, expected \"(\"", 7),
    ("sum by (,) (a)", "unexpected \",\" in grouping opts, expected label", 8),
    ("sum by (x y) (a)", "unexpected identifier \"y\" in grouping opts, expected \",\" or \")\"", 10),
    ("sum by (\"\") (a)", "invalid label name for grouping: \"\"", 8),
    ("sum by (\"\\xff\") (a)", "invalid label name for grouping: \"\\xff\"", 8),
    ("sum()", "no arguments for aggregate expression provided", 0),
    ("sum(a, b)", "wrong number of arguments for aggregate expression provided, expected 1, got 2", 0),
    ("topk(a)", "wrong number of arguments for aggregate expression provided, expected 2, got 1", 0),
    ("sum by (x) (a) by (y)", "unexpected <by>", 15), ("f(a)", "unknown function with name \"f\"", 0),
    ("RATE(a[5m])", "unknown function with name \"RATE\"", 0),
    ("abs(a,)", "trailing commas not allowed in function call args", 5),
    ("a + fill(x) b", "unexpected identifier \"x\"", 9),
  ])
  func `calls and groupings say what they expect`(text: String, message: String, offset: Int) {
    check(text, message, offset)
  }

  private static let anyDuration = "number, duration, step(), or range()"

  @Test(arguments: [
    ("{}", "vector selector must contain at least one non-empty matcher", 0),
    ("{x=\"\"}", "vector selector must contain at least one non-empty matcher", 0),
    ("{x=~\".*\"}", "vector selector must contain at least one non-empty matcher", 0),
    ("a{__name__=\"b\"}", "metric name must not be set twice: \"a\" or \"b\"", 0),
    ("a{,}", "unexpected \",\" in label matching, expected identifier or \"}\"", 2),
    ("a{x}", "unexpected \"}\" in label matching, expected label matching operator", 3),
    ("a{x=b}", "unexpected identifier \"b\" in label matching, expected string", 4),
    ("a{x=\"1\" y=\"2\"}", "unexpected identifier \"y\" in label matching, expected \",\" or \"}\"", 8),
    ("a{x=~\"(\"}", "error parsing regexp: missing closing )", 2),
    ("a{x=\"\\xff\"}", "the value of a matcher \"\\xff\" is not UTF-8", 4),
    ("a offset", "unexpected end of input in offset, expected \(anyDuration)", 8),
    ("a offset x", "unexpected identifier \"x\" in offset, expected \(anyDuration)", 9),
    ("a offset 1m offset 2m", "offset may not be set multiple times", 0),
    (
      "1 offset 1m",
      "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery", 0
    ),
    ("a @", "unexpected end of input in @, expected timestamp", 3),
    ("a @ x", "unexpected identifier \"x\" in @, expected timestamp", 4),
    ("a @ Inf", "timestamp out of bounds for @ modifier: +Inf", 0),
    ("a @ 1e18", "timestamp out of bounds for @ modifier: 1000000000000000000", 0),
    ("a @ 1 @ 2", "@ <timestamp> may not be set multiple times", 0),
    ("(a) @ 1", "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery", 0),
    ("a anchored smoothed", "anchored and smoothed modifiers cannot be used together", 0),
    ("a[5m:] anchored", "anchored modifier is not supported for subqueries", 0),
    ("(a) smoothed", "smoothed modifier not implemented", 0),
  ])
  func `selectors say what they expect`(text: String, message: String, offset: Int) {
    check(text, message, offset)
  }

  @Test(arguments: [
    ("a[]", "unexpected \"]\" in subquery or range selector, expected \(anyDuration)", 2),
    ("a[5m 6m]", "unexpected duration \"6m\" in subquery or range, expected \":\" or \"]\"", 5),
    ("a[5m:*]", "unexpected <op:*> in subquery selector, expected \(anyDuration), or \"]\"", 5),
    ("a[5m:1m 1m]", "unexpected duration \"1m\" in subquery selector, expected \"]\"", 8),
    ("a[0]", "duration must be greater than 0", 2), ("a[-5m]", "duration must be greater than 0", 2),
    ("a[0.0001]", "duration must be greater than 0", 2), ("a[5m:0s]", "duration must be greater than 0", 5),
    ("a[5m/0]", "division by zero", 4), ("a[5m%0]", "modulo by zero", 4), ("a[1e10]", "duration out of range", 2),
    ("1[5m]", "ranges only allowed for vector selectors", 1),
    ("a[5m][5m]", "ranges only allowed for vector selectors", 5),
    ("a offset 1m[5m]", "no offset modifiers allowed before range", 11),
    ("a @ 1[5m]", "no @ modifiers allowed before range", 5),
    ("a[5m][5m:]", "subquery is only allowed on instant vector, got matrix instead", 0),
    ("1[5m:]", "subquery is only allowed on instant vector, got scalar instead", 0),
  ])
  func `windows say what they expect`(text: String, message: String, offset: Int) { check(text, message, offset) }

  @Test(arguments: [
    ("1 == 1", "comparisons between scalars must use BOOL modifier", 2),
    ("a + bool b", "bool modifier can only be used on comparison operators", 2),
    ("1 and 1", "set operator \"and\" not allowed in binary scalar expression", 0),
    ("a or 1", "set operator \"or\" not allowed in binary scalar expression", 0),
    ("a + on(x) 1", "vector matching only allowed between instant vectors", 0),
    ("a + fill(0) 1", "filling in missing series only allowed between instant vectors", 0),
    ("a and on(x) group_left b", "no grouping allowed for \"and\" operation", 0),
    ("a or fill(0) b", "filling in missing series not allowed for set operators", 0),
    ("a + on(x) group_left(x) b", "label \"x\" must not occur in ON and GROUP clause at once", 2),
    ("a + \"b\"", "binary expression must contain only scalar and instant vector types", 4),
    ("a[5m] + b", "binary expression must contain only scalar and instant vector types", 0),
    ("-\"a\"", "unary expression only allowed on expressions of type scalar or instant vector, got \"string\"", 0),
    (
      "-a[5m]", "unary expression only allowed on expressions of type scalar or instant vector, got \"range vector\"", 0
    ),
    ("sum(1)", "expected type instant vector in aggregation expression, got scalar", 4),
    ("topk(a, b)", "expected type scalar in aggregation parameter, got instant vector", 5),
    ("count_values(1, b)", "expected type string in aggregation parameter, got scalar", 13),
    ("rate(a)", "expected type range vector in call to function \"rate\", got instant vector", 5),
    ("info(a, b)", "expected label selectors only, got vector selector instead", 8),
    ("info(a, abs({x=\"1\"}))", "expected label selectors only", 8),
    ("info(a, 1)", "expected type instant vector in call to function \"info\", got scalar", 0),
  ])
  func `types and modifiers that do not go together are named`(text: String, message: String, offset: Int) {
    check(text, message, offset)
  }

  @Test func `an error is described as Prometheus does`() {
    let error = #expect(throws: PromQLError.self) {
      _ = try PromQLParser(patterns: TestPatterns()).parse("a +\n  é")
    }
    #expect(error?.description == "2:3: parse error: unexpected character: 'é'")
  }

  @Test(arguments: ["info(a, {})", "info(a, {x=~\".*\"})", "info(a)", "{\"a\", \"b\"}", "a{\"x y\"=\"1\", by=\"2\",}"])
  func `what looks wrong but is not is taken`(text: String) throws {
    _ = try PromQLParser(patterns: TestPatterns()).parse(text)
  }
}
