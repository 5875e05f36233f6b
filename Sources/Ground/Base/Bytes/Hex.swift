/// Lower-case hexadecimal text of fixed-width numbers and bytes.
public enum Hex {
  /// The 16 digits of a number.
  public static func encode(_ value: UInt64) -> String {
    String(decoding: digits(of: value), as: UTF8.self)
  }

  /// The 16 digits of a number, as ASCII bytes.
  public static func digits(of value: UInt64) -> [UInt8] {
    var digits = [UInt8](repeating: 0, count: 16)
    for index in 0..<16 {
      digits[index] = digit(UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 0xf)
    }
    return digits
  }

  /// Two digits a byte.
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var digits: [UInt8] = []
    for byte in bytes {
      digits.append(digit(byte >> 4))
      digits.append(digit(byte & 0xf))
    }
    return String(decoding: digits, as: UTF8.self)
  }

  /// The number that at most 16 digits of either case spell; nil for none, more, or another character.
  public static func decode(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard !digits.isEmpty, digits.count <= 16 else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard let nibble = nibble(digit) else { return nil }
      value = value << 4 | UInt64(nibble)
    }
    return value
  }

  /// The lower-case ASCII digit of a number below 16.
  @inlinable
  public static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

  /// The value of one ASCII hexadecimal digit; nil for another character.
  @inlinable
  public static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}
