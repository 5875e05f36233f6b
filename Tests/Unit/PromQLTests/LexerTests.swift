import Base
import Testing

@testable import PromQL

@Suite struct LexerTests {
  /// The tokens of a text, without the end.
  private func tokens(_ text: String) throws -> [PromQLToken] {
    var lexer = PromQLLexer(text)
    var tokens: [PromQLToken] = []
    while case let token = try lexer.next(), token.kind != .end { tokens.append(token) }
    return tokens
  }

  @Test(arguments: [
    ("1", [PromQLToken.Kind.number]), ("1.5e-3", [.number]), (".5", [.number]), ("5.", [.number]), ("0x1f", [.number]),
    ("017", [.number]), ("1_000", [.number]), ("Inf", [.number]), ("nan", [.number]), ("1e3", [.number]),
    ("5m", [.duration]), ("1h30m", [.duration]), ("1y2w3d4h5m6s7ms", [.duration]), ("5ms", [.duration]),
    ("a", [.identifier]), ("_a9", [.identifier]), ("a:b", [.metricIdentifier]), (":a", [.metricIdentifier]),
    ("sum", [.aggregator(.sum)]), ("SUM", [.aggregator(.sum)]), ("Count_Values", [.aggregator(.countValues)]),
    ("and OR unless ATAN2", [.binary(.and), .binary(.or), .binary(.unless), .binary(.atan2)]),
    ("by without", [.keyword(.by), .keyword(.without)]), ("group_left", [.keyword(.groupLeft)]),
    ("step range", [.preprocessor(.step), .preprocessor(.range)]),
  ])
  func `numbers, durations and words have their kinds`(text: String, kinds: [PromQLToken.Kind]) throws {
    #expect(try tokens(text).map(\.kind) == kinds)
  }

  @Test(arguments: [
    ("== != <= < >= >", [BinaryOperator.equal, .notEqual, .lessOrEqual, .less, .greaterOrEqual, .greater]),
    ("+ - * / % ^", [.add, .subtract, .multiply, .divide, .modulo, .power]), ("</ >/", [.trimUpper, .trimLower]),
  ])
  func `operators are read by their longest spelling`(text: String, operators: [BinaryOperator]) throws {
    #expect(try tokens(text).map(\.kind) == operators.map { .binary($0) })
  }

  @Test func `fill is a modifier before a parenthesis only`() throws {
    #expect(try tokens("(fill  )").map(\.kind)[1] == .identifier)
    #expect(try tokens("(fill\n(1))").map(\.kind)[1] == .keyword(.fill))
  }

