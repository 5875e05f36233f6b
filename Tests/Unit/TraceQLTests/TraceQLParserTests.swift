import Base
import Testing
import TraceQL

@Suite struct TraceQLParserTests {
  /// A query of one filter with one comparison.
  private func comparison(_ text: String) throws -> Comparison {
    let query = try TraceQLParser.parse(text)
    guard case .filter(.comparison(let comparison)) = query.spansets else {
      Issue.record("\(text) is no single comparison: \(query)")
      throw TraceQLError("no comparison", at: SourcePosition(offset: 0, line: 1, column: 1))
    }
    return comparison
  }

  @Test(arguments: [
    ("name", Intrinsic.name), ("statusMessage", .statusMessage), ("rootName", .rootName),
    ("rootServiceName", .rootServiceName), ("span:name", .name), ("span:statusMessage", .statusMessage),
    ("trace:rootName", .rootName), ("trace:rootService", .rootServiceName),
    ("instrumentation:name", .instrumentationName), ("instrumentation:version", .instrumentationVersion),
  ])
  func `text intrinsics have their plain and scoped spellings`(spelling: String, intrinsic: Intrinsic) throws {
    let found = try comparison("{ \(spelling) = \"x\" }")
    #expect(found.field == .intrinsic(intrinsic))
    #expect(found.value == .string("x"))
  }

  @Test(arguments: [
    ("{ .a = 1 }", AttributeScope.unscoped, "a"),
    ("{ span.gen_ai.request.model = 1 }", .span, "gen_ai.request.model"),
    ("{ resource.service.name=1 }", .resource, "service.name"),
    ("{ instrumentation.x = 1 }", .instrumentation, "x"),
    ("{ span.http-status/code+x*y = 1 }", .span, "http-status/code+x*y"),
    ("{ span.\"a b\" = 1 }", .span, "a b"),
    ("{ span.\"say \\\"x\\\"\".c.\"d e\" = 1 }", .span, "say \"x\".c.d e"),
    ("{ .모델 = 1 }", .unscoped, "모델"),
  ])
  func `attributes have a scope and a key`(text: String, scope: AttributeScope, key: String) throws {
    #expect(try comparison(text).field == .attribute(scope, key: key))
  }

