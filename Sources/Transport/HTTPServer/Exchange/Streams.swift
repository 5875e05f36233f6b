import EventLoop
package import HTTPTypes

/// Why a streamed message cannot go on.
package enum StreamError: Error, Sendable, Hashable {
  /// The client closed the connection or gave the request up.
  case peerGone
}

/// The body of a request, pulled piece by piece. The peer is held back while pieces wait.
package final class RequestBody: @unchecked Sendable {  // confined to the loop of its exchange
  private let exchange: Exchange
  private var chunks: [[UInt8]] = []
  private var isEnded = false
  private var isFailed = false
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
    if !chunks.isEmpty {
      let chunk = chunks.count == 1 ? chunks[0] : Array(chunks.joined())
      chunks.removeAll()
      exchange.transport?.bodyTaken(chunk.count)
      continuation.resume(returning: chunk)
    } else if isFailed {
      continuation.resume(throwing: StreamError.peerGone)
    } else if isEnded {
      continuation.resume(returning: nil)
    } else {
      waiter = continuation
    }
  }

  func push(_ bytes: [UInt8]) {
    chunks.append(bytes)
    wake()
  }

  func finish() {
    isEnded = true
    wake()
  }

  func fail() {
    if !isEnded { isFailed = true }
    wake()
  }

  private func wake() {
    guard let waiter else { return }
    self.waiter = nil
    deliver(to: waiter)
  }
}

/// The answer to a request, written piece by piece.
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
