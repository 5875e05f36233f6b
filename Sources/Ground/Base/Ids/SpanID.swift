/// An 8-byte span id, as its big-endian number.
///
/// Zero is invalid.
package struct SpanID: Hashable, Sendable, CustomStringConvertible {
  package let rawValue: UInt64

  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// Reads 16 hexadecimal digits of either case; anything else is nil.
  package init?(hex: some StringProtocol) {
    let digits = Array(hex.utf8)
    guard digits.count == 16, let value = Hex.decode(digits[...]) else { return nil }
    self.init(value)
  }

  package var isValid: Bool { rawValue != 0 }

  /// 16 lower-case hexadecimal digits.
  package var description: String { Hex.encode(rawValue) }
}