  @Test(arguments: [
    ("\"x\"", Literal.string("x")), (#""\n\t\"\\é""#, .string("\n\t\"\\é")), (#""\u00e9\U0001F600""#, .string("é😀")),
    (#"`\d+"`"#, .string(#"\d+""#)), ("1", .int(1)), ("-7", .int(-7)), ("9223372036854775807", .int(.max)),
    ("-9223372036854775808", .int(.min)), ("1.5", .float(1.5)), ("-.5", .float(-0.5)), (".5", .float(0.5)),
    ("2e3", .float(2000)), ("1.5e-3", .float(0.0015)), ("200ms", .duration(200_000_000)),
    ("1.5s", .duration(1_500_000_000)), ("1h30m", .duration(5_400_000_000_000)), ("3us", .duration(3_000)),
    ("3µs", .duration(3_000)), ("-2ms", .duration(-2_000_000)), ("true", .bool(true)), ("false", .bool(false)),
    ("nil", .nothing),
  ])
  func `literals keep their value`(text: String, literal: Literal) throws {
    #expect(try comparison("{ .a = \(text) }").value == literal)
  }

  @Test(arguments: ComparisonOperator.allCases)
  func `every operator is read`(operation: ComparisonOperator) throws {
    #expect(try comparison("{.a\(operation.rawValue)\"1\"}").comparison == operation)
  }

  @Test func `a value on the left turns the operator round`() throws {
    let found = try comparison("{ 200ms < duration }")
    #expect(found.field == .intrinsic(.duration))
    #expect(found.comparison == .greater)
  }

  @Test func `status and kind take their keywords`() throws {
    #expect(try comparison("{ status = error }").value == .status(.error))
    #expect(try comparison("{ span:status != unset }").value == .status(.unset))
    #expect(try comparison("{ kind = server }").value == .kind(.server))
  }

  @Test func `conditions combine with parentheses and negation`() throws {
    let query = try TraceQLParser.parse("{ (.a = 1 || .b = 2) && !(.c) && true }")
    guard case .filter(.and(.and(.or, .not(.comparison(let negated))), .constant(true))) = query.spansets else {
      Issue.record("\(query.spansets)")
      return
    }
    #expect(negated.value == .bool(true))
  }

  @Test func `spansets combine`() throws {
    guard
      case .and(.filter, .or(.filter, .child(.filter, .filter))) =
        try TraceQLParser.parse("{.a=1} && ({} || {.b=1} > {.c=1})").spansets
    else {
      Issue.record("shape differs")
      return
    }
    guard case .descendant = try TraceQLParser.parse("{.a=1}>>{.b=1}").spansets else {
      Issue.record("no descendant")
      return
    }
  }

  @Test func `what structural operators select can be aggregated`() throws {
    #expect(try TraceQLParser.parse("{ } > { } | avg(duration) > 1s").conditions.map(\.function) == [.avg])
  }

  @Test func `pipelines have conditions and selected fields`() throws {
    let query = try TraceQLParser.parse("{ } | count() > 2 | avg(duration) >= 1.5s | select(span.x, name)")
    #expect(query.conditions.map(\.function) == [.count, .avg])
    #expect(query.conditions.map(\.value) == [.int(2), .duration(1_500_000_000)])
    #expect(query.conditions[1].field == .intrinsic(.duration))
    #expect(query.selected == [.attribute(.span, key: "x"), .intrinsic(.name)])
  }

  @Test(arguments: [
    ("", 1, 1, "expected `{`"),
    ("{ name = }", 1, 10, "expected a value, found `}`"),
    ("{ name = \"x\"", 1, 13, "expected `}`"),
    ("{ name = \"x }", 1, 10, "not closed"),
    ("{\n  foo = 1 }", 2, 3, "unknown field `foo`"),
    ("{ foo.bar = 1 }", 1, 3, "span.foo"),
    ("{ trace:x = 1 }", 1, 3, "unknown field `trace:x`"),
    ("{ .a = 1 && .b = 2 || .c = 3 }", 1, 20, "mixed"),
    ("{.a=1} && {.b=1} || {.c=1}", 1, 18, "mixed"),
    ("{ duration > \"x\" }", 1, 14, "a duration such as"),
    ("{ status = 2 }", 1, 12, "error, ok, unset"),
    ("{ status = failed }", 1, 12, "one of error, ok, unset, found `failed`"),
    ("{ span:status != broken }", 1, 18, "one of error, ok, unset"),
    ("{ kind = sever }", 1, 10, "one of unspecified, internal, server, client, producer, consumer"),
    ("{ duration > long }", 1, 14, "a duration such as 200ms"),
    ("{ name = chat }", 1, 10, "text in quotes, found `chat`"),
    ("{ .a = chat }", 1, 8, "\"chat\" for text"),
    ("{ status > error }", 1, 3, "= and !="),
    ("{ .a = error }", 1, 8, "in quotes"),
    ("{ .a =~ 5 }", 1, 9, "regular expression"),
    ("{ .a > nil }", 1, 8, "= and !="),
    ("{ .a = .b }", 1, 8, "two fields"),
    ("{ 1 = 2 }", 1, 3, "two values"),
    ("{ name }", 1, 8, "a comparison operator"),
    ("{ span:id = \"xyz\" }", 1, 13, "16 hexadecimal digits"),
    ("{ trace:id = \"0123\" }", 1, 14, "32 hexadecimal digits"),
    ("{ . = 1 }", 1, 4, "attribute name"),
    ("{ .a = 5parsecs }", 1, 8, "not a duration"),
    ("{ .a = 99999999999999999999 }", 1, 8, "64 bits"),
    (#"{ .a = "\q" }"#, 1, 9, "unknown escape"),
    ("{ .a = - }", 1, 8, "`-` is not supported"),
    ("{ .a = -. }", 1, 8, "is not a number"),
    (#"{ .a = "\ud800" }"#, 1, 9, "Unicode scalar"),
    ("{ .a = 1 } | rate()", 1, 14, "`rate` is not supported"),
    ("{ .a = 1 } | count() > \"x\"", 1, 24, "a number"),
    ("{ .a = 1 } | avg(name) > 1", 1, 18, "needs a number"),
    ("{ .a = 1 } << { }", 1, 12, "`<<` is not supported"),
    ("{ parent.a = 1 }", 1, 3, "cannot be searched"),
    ("{ .a + 1 = 2 }", 1, 6, "`+` is not supported"),
    ("{ } > { } > { }", 1, 11, "chains"),
    ("{ } }", 1, 5, "the end of the query"),
    ("{ é = 1 }", 1, 3, "unexpected character `é`"),
    ("({ } | count() > 1)", 1, 6, "pipeline inside parentheses"),
  ])
  func `an error names its place and what was expected`(
    text: String, line: Int, column: Int, part: String
  ) throws {
    let error = try #require(throws: TraceQLError.self) { try TraceQLParser.parse(text) }
    #expect(error.position.line == line, "\(error)")
    #expect(error.position.column == column, "\(error)")
    #expect(error.message.contains(part), "\(error)")
  }

  @Test func `limits hold`() {
    let deep = "{ " + String(repeating: "(", count: 33) + ".a = 1" + String(repeating: ")", count: 33) + " }"
    let many = "{ " + Array(repeating: ".a = 1", count: 65).joined(separator: " && ") + " }"
    let long = "{ .a = \"" + String(repeating: "x", count: 8_192) + "\" }"
    let regex = "{ .a =~ \"" + String(repeating: "x", count: 1_025) + "\" }"
    for text in [deep, many, long, regex, "{ " + String(repeating: "!", count: 33) + ".a }"] {
      #expect(throws: TraceQLError.self, "\(text.prefix(40))") { try TraceQLParser.parse(text) }
    }
  }
}
