/// The character classes of RFC 9110, section 5.6 and RFC 9112, as bit masks over ASCII.
enum Characters {
  /// Whether a byte may be part of a token: a letter, a digit or one of ``!#$%&'*+-.^_`|~``.
  @inline(__always)
  static func isToken(_ byte: UInt8) -> Bool { isIn(byte, low: tokenLow, high: tokenHigh) }

  /// Whether a byte may be part of `uri-host [":" port]` (RFC 3986, section 3.2): no slash, no user, no space.
  @inline(__always)
  static func isHost(_ byte: UInt8) -> Bool { isIn(byte, low: hostLow, high: hostHigh) }

  /// Whether a byte may be part of a request target: visible ASCII without `#`.
  ///
  /// Wider than RFC 3986, since browsers send `|` or `{` as they are in queries; fragments are never sent.
  @inline(__always)
  static func isTarget(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "#") }

  /// Whether a byte may be part of a field value: visible, SP, HTAB or above ASCII (RFC 9110, section 5.5).
  @inline(__always)
  static func isValue(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7f) || byte == 0x09 }

  @inline(__always)
  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  @inline(__always)
  private static func isIn(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
    guard byte < 128 else { return false }
    return ((byte < 64 ? low : high) &>> UInt64(byte & 63)) & 1 == 1
  }

  // Bit n of `low` stands for character n, bit n of `high` for character 64 + n; tests count both out.
  private static let tokenLow: UInt64 = 0x03ff_6cfa_0000_0000
  private static let tokenHigh: UInt64 = 0x57ff_ffff_c7ff_fffe
  private static let hostLow: UInt64 = 0x2fff_6ff2_0000_0000
  private static let hostHigh: UInt64 = 0x47ff_fffe_afff_fffe
}
