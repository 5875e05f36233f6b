/// The 128 bits that the spans of a trace share.
public struct TraceID: Sendable, Hashable, CustomStringConvertible {
  /// The first 64 bits.
  public let high: UInt64
  /// The last 64 bits, which samplers look at.
  public let low: UInt64

  /// An id of its halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// An id of 32 hexadecimal digits; nil for anything else and for zero.
  public init?(_ text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard digits.count == 32, let high = hexadecimal(digits[..<16]), let low = hexadecimal(digits[16...]),
      high | low != 0
    else { return nil }
    self.init(high: high, low: low)
  }

  /// 32 hexadecimal digits.
  public var description: String { hexadecimalText(high) + hexadecimalText(low) }

  /// Whether the id is not zero.
  public var isValid: Bool { high | low != 0 }
}

/// The 64 bits that name a span within its trace.
public struct SpanID: Sendable, Hashable, CustomStringConvertible {
  /// The 64 bits.
  public let value: UInt64

  /// An id of its bits.
  public init(_ value: UInt64) { self.value = value }

  /// An id of 16 hexadecimal digits; nil for anything else and for zero.
  public init?(_ text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard digits.count == 16, let value = hexadecimal(digits[...]), value != 0 else { return nil }
    self.init(value)
  }

  /// 16 hexadecimal digits.
  public var description: String { hexadecimalText(value) }

  /// Whether the id is not zero.
  public var isValid: Bool { value != 0 }
}

/// The number of hexadecimal digits in lower case, as W3C's headers have them; nil for other characters.
func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
  var value: UInt64 = 0
  for digit in digits {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
    default: return nil
    }
  }
  return value
}

/// 16 hexadecimal digits.
func hexadecimalText(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
