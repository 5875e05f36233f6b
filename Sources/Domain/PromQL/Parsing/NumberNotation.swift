/// How numbers are written.
package enum NumberNotation {
  /// The value of a number; nil where the text is not one or the value does not fit.
  ///
  /// As in Go: `0x` for hexadecimal integers, a leading zero for octal ones, underscores between digits.
  static func value(_ text: String) -> Double? {
    let text = text.lowercased()
    switch text {
    case "inf": return .infinity
    case "nan": return .nan
    default: break
    }
    guard let digits = withoutUnderscores(text) else { return nil }
    if digits.hasPrefix("0x") { return Int64(digits.dropFirst(2), radix: 16).map(Double.init) }
    if digits.utf8.count > 1, digits.hasPrefix("0"), let octal = Int64(digits, radix: 8) { return Double(octal) }
    guard let value = Double(digits), value.isFinite else { return nil }
    return value
  }

  /// Nil where an underscore does not stand between two digits, or between `0x` and a digit.
  private static func withoutUnderscores(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    let isHexadecimal = text.hasPrefix("0x")
    func isDigit(_ index: Int) -> Bool {
      guard bytes.indices.contains(index) else { return false }
      let byte = bytes[index]
      return PromQLLexer.isDigit(byte) || (isHexadecimal && (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte))
        || (isHexadecimal && index == 1)
    }
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
      guard isDigit(index - 1), isDigit(index + 1) else { return nil }
    }
    return text.filter { $0 != "_" }
  }

  /// The shortest decimal number that reads as the value, without exponent; `+Inf`, `-Inf`, `NaN`.
  package static func text(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    let sign = value.sign == .minus ? "-" : ""
    let shortest = "\(value.magnitude)"
    let parts = shortest.split(separator: "e")
    let exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let fraction = mantissa.count == 2 && mantissa[1] != "0" ? String(mantissa[1]) : ""
    let digits = String(mantissa[0]) + fraction
    // Where the decimal point stands, from the left of the digits.
    let point = mantissa[0].utf8.count + exponent
    if point <= 0 { return trimmed("0." + String(repeating: "0", count: -point) + digits, sign) }
    if point >= digits.utf8.count {
      return trimmed(digits + String(repeating: "0", count: point - digits.utf8.count), sign)
    }
    return trimmed("\(digits.prefix(point)).\(digits.dropFirst(point))", sign)
  }

  /// Without zeros before the first digit, and with the sign.
  private static func trimmed(_ text: String, _ sign: String) -> String {
    let digits = text.drop { $0 == "0" }
    return sign + (digits.isEmpty || digits.hasPrefix(".") ? "0" + digits : String(digits))
  }
}
