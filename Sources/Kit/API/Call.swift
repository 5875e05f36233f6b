package import Base
package import Engine
package import HTTPTypes
package import Identity

/// A request to an endpoint, read and checked.
package struct Call<Context: Sendable>: Sendable {
  package let request: HTTPRequest
  package let principal: Principal
  package let parameters: Parameters
  /// The body; nil for an endpoint without one.
  package let body: JSONObject?
  package let now: UnixNanoseconds
  /// The request's deadline, and whether the client still waits for it.
  package let activity: QueryActivity
  /// What the endpoint's slice works with.
  package let context: Context
  /// For a request with an idempotency key; nil for any other.
  private(set) var attempt: IdempotentAttempt?

  /// The same call in another context.
  func with<Other: Sendable>(_ context: Other) -> Call<Other> {
    Call<Other>(
      request: request, principal: principal, parameters: parameters, body: body, now: now, activity: activity,
      context: context, attempt: attempt)
  }

  func with(_ attempt: IdempotentAttempt) -> Call {
    var call = self
    call.attempt = attempt
    return call
  }

  package subscript<Value>(parameter: Parameter<Value>) -> Value { parameters[parameter] }
  package subscript(family: ParameterFamily) -> [(key: String, value: String)] { parameters[family] }

  /// Whose turn at the workers the request takes.
  package var owner: WorkOwner { WorkOwner(principal, request) }

  package func range() throws(Problem) -> TimeRange { try parameters.range(now: now) }

  private var fingerprint: UInt64 { Cursor.fingerprint(of: parameters.sent, path: request.path) }

  /// The cursor of the request, if it has one.
  package func cursor() throws(Problem) -> Cursor? {
    guard let text = self[.cursor] else { return nil }
    guard let cursor = Cursor(text, fingerprint: fingerprint) else {
      throw .invalid(
        "cursor",
        "does not belong to this search; pass next_cursor unchanged with the same other parameters, or leave it out")
    }
    return cursor
  }

  /// A page of this call's list.
  ///
  /// - Parameters:
  ///   - next: where the next page begins; nil on the last one.
  ///   - warnings: what was left out, and why.
  package func page<Item: Sendable>(_ items: [Item], next: Cursor?, warnings: [String] = []) -> Page<Item> {
    Page(items, nextCursor: next?.text(fingerprint: fingerprint), warnings: warnings)
  }
}

extension WorkOwner {
  init(_ principal: Principal, _ request: HTTPRequest) {
    self.init(tenant: principal.tenant, client: principal.keyID ?? request.peerHost)
  }
}
