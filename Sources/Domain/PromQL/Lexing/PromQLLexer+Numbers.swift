extension PromQLLexer {
  /// A number, decimal or hexadecimal, or a duration such as `1h30m`.
  mutating func numberOrDuration() throws(PromQLError) -> PromQLToken.Kind {
    let start = index
    if peek() == UInt8(ascii: "0"), let mark = peek(1), mark | 0x20 == UInt8(ascii: "x") {
      skip(2)
      skip { Self.isHexadecimal($0) || $0 == UInt8(ascii: "_") }
    } else {
      decimal()
    }
    if endsNumber() { return .number }
    if remainingDuration() { return .duration }
    // What stands after a unit or is a second point belongs to the mistake.
    let isPart = index < bytes.count && (bytes[index] == UInt8(ascii: ".") || Self.isLetter(bytes[index - 1]))
    throw error("bad number or duration syntax: \(quoted(start..<(isPart ? index + 1 : index)))", at: start)
  }

  private mutating func decimal() {
    func isDigit(_ byte: UInt8) -> Bool { Self.isDigit(byte) || byte == UInt8(ascii: "_") }
    skip(while: isDigit)
    if peek() == UInt8(ascii: ".") {
      skip(1)
      skip(while: isDigit)
    }
    guard let exponent = peek(), exponent | 0x20 == UInt8(ascii: "e") else { return }
    let isSigned = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
    guard let digit = peek(isSigned ? 2 : 1), Self.isDigit(digit) else { return }
    skip(isSigned ? 2 : 1)
    skip(while: isDigit)
  }

  /// The units after the first digits.
  ///
  /// Whether each unit stands once and in its order is for ``DurationNotation``.
  private mutating func remainingDuration() -> Bool {
    repeat {
      guard let unit = peek(), "smhdwy".utf8.contains(unit) else { return false }
      skip(1)
      if peek() == UInt8(ascii: "s") { skip(1) }
      guard let digit = peek(), Self.isDigit(digit) else { break }
      skip(while: Self.isDigit)
    } while true
    return endsNumber()
  }

  private func endsNumber() -> Bool {
    guard let byte = peek() else { return true }
    return !Self.isWord(byte) && byte != UInt8(ascii: ".")
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
  }
}
