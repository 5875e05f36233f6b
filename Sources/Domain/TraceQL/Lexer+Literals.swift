import Base

extension Lexer {
  /// Characters that end an unquoted attribute name, beside white space: those of Tempo's lexer, and the quotes.
  private static let keyTerminators = Set("{}()=~!<>&|^,\"`".utf8)

  /// An attribute name after its scope: unquoted text, or parts in double quotes, for example `"a b".c`.
  mutating func attributeKey() throws(TraceQLError) -> String {
    let start = index
    var key: [UInt8] = []
    var canQuote = true
    while let byte = peek() {
      if byte == UInt8(ascii: "\""), canQuote {
        key += Array(try string().utf8)
        canQuote = false
        continue
      }
      if Self.isSpace(byte) || Self.keyTerminators.contains(byte) { break }
      key.append(byte)
      canQuote = byte == UInt8(ascii: ".")
      index += 1
    }
    guard !key.isEmpty else { throw error("expected an attribute name after the dot", at: start) }
    return String(decoding: key, as: UTF8.self)
  }

  /// A string in double quotes with Go's common escapes, or a raw one in backquotes.
  mutating func string() throws(TraceQLError) -> String {
    let start = index
    let quote = bytes[index]
    index += 1
    var text: [UInt8] = []
    while let byte = peek() {
      index += 1
      if byte == quote { return String(decoding: text, as: UTF8.self) }
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        try escape(into: &text)
      } else {
        text.append(byte)
      }
    }
    throw error("the string is not closed; expected \(quote == UInt8(ascii: "`") ? "a backquote" : "`\"`")", at: start)
  }

  private mutating func escape(into text: inout [UInt8]) throws(TraceQLError) {
    let start = index - 1
    guard let byte = peek() else { throw error("the string ends in the middle of an escape", at: start) }
    index += 1
    switch byte {
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "u"): try scalar(digitCount: 4, start, into: &text)
    case UInt8(ascii: "U"): try scalar(digitCount: 8, start, into: &text)
    default:
      throw error("unknown escape; expected one of \\\\ \\\" \\n \\t \\r \\uXXXX \\UXXXXXXXX", at: start)
    }
  }

  private mutating func scalar(digitCount: Int, _ start: Int, into text: inout [UInt8]) throws(TraceQLError) {
    guard index + digitCount <= bytes.count, let value = Hex.decode(bytes[index..<index + digitCount]),
      let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init)
    else { throw error("expected \(digitCount) hexadecimal digits of a Unicode scalar", at: start) }
    index += digitCount
    text += Array(String(Character(scalar)).utf8)
  }

  /// An integer, a float or a duration, with an optional minus.
  mutating func number() throws(TraceQLError) -> Token.Kind {
    let start = index
    let isNegative = peek() == UInt8(ascii: "-")
    if isNegative { index += 1 }
    let digitsStart = index
    var isFloat = false
    while let byte = peek(), Self.isDigit(byte) || byte == UInt8(ascii: ".") {
      isFloat = isFloat || byte == UInt8(ascii: ".")
      index += 1
    }
    if let exponent = peek(), exponent == UInt8(ascii: "e") || exponent == UInt8(ascii: "E") {
      let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
      if let digit = peek(signed ? 2 : 1), Self.isDigit(digit) {
        isFloat = true
        index += signed ? 2 : 1
        while let byte = peek(), Self.isDigit(byte) { index += 1 }
      }
    }
    if let byte = peek(), Self.isWordStart(byte) || byte >= 0x80 {
      return try duration(start, digitsStart, isNegative)
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if !isFloat {
      guard let value = Int64(text) else { throw error("the integer does not fit 64 bits", at: start) }
      return .int(value)
    }
    guard let value = Double(text), value.isFinite else { throw error("`\(text)` is not a number", at: start) }
    return .float(value)
  }

  private mutating func duration(
    _ start: Int, _ digitsStart: Int, _ isNegative: Bool
  ) throws(TraceQLError) -> Token.Kind {
    while let byte = peek(), Self.isWord(byte) || byte >= 0x80 || byte == UInt8(ascii: ".") { index += 1 }
    let text = String(decoding: bytes[digitsStart..<index], as: UTF8.self)
    guard let value = DurationText.parse(text) else {
      throw error("`\(text)` is not a duration; expected e.g. 200ms, 1.5s or 1h30m (ns, us, ms, s, m, h, d)", at: start)
    }
    return .duration(isNegative ? -value : value)
  }
}
