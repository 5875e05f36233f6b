/// An API key as its owner presents it: `axz_<id>_<secret>`, with 200 random bits of secret.
///
/// Never logged, never stored.
package struct APIKeyToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  package let id: APIKeyID
  /// The secret, 50 bits a lane.
  private let secret: SIMD4<UInt64>

  /// How many bytes of randomness a token needs.
  package static let randomByteCount = 40

  static let characterCount = 4 + APIKeyID.characterCount + 1 + 40

  /// Makes a token of ``randomByteCount`` unguessable bytes.
  package init(randomBytes: [UInt8]) {
    precondition(randomBytes.count == Self.randomByteCount, "\(randomBytes.count) random bytes")
    func word(_ index: Int) -> UInt64 {
      randomBytes[8 * index..<8 * index + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
    id = APIKeyID(rawValue: word(0) >> 4)
    secret = SIMD4(word(1), word(2), word(3), word(4)) &>> 14
  }

  /// Reads a token from text; anything but its exact form is nil.
  package init?(_ text: borrowing Span<UInt8>, at start: Int = 0) {
    guard text.count - start == Self.characterCount,
      text[start] == 0x61, text[start + 1] == 0x78, text[start + 2] == 0x7a, text[start + 3] == 0x5f,
      text[start + 16] == 0x5f,
      let id = Base32.decode(text, at: start + 4, count: 12),
      let first = Base32.decode(text, at: start + 17, count: 10),
      let second = Base32.decode(text, at: start + 27, count: 10),
      let third = Base32.decode(text, at: start + 37, count: 10),
      let fourth = Base32.decode(text, at: start + 47, count: 10)
    else { return nil }
    self.id = APIKeyID(rawValue: id)
    secret = SIMD4(first, second, third, fourth)
  }

  /// Whether a text begins like a token.
  static func hasPrefix(_ text: borrowing Span<UInt8>, at start: Int) -> Bool {
    text.count - start >= 4 && text[start] == UInt8(ascii: "a") && text[start + 1] == UInt8(ascii: "x")
      && text[start + 2] == UInt8(ascii: "z") && text[start + 3] == UInt8(ascii: "_")
  }

  /// The token as text; shown to its owner once.
  package var text: String {
    "axz_\(id)_" + (0..<4).map { Base32.encode(secret[$0], count: 10) }.joined()
  }

  /// Whether two tokens have the same secret, in a time that does not depend on where they differ.
  func hasSameSecret(as other: APIKeyToken) -> Bool {
    let difference = secret ^ other.secret
    return difference[0] | difference[1] | difference[2] | difference[3] == 0
  }

  package var description: String { "axz_\(id)_…" }
  package var debugDescription: String { description }
}
