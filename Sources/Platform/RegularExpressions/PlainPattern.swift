/// An expression that is compared byte by byte: one or more literal texts, or one that others begin with, end in or
/// contain.
enum PlainPattern: Sendable, Equatable {
  /// `a`, `a|b|c`.
  case values([[UInt8]])
  /// `a.*`, `.*`; longer by a character at least for `a.+`.
  case prefix([UInt8], isLonger: Bool)
  /// `.*a`, `.+a`.
  case suffix([UInt8], isLonger: Bool)
  /// `.*a.*`.
  case infix([UInt8])

  /// Up to this many values are compared one after the other; for more, RE2's automaton is faster.
  static let valuesMax = 64

  /// Nil for an expression that only RE2 understands.
  init?(_ expression: String) {
    let bytes = Array(expression.utf8)
    let alternatives = bytes.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
    if alternatives.count <= Self.valuesMax {
      let values = alternatives.compactMap(Self.literal)
      // A `|` that is escaped ends its part with `\`, which is not a literal.
      if values.count == alternatives.count {
        self = .values(values)
        return
      }
    }
    guard let plain = Self.open(bytes[...]) else { return nil }
    self = plain
  }

  /// The forms with `.*` or `.+` at one end, or `.*` at both.
  private static func open(_ bytes: ArraySlice<UInt8>) -> PlainPattern? {
    let (anyBefore, afterStart) = wildcard(atStartOf: bytes)
    let (anyAfter, middle) = wildcard(atEndOf: afterStart)
    guard let text = literal(middle) else { return nil }
    switch (anyBefore, anyAfter) {
    case (nil, let isLonger?): return .prefix(text, isLonger: isLonger)
    case (let isLonger?, nil):
      return text.isEmpty ? .prefix(text, isLonger: isLonger) : .suffix(text, isLonger: isLonger)
    case (false, false): return .infix(text)
    default: return nil
    }
  }

  /// `.*` (false) or `.+` (true) at the start, and what follows it.
  private static func wildcard(atStartOf bytes: ArraySlice<UInt8>) -> (isLonger: Bool?, rest: ArraySlice<UInt8>) {
    if bytes.starts(with: ".*".utf8) { return (false, bytes.dropFirst(2)) }
    if bytes.starts(with: ".+".utf8) { return (true, bytes.dropFirst(2)) }
    return (nil, bytes)
  }

  /// `.*` (false) or `.+` (true) at the end, and what comes before it.
  ///
  /// Before an escaped dot, which is not one, stands `\`, which is not a literal.
  private static func wildcard(atEndOf bytes: ArraySlice<UInt8>) -> (isLonger: Bool?, rest: ArraySlice<UInt8>) {
    if bytes.suffix(2).elementsEqual(".*".utf8) { return (false, bytes.dropLast(2)) }
    if bytes.suffix(2).elementsEqual(".+".utf8) { return (true, bytes.dropLast(2)) }
    return (nil, bytes)
  }

  /// The text that an expression without operators stands for: `\.` is a dot.
  ///
  /// Nil where there are others.
  private static func literal(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var isEscaped = false
    for byte in bytes {
      let isOperator = operators.contains(byte)
      if isEscaped {
        // `\d`, `\x41` and the like are left to RE2.
        guard isOperator || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/") else { return nil }
        text.append(byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if isOperator {
        return nil
      } else {
        text.append(byte)
      }
    }
    return isEscaped ? nil : text
  }

  private static let operators = Array(#"\.+*?()|[]{}^$"#.utf8)

  func matches(_ text: String) -> Bool {
    switch self {
    case .values(let values): values.contains { $0.count == text.utf8.count && $0.elementsEqual(text.utf8) }
    case .prefix(let start, let isLonger):
      text.utf8.starts(with: start) && (!isLonger || text.utf8.count > start.count)
    case .suffix(let end, let isLonger):
      text.utf8.suffix(end.count).elementsEqual(end) && (!isLonger || text.utf8.count > end.count)
    case .infix(let part): Self.contains(text.utf8, part)
    }
  }

  private static func contains(_ text: String.UTF8View, _ part: [UInt8]) -> Bool {
    guard let first = part.first else { return true }
    var rest = text[...]
    while rest.count >= part.count, let start = rest.firstIndex(of: first) {
      rest = rest[start...]
      if rest.starts(with: part) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
