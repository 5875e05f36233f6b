import Base
import Identity
import Synchronization

/// A registry whose calls fail when a test says so, over one that works.
final class FailingRegistry: IdempotencyStore, DocumentStore {
  enum Call: Hashable { case begin, complete, abandon, read, put }

  private let registry: any IdempotencyStore & DocumentStore
  private let failing = Mutex<Set<Call>>([])

  init(_ registry: any IdempotencyStore & DocumentStore) { self.registry = registry }

  func fail(_ calls: Set<Call>) { failing.withLock { $0 = calls } }

  private func check(_ call: Call) throws(RegistryError) {
    guard failing.withLock({ $0.contains(call) }) else { return }
    throw RegistryError(kind: .unavailable, message: "The disk is full.")
  }

  func begin(
    _ request: IdempotentRequest, fingerprint: [UInt8], at time: UnixNanoseconds
  ) throws(RegistryError) -> IdempotencyState {
    try check(.begin)
    return try registry.begin(request, fingerprint: fingerprint, at: time)
  }

  func complete(
    _ request: IdempotentRequest, _ response: StoredResponse, at time: UnixNanoseconds
  ) throws(RegistryError) {
    try check(.complete)
    try registry.complete(request, response, at: time)
  }

  func abandon(_ request: IdempotentRequest) throws(RegistryError) {
    try check(.abandon)
    try registry.abandon(request)
  }

  func documents(
    of kind: String, tenant: TenantID, after id: String?, limit: Int
  ) throws(RegistryError) -> [Document] {
    try check(.read)
    return try registry.documents(of: kind, tenant: tenant, after: id, limit: limit)
  }

  func document(_ reference: DocumentReference) throws(RegistryError) -> Document? {
    try check(.read)
    return try registry.document(reference)
  }

  func put(
    _ reference: DocumentReference, name: String?, body: [UInt8], expecting expectation: DocumentExpectation,
    at time: UnixNanoseconds, by keyID: String?, completing completion: IdempotentCompletion<Document>?
  ) throws(RegistryError) -> Document {
    try check(.put)
    return try registry.put(
      reference, name: name, body: body, expecting: expectation, at: time, by: keyID, completing: completion)
  }

  func delete(
    _ reference: DocumentReference, expecting expectation: DocumentExpectation,
    completing completion: IdempotentCompletion<Void>?
  ) throws(RegistryError) {
    try check(.put)
    try registry.delete(reference, expecting: expectation, completing: completion)
  }
}
