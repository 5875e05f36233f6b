package import HTTPTypes
package import Identity

/// Changes of documents: preconditions are read from the request, and a response to a request with an `Idempotency-Key` is
/// kept in the transaction of the change. What they throw becomes a problem, which calls the document by its noun, e.g. `view`.
extension Call {
  /// Makes or replaces a document.
  ///
  /// - Parameters:
  ///   - noun: what messages call it, with the article `a`.
  ///   - expectation: what must be there; what `If-Match` and `If-None-Match` ask for by default.
  ///   - response: what to respond with; it runs within the transaction, so it MUST NOT call the store.
  package func put(
    _ reference: DocumentReference, _ noun: String, name: String?, body: [UInt8], in store: any DocumentStore,
    expecting expectation: DocumentExpectation? = nil, response: @escaping @Sendable (Document) -> HTTPResponse
  ) throws -> HTTPResponse {
    let expectation = try expectation ?? self.expectation(of: reference, noun, in: store)
    do throws(RegistryError) {
      let document = try store.put(
        reference, name: name, body: body, expecting: expectation, at: now, by: principal.keyID,
        completing: completion(response))
      attempt?.markCompleted()
      return response(document)
    } catch {
      throw Problem(error, reference, noun, name: name, expecting: expectation) ?? error as any Error
    }
  }

  /// Deletes a document; responds with 204.
  package func delete(
    _ reference: DocumentReference, _ noun: String, in store: any DocumentStore
  ) throws -> HTTPResponse {
    let response = HTTPResponse(status: 204)
    let expectation = try expectation(of: reference, noun, in: store)
    do throws(RegistryError) {
      try store.delete(reference, expecting: expectation, completing: completion { _ in response })
    } catch {
      throw Problem(error, reference, noun, name: nil, expecting: expectation) ?? error as any Error
    }
    attempt?.markCompleted()
    return response
  }

  /// What `If-Match` and `If-None-Match` ask for.
  private func expectation(
    of reference: DocumentReference, _ noun: String, in store: any DocumentStore
  ) throws -> DocumentExpectation {
    switch try RevisionPrecondition(request.fields) {
    case .none: return .any
    case .absent: return .absent
    case .revision(let revision): return .revision(revision)
    case .present:
      guard let document = try store.document(reference) else {
        throw Problem(.preconditionFailed, Problem.missing(reference, noun))
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

extension Problem {
  /// What is said of a document that is not there.
  package static func missing(_ reference: DocumentReference, _ noun: String) -> String {
    "There is no \(noun) '\(reference.id)'."
  }

  /// What a store refuses a change of a document with; nil for an error that has nothing to do with the document.
  fileprivate init?(
    _ error: RegistryError, _ reference: DocumentReference, _ noun: String, name: String?,
    expecting expectation: DocumentExpectation
  ) {
    switch (error.kind, error.field) {
    case (.conflict, .id?): self.init(.preconditionFailed, "There is already a \(noun) '\(reference.id)'.")
    case (.conflict, .name?): self.init(.conflict, "There is already a \(noun) named '\(name ?? "")'.")
    case (.revisionMismatch, _):
      guard let current = error.currentRevision, case .revision(let expected) = expectation else {
        self.init(.preconditionFailed, Self.missing(reference, noun))
        return
      }
      self.init(
        .preconditionFailed,
        "It has changed since it was read: it is at revision \(current) now, not \(expected). Read it again, then repeat "
          + "the change.")
    case (.limit, _):
      guard let countMax = error.countMax else { return nil }
      self.init(.limitReached, "There are \(countMax) \(noun)s, which is the maximum. Delete some first.")
    default: return nil
    }
  }
}
