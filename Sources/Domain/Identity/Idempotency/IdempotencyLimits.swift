/// Bounds of what an idempotency store holds.
package struct IdempotencyLimits: Sendable, Hashable {
  /// How long a record counts.
  ///
  /// A day: clients retry for minutes, people and nightly jobs by the next day.
  package static let recordAgeMax = Duration.seconds(24 * 60 * 60)
  /// Characters of a key; a UUID has 36.
  package static let keyCharactersMax = 255
  /// Bytes of the fingerprint: SHA-256.
  package static let fingerprintBytes = 32
  /// Bytes of a response's fields, names and values.
  ///
  /// 8 KiB: several times what the server sends.
  package static let fieldBytesMax = 8 << 10

  /// Records of one tenant.
  ///
  /// 10,000: seven changes a minute all day, far more than people make; a script that makes more can still retry its
  /// last 10,000. With typical responses of 1 KiB they take 10 MiB.
  package var recordCountMax = 10_000
  /// Bytes of a response's body that is kept.
  ///
  /// 64 KiB: changes respond with what they changed, and most of it is small.
  package var bodyBytesMax = 64 << 10

  package init() {}

  /// The rule for keys: what a string of structured fields holds (RFC 9651, section 3.3.3).
  package static func check(key: String) throws(RegistryError) {
    let isClean = key.utf8.allSatisfy { (0x20...0x7e).contains($0) }
    guard isClean, (1...keyCharactersMax).contains(key.utf8.count) else {
      throw RegistryError(
        kind: .invalid, message: "An idempotency key needs 1 to \(keyCharactersMax) characters of printable ASCII.")
    }
  }
}
