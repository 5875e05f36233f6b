/// Numbers as formats of text write them: decimal, without the separators and bases that programming languages have.
package enum DecimalNumber {
  /// A number; or an infinity or NaN, in any case, where `allowsSpecial`.
  ///
  /// Nil for anything else.
  package static func parse(_ text: Span<UInt8>, allowsSpecial: Bool = true) -> Double? {
    var index = 0
    let isNegative = !text.isEmpty && text[0] == UInt8(ascii: "-")
    if !text.isEmpty, isNegative || text[0] == UInt8(ascii: "+") { index = 1 }
    guard index < text.count else { return nil }
    guard isDigit(text[index]) || text[index] == UInt8(ascii: ".") else {
      guard allowsSpecial, let value = special(text, from: index) else { return nil }
      return isNegative && !value.isNaN ? -value : value
    }
    var digits = Digits()
    while index < text.count, isDigit(text[index]) {
      digits.append(text[index])
      index += 1
    }
    if index < text.count, text[index] == UInt8(ascii: ".") {
      index += 1
      while index < text.count, isDigit(text[index]) {
        digits.append(text[index], isFraction: true)
        index += 1
      }
    }
    guard digits.count > 0, let exponent = exponent(text, from: index) else { return nil }
    if let value = digits.value(exponent: exponent) { return isNegative ? -value : value }
    return Double(String(decoding: (0..<text.count).map { text[$0] }, as: UTF8.self))
  }

  /// A whole number, for example a time in milliseconds.
  ///
  /// Nil for anything else and for one beyond 64 bits.
  package static func parseInteger(_ text: Span<UInt8>) -> Int64? {
    guard !text.isEmpty else { return nil }
    let hasSign = text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+")
    let isNegative = text[0] == UInt8(ascii: "-")
    guard text.count > (hasSign ? 1 : 0) else { return nil }
    var value: Int64 = 0
    for index in (hasSign ? 1 : 0)..<text.count {
      guard isDigit(text[index]) else { return nil }
      let digit = Int64(text[index] - UInt8(ascii: "0"))
      let (scaled, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (next, exceeded) =
        isNegative ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
      guard !overflowed, !exceeded else { return nil }
      value = next
    }
    return value
  }

  /// The digits of a number as far as 64 bits hold them.
  private struct Digits {
    private(set) var count = 0
    private var number: UInt64 = 0
    private var fractionCount = 0
    private var isExact = true

    mutating func append(_ byte: UInt8, isFraction: Bool = false) {
      count += 1
      if isFraction { fractionCount += 1 }
      guard isExact, number < UInt64.max / 10 - 1 else {
        isExact = false
        return
      }
      number = number * 10 + UInt64(byte - UInt8(ascii: "0"))
    }

    /// The number where one operation on doubles gives it exactly: both it and the power of ten are doubles.
    func value(exponent: Int) -> Double? {
      guard isExact, number <= 1 << 53 else { return nil }
      let scale = exponent - fractionCount
      if scale == 0 || number == 0 { return Double(number) }
      guard abs(scale) < DecimalNumber.powers.count else { return nil }
      return scale > 0
        ? Double(number) * DecimalNumber.powers[scale] : Double(number) / DecimalNumber.powers[-scale]
    }
  }

  /// The powers of ten that a double holds exactly.
  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// What follows the digits: nothing, or `e`, a sign and digits to the end.
  ///
  /// An exponent is bounded where more of it makes no difference.
  private static func exponent(_ text: Span<UInt8>, from start: Int) -> Int? {
    guard start < text.count else { return 0 }
    guard text[start] | 0x20 == UInt8(ascii: "e") else { return nil }
    var index = start + 1
    let isNegative = index < text.count && text[index] == UInt8(ascii: "-")
    if index < text.count, isNegative || text[index] == UInt8(ascii: "+") { index += 1 }
    guard index < text.count else { return nil }
    var value = 0
    while index < text.count {
      guard isDigit(text[index]) else { return nil }
      value = min(value * 10 + Int(text[index] - UInt8(ascii: "0")), 1_000_000)
      index += 1
    }
    return isNegative ? -value : value
  }

  private static func special(_ text: Span<UInt8>, from start: Int) -> Double? {
    if equals("nan", text, from: start) { return .nan }
    if equals("inf", text, from: start) || equals("infinity", text, from: start) { return .infinity }
    return nil
  }

  private static func equals(_ word: StaticString, _ text: Span<UInt8>, from start: Int) -> Bool {
    guard text.count - start == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { word in
      for index in 0..<word.count where unsafe text[start + index] | 0x20 != word[index] { return false }
      return true
    }
  }

  package static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }
}
