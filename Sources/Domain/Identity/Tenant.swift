package import Base

/// Someone whose data is kept apart from everyone else's.
package struct Tenant: Sendable, Hashable {
  package let id: TenantID
  /// Unique, 1 to 100 characters, no control characters.
  package let name: String
  package let createdAt: UnixNanoseconds

  package init(id: TenantID, name: String, createdAt: UnixNanoseconds) {
    self.id = id
    self.name = name
    self.createdAt = createdAt
  }
}
