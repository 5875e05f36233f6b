package import Base

/// The response to a request with an idempotency key, for the transaction that makes the change: after a failure or a crash
/// either both are there or neither is.
package struct IdempotentCompletion<Change: Sendable>: Sendable {
  package let request: IdempotentRequest
  package let time: UnixNanoseconds
  /// The response to what was changed.
  ///
  /// It runs within the transaction, so it MUST NOT call the store.
  package let response: @Sendable (Change) -> StoredResponse

  package init(
    _ request: IdempotentRequest, at time: UnixNanoseconds, response: @escaping @Sendable (Change) -> StoredResponse
  ) {
    self.request = request
    self.time = time
    self.response = response
  }
}
