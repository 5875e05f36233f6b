package import Base

/// Makes API keys and puts them into a registry.
package struct APIKeyIssuer: Sendable {
  private let registry: any Registry
  private let hash: @Sendable ([UInt8]) -> [UInt8]
  private let random: @Sendable (Int) -> [UInt8]
  private let now: @Sendable () -> UnixNanoseconds

  /// - Parameters:
  ///   - hash: SHA-256.
  ///   - random: this many unguessable bytes.
  ///   - now: the wall clock.
  package init(
    registry: any Registry, hash: @escaping @Sendable ([UInt8]) -> [UInt8],
    random: @escaping @Sendable (Int) -> [UInt8], now: @escaping @Sendable () -> UnixNanoseconds
  ) {
    self.registry = registry
    self.hash = hash
    self.random = random
    self.now = now
  }

  /// Makes a key; the token is not kept anywhere and cannot be had again.
  ///
  /// - Parameter validity: from now on; nil for a key that never expires.
  package func issue(
    name: String, tenant: TenantID, permissions: Set<Permission>, validity: Duration? = nil
  ) throws(RegistryError) -> (key: APIKey, token: APIKeyToken) {
    precondition(!permissions.isEmpty, "a key needs at least one permission")
    try RegistryName.check(name, of: "key")
    let token = APIKeyToken(randomBytes: random(APIKeyToken.randomByteCount))
    let time = now()
    let key = APIKey(
      id: token.id, tenant: tenant, name: name, permissions: permissions, hash: hash(Array(token.text.utf8)),
      createdAt: time, expiresAt: validity.map { time.adding($0) })
    try registry.createKey(key)
    return (key, token)
  }
}

extension UnixNanoseconds {
  /// A time later by a duration; the last one that 64 bits hold when that is beyond them.
  package func adding(_ duration: Duration) -> UnixNanoseconds {
    let (seconds, attoseconds) = duration.components
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowOfSum) = rawValue.addingReportingOverflow(nanoseconds + attoseconds / 1_000_000_000)
    return UnixNanoseconds(overflow || overflowOfSum ? .max : sum)
  }
}

/// The rule for names that people give to tenants and keys.
package enum RegistryName {
  package static let characterCountMax = 100

  package static func check(_ name: String, of what: String) throws(RegistryError) {
    let isClean = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    guard isClean, (1...characterCountMax).contains(name.count), name.first != " ", name.last != " " else {
      throw RegistryError(
        kind: .invalid,
        message: "The name of a \(what) needs 1 to \(characterCountMax) characters, without control characters and "
          + "without spaces at its ends.")
    }
  }
}
