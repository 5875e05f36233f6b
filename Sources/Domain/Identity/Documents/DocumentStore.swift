package import Base

/// The port to the small JSON documents that features keep for a tenant.
///
/// Every call blocks its thread for a file or a network, and may come from any thread; none comes from an event loop. A
/// change that a call has returned from MUST be durable, and every later call of any process MUST see it. Of changes at the
/// same time one MUST win, and the others MUST see its revision. A call MUST NOT read or change another tenant's documents.
///
/// An implementation MUST check ``DocumentRules`` and throws `invalid` with the field that breaks them. It keeps a body byte
/// for byte and MUST NOT read it: that it is JSON, and of the right shape, is the feature's to check.
package protocol DocumentStore: Sendable {
  /// A page of a tenant's documents of one kind, by the bytes of their ids; none for an unknown tenant or kind.
  ///
  /// - Parameters:
  ///   - id: the last id of the page before; nil for the first page. It need not exist any more.
  ///   - limit: how many at most, 1 to ``DocumentLimits/pageCountMax``. A page with fewer is the last one.
  func documents(of kind: String, tenant: TenantID, after id: String?, limit: Int) throws(RegistryError) -> [Document]

  /// A document; nil when there is none.
  func document(_ reference: DocumentReference) throws(RegistryError) -> Document?

  /// Makes a document, or replaces its name and body; each call counts as a change, also one with what was there.
  ///
  /// Throws, and changes nothing:
  /// - `conflict` with ``RegistryError/Field/id`` and the current revision, when it exists and `absent` was expected
  /// - `revisionMismatch` with the current revision, or without one where there is no document, when another was expected
  /// - `conflict` with ``RegistryError/Field/name``, when another document of the tenant and kind has the name
  /// - `limit`, when the tenant has ``DocumentLimits/documentCountMax`` documents of the kind and this were one more
  /// - `notFound`, when there is no such tenant
  ///
  /// What was expected is checked before names and limits.
  ///
  /// - Parameters:
  ///   - keyID: the API key that changes it; nil without one.
  ///   - completion: completes an idempotent request in the transaction of the change, as ``IdempotencyStore/complete`` does;
  ///     nil for none. When it fails, nothing changes.
  func put(
    _ reference: DocumentReference, name: String?, body: [UInt8], expecting expectation: DocumentExpectation,
    at time: UnixNanoseconds, by keyID: String?, completing completion: IdempotentCompletion<Document>?
  ) throws(RegistryError) -> Document

  /// Deletes a document. Throws `notFound` when there is none, whatever was expected; otherwise as ``put`` does.
  func delete(
    _ reference: DocumentReference, expecting expectation: DocumentExpectation,
    completing completion: IdempotentCompletion<Void>?
  ) throws(RegistryError)
}

extension DocumentStore {
  /// Makes or replaces a document for a request without an idempotency key.
  package func put(
    _ reference: DocumentReference, name: String?, body: [UInt8], expecting expectation: DocumentExpectation,
    at time: UnixNanoseconds, by keyID: String?
  ) throws(RegistryError) -> Document {
    try put(reference, name: name, body: body, expecting: expectation, at: time, by: keyID, completing: nil)
  }

  /// Deletes a document for a request without an idempotency key.
  package func delete(
    _ reference: DocumentReference, expecting expectation: DocumentExpectation
  ) throws(RegistryError) {
    try delete(reference, expecting: expectation, completing: nil)
  }
}
