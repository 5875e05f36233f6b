import EventLoop
package import GRPC
package import HTTPTypes

/// Decides what becomes of a request as soon as its head is there; called on an event loop, so it MUST NOT block.
package protocol HTTPRouter: Sendable {
  func route(_ request: RequestView) -> HTTPRoute
}

/// What becomes of a request.
@safe
package enum HTTPRoute {
  /// Takes the whole body, content-decoded, on the loop.
  ///
  /// The bytes are valid only during the call; the responder may be completed then or later, from any thread, once.
  package typealias RawHandler = (UnsafeRawBufferPointer, HTTPResponder) -> Void
  /// Answers a whole request in a task on the loop; waiting is fine, blocking is not.
  ///
  /// HEAD is answered as GET: the body is left out here, its length is sent.
  package typealias CollectedHandler = @Sendable (HTTPRequest) async -> HTTPResponse
  /// Reads a body and writes a response piece by piece in a task on the loop.
  ///
  /// The body is as it came, without content decoding. If a handler returns or throws before it began its response, the
  /// server responds with 500; later, the message is cut off.
  package typealias StreamingHandler = @Sendable (HTTPRequest, RequestBody, ResponseWriter) async throws -> Void
  /// Takes the one message of a gRPC call, decompressed, on the loop; the rest is as for ``RawHandler``.
  package typealias GRPCHandler = (UnsafeRawBufferPointer, GRPCResponder) -> Void

  case raw(bodyBytesMax: Int, RawHandler)
  case collected(bodyBytesMax: Int, CollectedHandler)
  case streaming(StreamingHandler)
  case grpcUnary(messageBytesMax: Int, GRPCHandler)
  /// Answers without reading the body.
  case respond(HTTPResponse)
  /// Answers a gRPC call without reading its message.
  case respondGRPC(GRPCOutcome)
}

/// Answers one request; from any thread, once.
///
/// Calls after the first, or after the client went away, do nothing.
package struct HTTPResponder: Sendable {
  let exchange: Exchange
  let generation: UInt32

  package func complete(status: Int, contentType: String, fields: HTTPFields = [:], body: [UInt8]) {
    if exchange.context.loop.isCurrent {
      exchange.complete(generation, status: status, contentType: contentType, fields: fields, body: body)
    } else {
      exchange.context.loop.execute { [self] in
        exchange.complete(generation, status: status, contentType: contentType, fields: fields, body: body)
      }
    }
  }

  package func complete(_ response: HTTPResponse) {
    guard case .bytes(let body) = response.body else {
      preconditionFailure("a streamed body cannot be sent from a raw route")
    }
    var fields = response.fields
    let type = fields["content-type"] ?? ""
    fields["content-type"] = nil
    complete(status: response.status, contentType: type, fields: fields, body: body)
  }
}

/// Answers one gRPC call; from any thread, once.
package struct GRPCResponder: Sendable {
  let exchange: Exchange
  let generation: UInt32

  /// Ends the call well with a message.
  package func complete(message: [UInt8]) {
    exchange.context.loop.executeOrRun { [self] in exchange.completeGRPC(generation, message: message) }
  }

  /// Ends the call with a status other than OK; with a delay, the client is told when to try again.
  package func fail(_ status: GRPCStatus, _ message: String, retryAfter: Duration? = nil) {
    precondition(status != .ok, "a unary call that is OK has a message")
    let outcome = GRPCOutcome(status, message, retryDelay: retryAfter)
    exchange.context.loop.executeOrRun { [self] in exchange.completeGRPC(generation, outcome: outcome) }
  }
}
