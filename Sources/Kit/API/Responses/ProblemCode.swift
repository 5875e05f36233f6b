/// What clients switch on: a stable code in snake_case, with its status and title.
///
/// A feature declares its own and lists them at the endpoints that respond with them.
package struct ProblemCode: Sendable, Hashable {
  package let name: String
  package let status: Int

  package init(_ name: StaticString, _ status: Int) {
    self.name = name.description
    self.status = status
  }

  /// The code as a title.
  package var title: String {
    let words = name.split(separator: "_").joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }
}

extension ProblemCode {
  package static let invalidParameter = ProblemCode("invalid_parameter", 400)
  package static let invalidBody = ProblemCode("invalid_body", 400)
  package static let invalidHeader = ProblemCode("invalid_header", 400)
  package static let forbidden = ProblemCode("forbidden", 403)
  package static let notFound = ProblemCode("not_found", 404)
  package static let methodNotAllowed = ProblemCode("method_not_allowed", 405)
  package static let conflict = ProblemCode("conflict", 409)
  /// The object has changed since the client read it (RFC 9110, section 15.5.13).
  package static let preconditionFailed = ProblemCode("precondition_failed", 412)
  package static let unsupportedMediaType = ProblemCode("unsupported_media_type", 415)
  /// The key of an idempotent request came with another request before.
  package static let idempotencyKeyReused = ProblemCode("idempotency_key_reused", 422)
  package static let limitReached = ProblemCode("limit_reached", 422)
  package static let internalError = ProblemCode("internal_error", 500)
  /// An object that a later version of Axonize has written.
  package static let objectUnreadable = ProblemCode("object_unreadable", 501)
  package static let notImplemented = ProblemCode("not_implemented", 501)
  package static let queryTooLarge = ProblemCode("query_too_large", 503)
  package static let storeUnavailable = ProblemCode("store_unavailable", 503)
  /// The registry, which keeps tenants, keys and what is edited.
  package static let registryUnavailable = ProblemCode("registry_unavailable", 503)
  package static let overloaded = ProblemCode("overloaded", 503)
  package static let queryTimeout = ProblemCode("query_timeout", 504)

  /// Codes that any endpoint may respond with.
  static let ofEveryEndpoint: [ProblemCode] = [
    invalidParameter, forbidden, internalError, queryTooLarge, storeUnavailable, registryUnavailable, overloaded,
    queryTimeout,
  ]
  /// Further codes of endpoints that change something.
  static let ofChanges: [ProblemCode] = [
    invalidBody, invalidHeader, conflict, unsupportedMediaType, idempotencyKeyReused,
  ]
}
