package import HTTPTypes
package import Identity

/// Changes of documents: preconditions are read from the request, and a response to a request with an `Idempotency-Key` is
/// kept in the transaction of the change. What they throw becomes a problem.
extension Call {
  /// Makes or replaces a document.
  ///
  /// - Parameters:
  ///   - expectation: what must be there; what `If-Match` and `If-None-Match` ask for by default.
  ///   - response: what to respond with; it runs within the transaction, so it MUST NOT call the store.
  package func put(
    _ reference: DocumentReference, name: String?, body: [UInt8], in store: any DocumentStore,
    expecting expectation: DocumentExpectation? = nil, response: @escaping @Sendable (Document) -> HTTPResponse
  ) throws -> HTTPResponse {
    let document = try store.put(
      reference, name: name, body: body, expecting: try expectation ?? self.expectation(of: reference, in: store),
      at: now, by: principal.keyID, completing: completion(response))
    attempt?.markCompleted()
    return response(document)
  }

  /// Deletes a document; responds with 204.
  package func delete(_ reference: DocumentReference, in store: any DocumentStore) throws -> HTTPResponse {
    let response = HTTPResponse(status: 204)
    try store.delete(
      reference, expecting: try expectation(of: reference, in: store), completing: completion { _ in response })
    attempt?.markCompleted()
    return response
  }

  /// What `If-Match` and `If-None-Match` ask for.
  private func expectation(
    of reference: DocumentReference, in store: any DocumentStore
  ) throws -> DocumentExpectation {
    switch try RevisionPrecondition(request.fields) {
    case .none: return .any
    case .absent: return .absent
    case .revision(let revision): return .revision(revision)
    case .present:
      guard let document = try store.document(reference) else {
        throw Problem(.preconditionFailed, "There is nothing with the id '\(reference.id)'.")
      }
      return .revision(document.revision)
    }
  }

  private func completion<Change>(
    _ response: @escaping @Sendable (Change) -> HTTPResponse
  ) -> IdempotentCompletion<Change>? {
    attempt.map { attempt in
      IdempotentCompletion(attempt.request, at: now) { StoredResponse(response($0)) }
    }
  }
}
