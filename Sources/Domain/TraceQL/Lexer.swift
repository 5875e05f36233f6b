import Base

/// Cuts a query into tokens.
struct Lexer {
  let bytes: [UInt8]
  var index = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  /// All tokens; the last one is the end.
  mutating func tokens() throws(TraceQLError) -> [Token] {
    var tokens: [Token] = []
    while true {
      let token = try next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  func error(_ message: String, at offset: Int) -> TraceQLError {
    TraceQLError(message, at: SourcePosition(of: offset, in: bytes))
  }

  func peek(_ distance: Int = 0) -> UInt8? {
    index + distance < bytes.count ? bytes[index + distance] : nil
  }

  private mutating func next() throws(TraceQLError) -> Token {
    while let byte = peek(), Self.isSpace(byte) { index += 1 }
    let start = index
    guard let byte = peek() else { return Token(kind: .end, offset: start) }
    return Token(kind: try kind(startingWith: byte), offset: start)
  }

  private mutating func kind(startingWith byte: UInt8) throws(TraceQLError) -> Token.Kind {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "`"):
      return .string(try string())
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      return try number()
    case UInt8(ascii: "-"):
      if let second = peek(1), Self.isDigit(second) || second == UInt8(ascii: ".") { return try number() }
      index += 1
      return .unsupported("-")
    case UInt8(ascii: "."):
      if let second = peek(1), Self.isDigit(second) { return try number() }
      index += 1
      return .attribute(.unscoped, key: try attributeKey())
    case _ where Self.isWordStart(byte):
      return try word()
    default:
      return try symbol()
    }
  }

  private static let symbols: [(String, Token.Kind)] = [
    ("&&", .and), ("||", .or), ("!=", .comparison(.notEqual)), ("!~", .comparison(.matchesNot)),
    ("=~", .comparison(.matches)), (">>", .descendant), (">=", .comparison(.greaterOrEqual)),
    ("<=", .comparison(.lessOrEqual)), ("<<", .unsupported("<<")), ("&>", .unsupported("&>")),
    ("&<", .unsupported("&<")), ("&~", .unsupported("&~")),
    ("{", .openBrace), ("}", .closeBrace), ("(", .openParenthesis), (")", .closeParenthesis), (",", .comma),
    ("|", .pipe), ("!", .not), ("=", .comparison(.equal)), (">", .comparison(.greater)), ("<", .comparison(.less)),
    ("~", .unsupported("~")), ("+", .unsupported("+")), ("*", .unsupported("*")), ("/", .unsupported("/")),
    ("%", .unsupported("%")), ("^", .unsupported("^")),
  ]

  private mutating func symbol() throws(TraceQLError) -> Token.Kind {
    for (text, kind) in Self.symbols where bytes[index...].starts(with: text.utf8) {
      index += text.utf8.count
      return kind
    }
    var end = index + 1
    while end < bytes.count, bytes[end] & 0xc0 == 0x80 { end += 1 }
    throw error("unexpected character `\(String(decoding: bytes[index..<end], as: UTF8.self))`", at: index)
  }

  private mutating func word() throws(TraceQLError) -> Token.Kind {
    let start = index
    while let byte = peek(), Self.isWord(byte) { index += 1 }
    let word = String(decoding: bytes[start..<index], as: UTF8.self)
    if peek() == UInt8(ascii: ".") {
      switch word {
      case "span", "resource", "instrumentation":
        index += 1
        return .attribute(AttributeScope(rawValue: word) ?? .span, key: try attributeKey())
      case "score":
        index += 1
        return .score(try attributeKey())
      case "parent", "event", "link":
        throw error(
          "`\(word).` attributes cannot be searched; use span., resource., instrumentation. or a leading dot",
          at: start)
      default:
        throw error(
          "`\(word).` is not a scope; write span.\(word)…, resource.\(word)… or .\(word)… for an attribute", at: start)
      }
    }
    if peek() == UInt8(ascii: ":") {
      index += 1
      let nameStart = index
      while let byte = peek(), Self.isWord(byte) { index += 1 }
      return .scopedIntrinsic(scope: word, name: String(decoding: bytes[nameStart..<index], as: UTF8.self))
    }
    return .word(word)
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  static func isWordStart(_ byte: UInt8) -> Bool {
    (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "_")
  }
  static func isWord(_ byte: UInt8) -> Bool { isWordStart(byte) || isDigit(byte) }
}
