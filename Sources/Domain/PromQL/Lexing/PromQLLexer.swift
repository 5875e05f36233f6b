import Base
import Series

/// Cuts a query into tokens, one at a time, so that mistakes are found in the order of the text.
struct PromQLLexer {
  let bytes: [UInt8]
  private(set) var index = 0
  private var parenthesisDepth = 0
  private var isInBraces = false
  private var isInBrackets = false
  private var hasColon = false
  /// Whether a part of a duration is expected: after `[`, and after operators within brackets.
  private var expectsDuration = false

  init(_ text: String) { bytes = Array(text.utf8) }

  func error(_ message: String, at offset: Int) -> PromQLError {
    PromQLError(message, at: SourcePosition(of: offset, in: bytes))
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  func peek(_ distance: Int = 0) -> UInt8? { index + distance < bytes.count ? bytes[index + distance] : nil }

  /// Goes on while the condition holds.
  mutating func skip(while condition: (UInt8) -> Bool) { while let byte = peek(), condition(byte) { index += 1 } }

  mutating func skip(_ count: Int) { index += count }

  /// The next token; the last one is the end, again and again.
  mutating func next() throws(PromQLError) -> PromQLToken {
    skip(while: Self.isSpace)
    while peek() == UInt8(ascii: "#"), !expectsDuration {
      skip { $0 != 0x0a && $0 != 0x0d }
      skip(while: Self.isSpace)
    }
    let start = index
    guard let byte = peek() else {
      try checkEnd()
      return PromQLToken(kind: .end, range: start..<start)
    }
    let kind =
      isInBraces ? try insideBraces(byte) : expectsDuration ? try insideDuration(byte) : try statement(byte)
    return PromQLToken(kind: kind, range: start..<index)
  }

  private func checkEnd() throws(PromQLError) {
    if isInBraces { throw error("unexpected end of input inside braces", at: index) }
    if expectsDuration { throw error("unexpected end of input in duration expression", at: index) }
    if parenthesisDepth != 0 { throw error("unclosed left parenthesis", at: index) }
    if isInBrackets { throw error("unclosed left bracket", at: index) }
  }

  // MARK: - Outside of braces

  private mutating func statement(_ byte: UInt8) throws(PromQLError) -> PromQLToken.Kind {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return try numberOrDuration()
    case UInt8(ascii: ".") where peek(1).map(Self.isDigit) ?? false: return try numberOrDuration()
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return try string()
    case _ where Self.isLetter(byte) || byte == UInt8(ascii: ":"):
      return isInBrackets ? try wordInBrackets(byte) : word()
    case UInt8(ascii: "!"):
      guard peek(1) == UInt8(ascii: "=") else {
        throw error("unexpected character after '!': \(character(at: index + 1))", at: index)
      }
      index += 2
      return .binary(.notEqual)
    case UInt8(ascii: "="):
      if peek(1) == UInt8(ascii: "~") { throw error("unexpected character after '=': '~'", at: index) }
      let isDouble = peek(1) == byte
      index += isDouble ? 2 : 1
      return isDouble ? .binary(.equal) : .punctuation(.equal)
    case UInt8(ascii: "{"):
      index += 1
      isInBraces = true
      return .punctuation(.leftBrace)
    case UInt8(ascii: "["):
      guard !isInBrackets else { throw error("unexpected left bracket '['", at: index) }
      index += 1
      (isInBrackets, hasColon, expectsDuration) = (true, false, true)
      return .punctuation(.leftBracket)
    default: return try symbol(byte)
    }
  }

  /// Longer ones first.
  private static let symbols: [(String, PromQLToken.Kind)] = [
    ("<=", .binary(.lessOrEqual)), ("</", .binary(.trimUpper)), ("<", .binary(.less)),
    (">=", .binary(.greaterOrEqual)), (">/", .binary(.trimLower)), (">", .binary(.greater)),
    ("+", .binary(.add)), ("-", .binary(.subtract)), ("*", .binary(.multiply)), ("/", .binary(.divide)),
    ("%", .binary(.modulo)), ("^", .binary(.power)), ("@", .at), (",", .punctuation(.comma)),
  ]

  private mutating func symbol(_ byte: UInt8) throws(PromQLError) -> PromQLToken.Kind {
    if let kind = try bracket(byte) { return kind }
    for (text, kind) in Self.symbols where bytes[index...].starts(with: text.utf8) {
      index += text.utf8.count
      return kind
    }
    throw error("unexpected character: \(character(at: index))", at: index)
  }

  /// A parenthesis or the end of brackets.
  private mutating func bracket(_ byte: UInt8) throws(PromQLError) -> PromQLToken.Kind? {
    switch byte {
    case UInt8(ascii: "("):
      parenthesisDepth += 1
      index += 1
      return .punctuation(.leftParenthesis)
    case UInt8(ascii: ")"):
      guard parenthesisDepth > 0 else { throw error("unexpected right parenthesis ')'", at: index) }
      parenthesisDepth -= 1
      index += 1
      return .punctuation(.rightParenthesis)
    case UInt8(ascii: "]"):
      guard isInBrackets else { throw error("unexpected right bracket ']'", at: index) }
      (isInBrackets, expectsDuration) = (false, false)
      index += 1
      return .punctuation(.rightBracket)
    default: return nil
    }
  }

