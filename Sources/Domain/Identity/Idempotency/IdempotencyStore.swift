package import Base

/// The port to what was made of requests that came with an `Idempotency-Key`
/// (https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07), so that a retry does not do its
/// work again.
///
/// A request calls ``begin``. On `new` it does its work, then calls ``complete`` with the response, or ``abandon`` where a
/// retry may succeed, e.g. after a 5xx. A change of a document completes its request in its own transaction: see
/// ``IdempotentCompletion``. Every call blocks its thread for a file or a network, and may come from any thread;
/// none comes from an event loop.
///
/// - A record MUST be durable when a call has returned, and every later call of any process MUST see it.
/// - Of calls of ``begin`` at the same time, from whichever process, exactly one MUST return `new`.
/// - A record that was begun by a process that has ended, and was not completed, MUST count as new: nobody will complete it.
///   An implementation that several processes share MUST know which of them have ended, and MUST NOT take a living one's.
///   The work may have been done just before the end, so it MUST itself bear to be done again: see ``DocumentExpectation``.
/// - A record counts for ``IdempotencyLimits/recordAgeMax`` after it was begun. Of one tenant there MUST be at most
///   ``IdempotencyLimits/recordCountMax``; the completed ones that were begun first go first.
/// - A call MUST NOT read or change another tenant's records.
package protocol IdempotencyStore: Sendable {
  /// Begins a request, or says what became of the one before with the same key.
  ///
  /// Throws `invalid` when the key breaks ``IdempotencyLimits/check(key:)`` or the fingerprint does not have 32 bytes,
  /// `limit` when the tenant has ``IdempotencyLimits/recordCountMax`` requests in progress, `notFound` when there is no such
  /// tenant.
  ///
  /// - Parameter fingerprint: SHA-256 of all that makes the request what it is: method, target, and body.
  func begin(
    _ request: IdempotentRequest, fingerprint: [UInt8], at time: UnixNanoseconds
  ) throws(RegistryError) -> IdempotencyState

  /// Keeps the response of a request that this process has begun; does nothing when there is no such record any more.
  ///
  /// A body of more than ``IdempotencyLimits/bodyBytesMax`` is not kept: the request counts as completed, and
  /// ``StoredResponse/body`` is nil from then on. Throws `invalid` when the fields take more than
  /// ``IdempotencyLimits/fieldBytesMax`` or hold the end of a line.
  func complete(_ request: IdempotentRequest, _ response: StoredResponse, at time: UnixNanoseconds)
    throws(RegistryError)

  /// Forgets a request that this process has begun; does nothing when it is completed, or there is no such record any more.
  func abandon(_ request: IdempotentRequest) throws(RegistryError)
}

/// Which request it is.
package struct IdempotentRequest: Sendable, Hashable {
  package let tenant: TenantID
  /// The client's key: 1 to 255 characters of printable ASCII.
  package let key: String

  package init(tenant: TenantID, key: String) {
    self.tenant = tenant
    self.key = key
  }
}

/// What became of a request.
package enum IdempotencyState: Sendable, Hashable {
  /// There was none; the caller does it.
  case new
  /// Another call does it now. HTTP responds with 409.
  case inProgress
  /// Another request has the key, in progress or completed. HTTP responds with 422.
  case mismatch
  case completed(StoredResponse)
}
