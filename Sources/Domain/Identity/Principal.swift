package import Base

/// Who makes a request, as the authenticator found it.
package struct Principal: Sendable, Hashable {
  package let tenant: TenantID
  package let permissions: Set<Permission>
  /// The id of the API key, nil for the keyless access on loopback.
  package let keyID: String?

  package init(tenant: TenantID, permissions: Set<Permission>, keyID: String?) {
    self.tenant = tenant
    self.permissions = permissions
    self.keyID = keyID
  }
}

/// What an API key may do.
///
/// The registry keeps the names: they never change, and a new one comes at the end.
package enum Permission: String, Sendable, Hashable, CaseIterable {
  /// Send telemetry.
  case ingest
  /// Read what the tenant has.
  case query
  /// Change what the tenant keeps other than telemetry, e.g. saved views.
  case edit
}
