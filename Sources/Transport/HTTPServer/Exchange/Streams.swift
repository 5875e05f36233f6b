import EventLoop
package import HTTPTypes

/// Why a streamed message cannot continue.
package enum StreamError: Error, Sendable, Hashable {
  /// The client closed the connection or gave the request up.
  case peerGone
}

/// The body of a request, pulled piece by piece.
///
/// The peer is held back while pieces wait.
package final class RequestBody: @unchecked Sendable {  // confined to the loop of its exchange
  private let exchange: Exchange
  private var machine = RequestBodyStateMachine()
  private var waiter: CheckedContinuation<[UInt8]?, any Error>?

  init(exchange: Exchange) { self.exchange = exchange }

  /// The next piece, nil at the end.
  ///
  /// - Throws: ``StreamError`` when the client went away before the end.
  package func next() async throws -> [UInt8]? {
    try await withCheckedThrowingContinuation { continuation in
      exchange.context.loop.executeOrRun { [self] in deliver(to: continuation) }
    }
  }

  private func deliver(to continuation: CheckedContinuation<[UInt8]?, any Error>) {
    precondition(waiter == nil, "two readers of one body")
    switch machine.next() {
    case .deliver(let piece):
      exchange.transport?.bodyTaken(piece.count)
      continuation.resume(returning: piece)
    case .wait: waiter = continuation
    case .end: continuation.resume(returning: nil)
    case .fail: continuation.resume(throwing: StreamError.peerGone)
    }
  }

  func push(_ bytes: [UInt8]) {
    machine.received(bytes)
    wake()
  }

  func finish() {
    machine.ended()
    wake()
  }

  func fail() {
    machine.failed()
    wake()
  }

  private func wake() {
    guard let waiter else { return }
    self.waiter = nil
    deliver(to: waiter)
  }
}

/// The response to a request, written piece by piece.
package struct ResponseWriter: Sendable {
  let exchange: Exchange
  let generation: UInt32

  /// Sends the head; the body is chunked, or as long as a content-length field says.
  ///
  /// - Throws: ``StreamError`` when the client is gone.
  package func begin(status: Int, fields: HTTPFields) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      exchange.context.loop.executeOrRun { [self] in
        if exchange.begin(generation, status: status, fields: fields) {
          continuation.resume()
        } else {
          continuation.resume(throwing: StreamError.peerGone)
        }
      }
    }
  }

  /// Sends a piece of the body at once; returns when there is room for another.
  ///
  /// - Throws: ``StreamError`` when the client is gone.
  package func write(_ bytes: [UInt8]) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      exchange.context.loop.executeOrRun { [self] in exchange.write(generation, bytes, continuation) }
    }
  }
}
