/// Decimal text of numbers, written to memory without making a String.
public enum DecimalText {
  /// The most bytes that any of these functions writes.
  public static let bytesMax = 40

  /// Writes a signed number; returns the bytes written.
  ///
  /// There MUST be room for `bytesMax`.
  @inlinable
  public static func write(_ value: Int64, to target: UnsafeMutablePointer<UInt8>) -> Int {
    guard value < 0 else { return unsafe write(UInt64(value), to: target) }
    unsafe target[0] = 0x2d
    return unsafe 1 + write(value.magnitude, to: target + 1)
  }

  /// Writes an unsigned number; returns the bytes written.
  ///
  /// There MUST be room for `bytesMax`.
  @inlinable
  public static func write(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) -> Int {
    var count = 1
    var bound: UInt64 = 10
    while count < 20, value >= bound {
      count += 1
      let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
      if overflow { break }
      bound = next
    }
    var rest = value
    var index = count
    // SAFETY: a UInt64 has at most 20 digits, and the caller gave room for more.
    repeat {
      index &-= 1
      let quotient = rest / 10
      unsafe target[index] = 0x30 &+ UInt8(truncatingIfNeeded: rest &- quotient &* 10)
      rest = quotient
    } while index > 0
    return count
  }

  /// Writes the shortest text that reads back as the same number, always with a point or an exponent, or `NaN`,
  /// `Infinity`, `-Infinity`; returns the bytes written.
  ///
  /// There MUST be room for `bytesMax`.
  public static func write(_ value: Double, to target: UnsafeMutablePointer<UInt8>) -> Int {
    if value.isFinite, let count = unsafe writeShortDecimal(value, to: target) { return count }
    let text = value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : value.description
    var count = 0
    for byte in text.utf8 {
      unsafe target[count] = byte
      count += 1
    }
    return count
  }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  /// Writes a number that is a decimal of at most 15 digits, such as 0.7, without allocating.
  ///
  /// With an integer below 2^53 divided by a power of ten below 10^22 both operands are exact, so the quotient is the
  /// correctly rounded value of that decimal (W. D. Clinger, "How to read floating point numbers accurately", 1990);
  /// if it equals the number, the decimal reads back as it. The fewest decimals that do so are tried first.
  private static func writeShortDecimal(_ value: Double, to target: UnsafeMutablePointer<UInt8>) -> Int? {
    let magnitude = value.magnitude
    guard magnitude < 1e15, magnitude >= 1e-4 || magnitude == 0 else { return nil }
    for decimals in 0..<powersOfTen.count {
      let scaled = (magnitude * powersOfTen[decimals]).rounded()
      guard scaled < 1e15 else { return nil }
      guard scaled / powersOfTen[decimals] == magnitude else { continue }
      return unsafe writeDecimal(
        UInt64(scaled), decimals: decimals, isNegative: value.sign == .minus, to: target)
    }
    return nil
  }

  private static func writeDecimal(
    _ digits: UInt64, decimals: Int, isNegative: Bool, to target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    var divisor: UInt64 = 1
    for _ in 0..<decimals { divisor *= 10 }
    var count = 0
    if isNegative {
      unsafe target[0] = 0x2d
      count = 1
    }
    count += unsafe write(digits / divisor, to: target + count)
    unsafe target[count] = 0x2e
    count += 1
    guard decimals > 0 else {
      unsafe target[count] = 0x30
      return count + 1
    }
    var fraction = digits % divisor
    for index in stride(from: decimals - 1, through: 0, by: -1) {
      unsafe target[count + index] = 0x30 + UInt8(fraction % 10)
      fraction /= 10
    }
    return count + decimals
  }
}
