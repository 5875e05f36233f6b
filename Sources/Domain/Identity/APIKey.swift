package import Base

/// An API key as the registry knows it: everything but its secret.
package struct APIKey: Sendable, Hashable {
  package let id: APIKeyID
  package let tenant: TenantID
  /// What its owner calls it, 1 to 100 characters, no control characters; need not be unique.
  package let name: String
  /// Those that this version knows.
  ///
  /// A registry MUST keep others, which a later version wrote, and grant nothing for them.
  package let permissions: Set<Permission>
  /// SHA-256 of the token's text.
  package let hash: [UInt8]
  package let createdAt: UnixNanoseconds
  package let expiresAt: UnixNanoseconds?
  package var revokedAt: UnixNanoseconds?
  /// Written at most once a minute, so it may lag by that.
  package var lastUsedAt: UnixNanoseconds?

  package init(
    id: APIKeyID, tenant: TenantID, name: String, permissions: Set<Permission>, hash: [UInt8],
    createdAt: UnixNanoseconds, expiresAt: UnixNanoseconds? = nil, revokedAt: UnixNanoseconds? = nil,
    lastUsedAt: UnixNanoseconds? = nil
  ) {
    self.id = id
    self.tenant = tenant
    self.name = name
    self.permissions = permissions
    self.hash = hash
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.revokedAt = revokedAt
    self.lastUsedAt = lastUsedAt
  }

  /// Whether the key opens anything at a time.
  package func isActive(at time: UnixNanoseconds) -> Bool {
    revokedAt == nil && expiresAt.map { time < $0 } ?? true
  }
}
