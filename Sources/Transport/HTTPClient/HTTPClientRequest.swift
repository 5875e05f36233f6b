package import HTTPTypes

/// A request to send.
package struct HTTPClientRequest: Sendable {
  /// What is sent after the head.
  package enum Body: Sendable {
    case none
    case bytes([UInt8])
    /// Chunks pulled one at a time when the connection has room; nil ends the body.
    ///
    /// With a length the chunks MUST add up to it; without one the body goes out in the chunked coding.
    case stream(length: Int?, next: @Sendable () async throws -> [UInt8]?)
  }

  package var method: HTTPMethod
  package var url: HTTPURL
  /// Host, content-length, transfer-encoding and connection are set by the client.
  package var fields: HTTPFields
  package var body: Body
  /// Whether the request may be sent a second time when a kept connection turns out to be dead before any response.
  ///
  /// Default: true for the idempotent methods (RFC 9110, section 9.2.2), false for others. A request of which the
  /// kernel took no byte at all is always sent again.
  package var isReplayable: Bool
  /// From the request being sent to the head of the response; 30 seconds.
  ///
  /// A server at work sends nothing meanwhile.
  package var responseTimeout: Duration
  /// Between two pieces of the response's body, and while the peer takes no byte of the request; 60 seconds.
  package var idleTimeout: Duration

  package init(
    method: HTTPMethod = .get, url: HTTPURL, fields: HTTPFields = [:], body: Body = .none,
    isReplayable: Bool? = nil, responseTimeout: Duration = .seconds(30), idleTimeout: Duration = .seconds(60)
  ) {
    self.method = method
    self.url = url
    self.fields = fields
    self.body = body
    self.isReplayable = isReplayable ?? Self.isIdempotent(method)
    self.responseTimeout = responseTimeout
    self.idleTimeout = idleTimeout
  }

  private static func isIdempotent(_ method: HTTPMethod) -> Bool {
    switch method {
    case .get, .head, .put, .delete, .options: true
    case .post, .patch, .other: false
    }
  }

  /// Whether the body is still there after it was sent.
  var hasHeldBody: Bool {
    if case .stream = body { return false }
    return true
  }
}
