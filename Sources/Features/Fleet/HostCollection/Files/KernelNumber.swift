/// Numbers as the kernel writes them.
enum KernelNumber {
  /// A whole number without a sign; nil for anything else, and beyond 64 bits.
  static func integer(_ text: Span<UInt8>) -> UInt64? {
    guard !text.isEmpty else { return nil }
    var value: UInt64 = 0
    for index in text.indices {
      let digit = UInt64(text[index] &- UInt8(ascii: "0"))
      guard digit <= 9 else { return nil }
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, sumOverflow) = scaled.addingReportingOverflow(digit)
      guard !overflow, !sumOverflow else { return nil }
      value = sum
    }
    return value
  }

  /// A decimal number, possibly negative, possibly with a fraction; nil for anything else.
  static func number(_ text: Span<UInt8>) -> Double? {
    var rest = 0..<text.count
    let isNegative = !text.isEmpty && text[0] == UInt8(ascii: "-")
    if isNegative { rest = 1..<text.count }
    var point = rest.lowerBound
    while point < rest.upperBound, text[point] != UInt8(ascii: ".") { point += 1 }
    guard let whole = integer(text.extracting(rest.lowerBound..<point)) else { return nil }
    var value = Double(whole)
    if point < rest.upperBound {
      let digits = point + 1..<rest.upperBound
      guard let fraction = integer(text.extracting(digits)), digits.count <= 15 else { return nil }
      var unit = 1.0
      for _ in digits { unit *= 10 }
      // Both are whole numbers that a Double holds, so that the quotient is the nearest one.
      let scaled = value * unit + Double(fraction)
      value = scaled < 9e15 ? scaled / unit : value + Double(fraction) / unit
    }
    return isNegative ? -value : value
  }

  /// A number in hexadecimal, with or without `0x` before it; nil for anything else.
  static func hexadecimal(_ text: Span<UInt8>) -> UInt64? {
    var begin = 0
    if text.count > 2, text[0] == UInt8(ascii: "0"), text[1] | 0x20 == UInt8(ascii: "x") { begin = 2 }
    guard begin < text.count, text.count - begin <= 16 else { return nil }
    var value: UInt64 = 0
    for index in begin..<text.count {
      let byte = text[index]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt64(byte - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    return value
  }
}
