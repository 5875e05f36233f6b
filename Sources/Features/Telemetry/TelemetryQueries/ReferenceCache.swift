import Base
import Synchronization

/// Resources and scopes that were read lately.
///
/// An id is a hash of the content, so what is cached never changes.
final class ReferenceCache: Sendable {
  struct Key: Hashable {
    let tenant: TenantID
    let id: UInt64
  }

  /// Entries of each kind; a resource takes about 1 KiB, so at most some 10 MiB.
  static let countMax = 4_096

  private let resources = Mutex<[Key: StoredResource]>([:])
  private let scopes = Mutex<[Key: StoredScope]>([:])

  func resources(_ ids: Set<UInt64>, of tenant: TenantID) -> [UInt64: StoredResource] {
    resources.withLock { Self.find(ids, tenant, $0) }
  }

  func scopes(_ ids: Set<UInt64>, of tenant: TenantID) -> [UInt64: StoredScope] {
    scopes.withLock { Self.find(ids, tenant, $0) }
  }

  func insert(_ found: [UInt64: StoredResource], of tenant: TenantID) {
    resources.withLock { Self.insert(found, tenant, into: &$0) }
  }

  func insert(_ found: [UInt64: StoredScope], of tenant: TenantID) {
    scopes.withLock { Self.insert(found, tenant, into: &$0) }
  }

  private static func find<Value>(
    _ ids: Set<UInt64>, _ tenant: TenantID, _ cache: [Key: Value]
  ) -> [UInt64: Value] {
    var found: [UInt64: Value] = [:]
    for id in ids { found[id] = cache[Key(tenant: tenant, id: id)] }
    return found
  }

  private static func insert<Value>(_ found: [UInt64: Value], _ tenant: TenantID, into cache: inout [Key: Value]) {
    // Forgetting everything costs one query for each resource in use; keeping an order would cost more.
    if cache.count + found.count > countMax { cache.removeAll() }
    for (id, value) in found.prefix(countMax) { cache[Key(tenant: tenant, id: id)] = value }
  }
}
