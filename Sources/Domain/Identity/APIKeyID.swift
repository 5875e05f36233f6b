/// The public part of an API key: 60 bits, written as 12 characters of lower-case base 32.
///
/// Safe to log.
package struct APIKeyID: Sendable, Hashable, CustomStringConvertible {
  package let rawValue: UInt64

  package static let characterCount = 12

  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Reads exactly 12 characters; anything else is nil.
  package init?(_ text: some StringProtocol) {
    let characters = Array(text.utf8)
    guard characters.count == Self.characterCount, let value = Base32.decode(characters.span, at: 0, count: 12) else {
      return nil
    }
    rawValue = value
  }

  package var description: String { Base32.encode(rawValue, count: Self.characterCount) }
}

/// The alphabet of RFC 4648, section 6, in lower case: five bits a character, most significant first.
enum Base32 {
  /// The number of at most 12 characters; nil when one is outside the alphabet.
  static func decode(_ text: borrowing Span<UInt8>, at start: Int, count: Int) -> UInt64? {
    var value: UInt64 = 0
    for index in start..<start + count {
      let character = text[index]
      switch character {
      case 0x61...0x7a: value = value << 5 | UInt64(character - 0x61)
      case 0x32...0x37: value = value << 5 | UInt64(character - 0x32 + 26)
      default: return nil
      }
    }
    return value
  }

  /// The lowest `5 * count` bits of a number.
  static func encode(_ value: UInt64, count: Int) -> String {
    let characters = (0..<count).map { index in
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(5 * (count - 1 - index))) & 31
      return digit < 26 ? 0x61 + digit : 0x32 + digit - 26
    }
    return String(decoding: characters, as: UTF8.self)
  }
}