  @Test func `words within braces are names, and operators compare texts`() throws {
    let kinds = try tokens("{sum=~\"a\", by!~'b', x!=`c`, y=\"d\"}").map(\.kind)
    #expect(
      kinds == [
        .punctuation(.leftBrace), .identifier, .matches, .string, .punctuation(.comma), .identifier, .doesNotMatch,
        .string, .punctuation(.comma), .identifier, .binary(.notEqual), .string, .punctuation(.comma), .identifier,
        .punctuation(.equal), .string, .punctuation(.rightBrace),
      ])
  }

  @Test func `within brackets words are those of durations`() throws {
    let kinds = try tokens("[STEP() : max_of(5m, 2)]").map(\.kind)
    #expect(
      kinds == [
        .punctuation(.leftBracket), .preprocessor(.step), .punctuation(.leftParenthesis),
        .punctuation(.rightParenthesis),
        .punctuation(.colon), .preprocessor(.maxOf), .punctuation(.leftParenthesis), .duration, .punctuation(.comma),
        .number, .punctuation(.rightParenthesis), .punctuation(.rightBracket),
      ])
  }

  @Test func `comments reach to the end of the line`() throws {
    let text = "a # b\n# c }\r+ {# d\nx='#'}"
    #expect(
      try tokens(text).map { String(decoding: Array(text.utf8)[$0.range], as: UTF8.self) } == [
        "a", "+", "{", "x", "=", "'#'", "}",
      ])
  }

  @Test(arguments: [
    (#""a""#, "a"), ("'a'", "a"), ("`a\\n`", "a\\n"), (#""\a\b\f\n\r\t\v\\\"""#, "\u{7}\u{8}\u{c}\n\r\t\u{b}\\\""),
    (#"'\''"#, "'"), (#""\x41\101\u00e9\U0001F600""#, "AAé😀"), (#""\xc3\xa9""#, "é"), ("\"모델\"", "모델"),
    ("`\"'`", "\"'"), ("\"\"", ""),
  ])
  func `strings are read with the escapes of Go`(text: String, value: String) throws {
    var lexer = PromQLLexer(text)
    let token = try lexer.next()
    #expect(token.kind == .string)
    #expect(StringNotation.bytes(of: lexer.bytes[token.range]) == Array(value.utf8))
  }

  @Test func `bytes that are not UTF-8 are kept and written as escapes`() throws {
    var lexer = PromQLLexer(#""a\xc5z\377""#)
    let bytes = StringNotation.bytes(of: lexer.bytes[try lexer.next().range])
    #expect(bytes == [0x61, 0xc5, 0x7a, 0xff])
    #expect(StringNotation.quoted(bytes) == #""a\xc5z\xff""#)
  }

  @Test(arguments: [
    ("\"a", "unterminated quoted string", 0), ("\"a\nb\"", "unterminated quoted string", 0),
    ("`a", "unterminated raw string", 0), (#""\c""#, "unknown escape sequence U+0063 'c'", 0),
    (#"'\"'"#, #"unknown escape sequence U+0022 '"'"#, 0),
    (#""\x4.""#, "illegal character U+002E '.' in escape sequence", 0), (#""\"#, "escape sequence not terminated", 0),
    (#""\xF"#, "escape sequence not terminated", 0),
    (#""\ud800""#, "escape sequence is an invalid Unicode code point", 0),
    (#""\U00110000""#, "escape sequence is an invalid Unicode code point", 0),
    (#""\400""#, "escape sequence is an invalid Unicode code point", 0), ("\"\u{fffd}\"", "invalid UTF-8 rune", 0),
    ("1..", "bad number or duration syntax: \"1..\"", 0), ("5mm", "bad number or duration syntax: \"5mm\"", 0),
    ("5m1", "bad number or duration syntax: \"5m1\"", 0), ("0xg", "bad number or duration syntax: \"0xg\"", 0),
    ("1e", "bad number or duration syntax: \"1\"", 0), ("5é", "unexpected character: 'é'", 1),
    ("a ! b", "unexpected character after '!': ' '", 2), ("a =~ b", "unexpected character after '=': '~'", 2),
    ("a]", "unexpected right bracket ']'", 1), ("a)", "unexpected right parenthesis ')'", 1),
    ("(a", "unclosed left parenthesis", 2), ("{a", "unexpected end of input inside braces", 2),
    ("{{", "unexpected left brace '{'", 1), ("{a:", "unexpected character inside braces: ':'", 2),
    ("{a!", "unexpected character after '!' inside braces: '\u{fffd}'", 2),
    ("a[", "unexpected end of input in duration expression", 2), ("a[5m", "unclosed left bracket", 4),
    ("a[5m[", "unexpected left bracket '['", 4),
    ("a[:5m]", "unexpected colon before duration in duration expression", 2),
    ("a[5m:5m:", "unexpected colon ':'", 7), ("a[x]", "unexpected character in duration expression: 'x'", 2),
    ("a[5m x]", "unexpected character: 'x', expected ':'", 5), ("§", "unexpected character: '§'", 0),
    ("}", "unexpected character: '}'", 0), ("a[start()]", "unexpected character in duration expression: 's'", 2),
  ])
  func `what is no token is named with its place`(text: String, message: String, offset: Int) throws {
    let error = #expect(throws: PromQLError.self) { _ = try tokens(text) }
    #expect(error?.message == message)
    #expect(error?.position.offset == offset)
  }
}