  private mutating func word() -> PromQLToken.Kind {
    let start = index
    skip { Self.isWord($0) || $0 == UInt8(ascii: ":") }
    let word = text(start..<index)
    if let kind = PromQLToken.Kind(word: word) {
      switch kind {
      // Metrics of these names are older than the modifiers, which have a parenthesis after them.
      case .keyword(.fill), .keyword(.fillLeft), .keyword(.fillRight):
        return bytes[index...].first { !Self.isSpace($0) } == UInt8(ascii: "(") ? kind : .identifier
      default: return kind
      }
    }
    return word.utf8.contains(UInt8(ascii: ":")) ? .metricIdentifier : .identifier
  }

  // MARK: - Inside of brackets

  private mutating func insideDuration(_ byte: UInt8) throws(PromQLError) -> PromQLToken.Kind {
    switch byte {
    case UInt8(ascii: ":"): return try colon()
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return try duration()
    case UInt8(ascii: ".") where peek(1).map(Self.isDigit) ?? false: return try duration()
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"),
      UInt8(ascii: "^"), UInt8(ascii: ","), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "]"):
      return try symbol(byte)
    default:
      if let kind = durationWord() { return kind }
      throw error("unexpected character in duration expression: \(character(at: index))", at: index)
    }
  }

  private mutating func duration() throws(PromQLError) -> PromQLToken.Kind {
    expectsDuration = false
    return try numberOrDuration()
  }

  private mutating func wordInBrackets(_ byte: UInt8) throws(PromQLError) -> PromQLToken.Kind {
    if byte == UInt8(ascii: ":") { return try colon() }
    if let kind = durationWord() { return kind }
    throw error("unexpected character: \(character(at: index)), expected ':'", at: index)
  }

  private mutating func colon() throws(PromQLError) -> PromQLToken.Kind {
    guard !hasColon else { throw error("unexpected colon ':'", at: index) }
    let isFirst = bytes[..<index].last { !Self.isSpace($0) } == UInt8(ascii: "[")
    guard !isFirst else { throw error("unexpected colon before duration in duration expression", at: index) }
    index += 1
    (hasColon, expectsDuration) = (true, true)
    return .punctuation(.colon)
  }

  /// `step`, `range`, `min_of` or `max_of`; nil, without going on, for anything else.
  private mutating func durationWord() -> PromQLToken.Kind? {
    let end = bytes[index...].firstIndex { !Self.isLetter($0) } ?? bytes.endIndex
    guard let preprocessor = PromQLToken.Preprocessor(rawValue: text(index..<end).lowercased()) else { return nil }
    switch preprocessor {
    case .start, .end: return nil
    case .step, .range, .maxOf, .minOf:
      index = end
      return .preprocessor(preprocessor)
    }
  }

  // MARK: - Inside of braces

  private mutating func insideBraces(_ byte: UInt8) throws(PromQLError) -> PromQLToken.Kind {
    switch byte {
    case _ where Self.isLetter(byte):
      skip(while: Self.isWord)
      return .identifier
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return try string()
    case UInt8(ascii: ","):
      index += 1
      return .punctuation(.comma)
    case UInt8(ascii: "="):
      let isPattern = peek(1) == UInt8(ascii: "~")
      index += isPattern ? 2 : 1
      return isPattern ? .matches : .punctuation(.equal)
    case UInt8(ascii: "!"):
      switch peek(1) {
      case UInt8(ascii: "~"):
        index += 2
        return .doesNotMatch
      case UInt8(ascii: "="):
        index += 2
        return .binary(.notEqual)
      default:
        throw error("unexpected character after '!' inside braces: \(character(at: index + 1))", at: index)
      }
    case UInt8(ascii: "{"): throw error("unexpected left brace '{'", at: index)
    case UInt8(ascii: "}"):
      index += 1
      isInBraces = false
      return .punctuation(.rightBrace)
    default: throw error("unexpected character inside braces: \(character(at: index))", at: index)
    }
  }

  // MARK: - Characters

  /// A character in single quotes, as Go writes it in messages.
  func character(at offset: Int) -> String {
    guard offset < bytes.count else { return "'\u{FFFD}'" }
    var end = offset + 1
    while end < bytes.count, bytes[end] & 0xc0 == 0x80 { end += 1 }
    let text = SeriesNotation.quoted(text(offset..<end)).dropFirst().dropLast()
    return text == "\\\"" ? "'\"'" : text == "'" ? "'\\''" : "'\(text)'"
  }

  /// A part of the query in double quotes, up to the end of its last character.
  func quoted(_ range: Range<Int>) -> String {
    var end = range.upperBound
    while end < bytes.count, bytes[end] & 0xc0 == 0x80 { end += 1 }
    return SeriesNotation.quoted(text(range.lowerBound..<end))
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }
  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "_")
  }
  static func isWord(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
}
