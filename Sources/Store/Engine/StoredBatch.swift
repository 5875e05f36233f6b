/// A request as its stored rows name it.
package struct StoredBatch: Hashable, Sendable {
  package let tenant: UInt32
  package let batchID: UInt64

  package init(tenant: UInt32, batchID: UInt64) {
    self.tenant = tenant
    self.batchID = batchID
  }
}
