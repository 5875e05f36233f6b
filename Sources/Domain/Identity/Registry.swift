package import Base

/// The port to the registry: tenants, API keys and settings.
///
/// Every call blocks its thread for a file or a network, and may come from any thread. A change that a call has
/// answered is durable, and every later call of any process sees it. ``changeToken()`` and ``keys()`` are also called
/// from event loops, by the authenticator; they MUST NOT wait for another call, and an implementation over a network MUST
/// answer them from memory.
package protocol Registry: Sendable {
  /// Throws when the registry cannot be read and written at present.
  func check() throws(RegistryError)

  /// Every tenant by id; there is always ``TenantID/default``, named `default`.
  func tenants() throws(RegistryError) -> [Tenant]

  /// Adds a tenant with an id never used before. Throws `conflict` when the name is taken.
  func createTenant(name: String, at time: UnixNanoseconds) throws(RegistryError) -> Tenant

  /// Every key, revoked and expired ones included, oldest first.
  func keys() throws(RegistryError) -> [APIKey]

  /// Adds a key. Throws `conflict` when its id exists, `notFound` when its tenant does not, `limit` when there are
  /// ``RegistryLimits/activeKeyCountMax`` active keys.
  func createKey(_ key: APIKey) throws(RegistryError)

  /// Revokes a key for good and returns it; one that is revoked already keeps its time. Throws `notFound`.
  func revokeKey(_ id: APIKeyID, at time: UnixNanoseconds) throws(RegistryError) -> APIKey

  /// Notes when keys were last used. A time never goes back; unknown keys are ignored.
  func recordUse(of keys: [APIKeyID: UnixNanoseconds]) throws(RegistryError)

  /// A number that differs from the last one when tenants, keys, settings or documents may have changed, whoever did it. What else
  /// the registry's data holds, idempotency records and the times of last use, SHOULD NOT change it.
  func changeToken() throws(RegistryError) -> Int64

  /// A setting of a tenant; nil when there is none.
  func setting(_ name: String, of tenant: TenantID) throws(RegistryError) -> String?

  /// Sets a setting, or removes it with nil. Throws `notFound` when there is no such tenant.
  func setSetting(_ name: String, of tenant: TenantID, to value: String?, at time: UnixNanoseconds)
    throws(RegistryError)
}

/// Bounds of what a registry holds.
package enum RegistryLimits {
  /// Keys neither revoked nor expired, over all tenants: the authenticator keeps them in memory, about 400 B each.
  package static let activeKeyCountMax = 10_000
}
