import Series

extension PromQLLexer {
  /// A string in double or single quotes, or a raw one in backquotes.
  ///
  /// Escapes are checked here and resolved by ``StringNotation``.
  mutating func string() throws(PromQLError) -> PromQLToken.Kind {
    let start = index
    let quote = bytes[index]
    let isRaw = quote == UInt8(ascii: "`")
    skip(1)
    while let byte = peek(), isRaw || byte != 0x0a {
      if bytes[index...].starts(with: Self.replacementCharacter) { throw error("invalid UTF-8 rune", at: start) }
      skip(1)
      if byte == quote { return .string }
      if byte == UInt8(ascii: "\\"), !isRaw { try escape(quote, start) }
    }
    throw error(isRaw ? "unterminated raw string" : "unterminated quoted string", at: start)
  }

  /// U+FFFD, which stands where a request had bytes that are not UTF-8.
  private static let replacementCharacter: [UInt8] = [0xef, 0xbf, 0xbd]

  private mutating func escape(_ quote: UInt8, _ start: Int) throws(PromQLError) {
    guard let byte = peek() else { throw error("escape sequence not terminated", at: start) }
    switch byte {
    case quote: skip(1)
    case _ where StringNotation.simpleEscapes[byte] != nil: skip(1)
    case UInt8(ascii: "0")...UInt8(ascii: "7"): try digits(3, radix: 8, max: 255, start)
    case UInt8(ascii: "x"):
      skip(1)
      try digits(2, radix: 16, max: 255, start)
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      skip(1)
      try digits(byte == UInt8(ascii: "u") ? 4 : 8, radix: 16, max: 0x10ffff, start)
    default: throw error("unknown escape sequence \(codePoint(at: index))", at: start)
    }
  }

  private mutating func digits(_ count: Int, radix: UInt32, max: UInt32, _ start: Int) throws(PromQLError) {
    var value: UInt32 = 0
    for _ in 0..<count {
      guard let byte = peek() else { throw error("escape sequence not terminated", at: start) }
      guard let digit = StringNotation.digit(byte), digit < radix else {
        throw error("illegal character \(codePoint(at: index)) in escape sequence", at: start)
      }
      // Eight digits at most, so that nothing is lost.
      value = value &* radix &+ digit
      skip(1)
    }
    guard value <= max, !(0xd800..<0xe000).contains(value) else {
      throw error("escape sequence is an invalid Unicode code point", at: start)
    }
  }

  /// A character with its number, for example `U+0063 'c'`.
  private func codePoint(at offset: Int) -> String {
    var end = offset + 1
    while end < bytes.count, bytes[end] & 0xc0 == 0x80 { end += 1 }
    let value = text(offset..<end).unicodeScalars.first?.value ?? 0xfffd
    let digits = String(value, radix: 16, uppercase: true)
    return "U+\(String(repeating: "0", count: Swift.max(0, 4 - digits.utf8.count)))\(digits) \(character(at: offset))"
  }
}

/// How strings are written.
enum StringNotation {
  static let simpleEscapes: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0c, UInt8(ascii: "n"): 0x0a,
    UInt8(ascii: "r"): 0x0d, UInt8(ascii: "t"): 0x09, UInt8(ascii: "v"): 0x0b,
    UInt8(ascii: "\\"): UInt8(ascii: "\\"),
  ]

  static func digit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }

  /// The bytes that a checked string token stands for.
  ///
  /// `\xff` and `\377` are single bytes, so that the result need not be UTF-8.
  static func bytes(of token: ArraySlice<UInt8>) -> [UInt8] {
    let inner = token.dropFirst().dropLast()
    guard token.first != UInt8(ascii: "`") else { return Array(inner) }
    var result: [UInt8] = []
    var rest = inner
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
        result.append(byte)
        continue
      }
      switch escape {
      case UInt8(ascii: "x"): result.append(UInt8(truncatingIfNeeded: value(of: rest.prefix(2), radix: 16)))
      case UInt8(ascii: "u"): append(value(of: rest.prefix(4), radix: 16), to: &result)
      case UInt8(ascii: "U"): append(value(of: rest.prefix(8), radix: 16), to: &result)
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        result.append(UInt8(truncatingIfNeeded: value(of: [escape] + rest.prefix(2), radix: 8)))
      default: result.append(simpleEscapes[escape] ?? escape)
      }
      rest = rest.dropFirst(digitCount(after: escape))
    }
    return result
  }

  private static func digitCount(after escape: UInt8) -> Int {
    switch escape {
    case UInt8(ascii: "x"), UInt8(ascii: "0")...UInt8(ascii: "7"): 2
    case UInt8(ascii: "u"): 4
    case UInt8(ascii: "U"): 8
    default: 0
    }
  }

  private static func value(of digits: ArraySlice<UInt8>, radix: UInt32) -> UInt32 {
    digits.reduce(0) { $0 &* radix &+ (digit($1) ?? 0) }
  }

  private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
    guard let scalar = Unicode.Scalar(value) else { return }
    bytes += Array(String(Character(scalar)).utf8)
  }

  /// Bytes in double quotes.
  ///
  /// Those that are not UTF-8 are written as `\xff`.
  static func quoted(_ bytes: [UInt8]) -> String {
    var result = ""
    var rest = bytes[...]
    while !rest.isEmpty {
      let length = scalarLength(rest)
      if length > 0 {
        result += SeriesNotation.quoted(String(decoding: rest.prefix(length), as: UTF8.self)).dropFirst().dropLast()
      } else if let byte = rest.first {
        let digits = String(byte, radix: 16)
        result += "\\x" + (digits.utf8.count == 1 ? "0" : "") + digits
      }
      rest = rest.dropFirst(Swift.max(1, length))
    }
    return "\"\(result)\""
  }

  /// How many bytes the first Unicode scalar has; 0 where there is none.
  private static func scalarLength(_ bytes: ArraySlice<UInt8>) -> Int {
    for length in 1...4 where bytes.count >= length {
      if let text = String(validating: bytes.prefix(length), as: UTF8.self), text.unicodeScalars.count == 1 {
        return length
      }
    }
    return 0
  }
}
