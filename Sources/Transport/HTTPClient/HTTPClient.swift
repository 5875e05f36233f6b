package import EventLoop
package import System
package import TLS

/// An HTTP/1.1 client whose connections live on event loops.
///
/// A request sent from a task that runs on a loop stays on that loop; others go to the loops in turn. Redirects are
/// not followed and bodies are not content-decoded. Call ``shutDown()`` before the loops stop.
package final class HTTPClient: Sendable {
  private let loops: EventLoopGroup
  private let clients: [LoopClient]

  /// - Parameters:
  ///   - workers: look host names up, which blocks.
  ///   - security: for `https`; nil refuses such requests.
  package init(
    loops: EventLoopGroup, workers: WorkerPool, security: TLSContext?, limits: HTTPClientLimits = HTTPClientLimits()
  ) {
    self.loops = loops
    let names = NameCache(workers: workers, lifetime: limits.nameLifetime)
    clients = loops.loops.map { LoopClient(loop: $0, names: names, security: security, limits: limits) }
  }

  /// Sends a request and returns when the head of the response is there.
  ///
  /// Cancelling the task gives the request up and closes its connection.
  /// - Throws: ``HTTPClientError``, what a streamed body threw, `CancellationError`.
  package func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
    let client = currentClient()
    let exchange = ClientExchange(request: request, loop: client.loop)
    return try await exchange.response { client.start(exchange) }
  }

  /// Fails what is under way, closes every connection and refuses further requests.
  package func shutDown() {
    for client in clients { client.loop.executeOrRun { client.shutDown() } }
  }

  private func currentClient() -> LoopClient {
    if let current = clients.first(where: { $0.loop.isCurrent }) { return current }
    let next = loops.next()
    guard let client = clients.first(where: { $0.loop === next }) else {
      preconditionFailure("a loop of the group has no client")
    }
    return client
  }
}
