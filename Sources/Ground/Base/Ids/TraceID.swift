/// A 16-byte trace id, as two big-endian halves.
///
/// An all-zero id is invalid (W3C Trace Context, section 3.2.2.3).
package struct TraceID: Hashable, Sendable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads 32 hexadecimal digits of either case; anything else is nil.
  package init?(hex: some StringProtocol) {
    let digits = Array(hex.utf8)
    guard digits.count == 32,
      let high = Hex.decode(digits[0..<16]),
      let low = Hex.decode(digits[16..<32])
    else { return nil }
    self.init(high: high, low: low)
  }

  package var isValid: Bool { high != 0 || low != 0 }

  /// The 16 bytes, the most significant first.
  package var bytes: [UInt8] {
    (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - 8 * ($0 % 8))) }
  }

  /// 32 lower-case hexadecimal digits.
  package var description: String { Hex.encode(high) + Hex.encode(low) }
}
