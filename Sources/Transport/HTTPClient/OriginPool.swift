import EventLoop
import System

/// The connections of one loop to one origin, and the requests that wait for them.
final class OriginPool {
  let origin: HTTPOrigin
  unowned let client: LoopClient
  /// Unused connections; the one used last is taken first, so that the others grow old and close.
  private var idle: [ClientConnection] = []
  private var open: [ObjectIdentifier: ClientConnection] = [:]
  private var waiting: [ClientExchange] = []
  private var waitingHead = 0

  init(origin: HTTPOrigin, client: LoopClient) {
    self.origin = origin
    self.client = client
  }

  private var waitingCount: Int { waiting.count - waitingHead }

  func start(_ exchange: ClientExchange) {
    if let connection = exchange.isSecondTry ? nil : idle.popLast() {
      connection.begin(exchange)
    } else if open.count < client.limits.connectionCountMax {
      let connection = ClientConnection(pool: self, client: client)
      open[ObjectIdentifier(connection)] = connection
      connection.connect(for: exchange)
    } else if let connection = idle.popLast() {
      connection.begin(exchange)
    } else if waitingCount < client.limits.waitingCountMax {
      exchange.wait(until: client.loop.now + client.limits.connectTimeout)
      waiting.append(exchange)
    } else {
      exchange.fail(
        HTTPClientError.overloaded(origin, waitingCountMax: client.limits.waitingCountMax))
    }
  }

  /// Takes back a connection whose exchange is complete.
  func release(_ connection: ClientConnection) {
    if let next = nextWaiting() {
      connection.begin(next)
    } else {
      idle.append(connection)
      connection.beginIdle(timeout: client.limits.keepAliveTimeout)
    }
  }

  /// Forgets a connection that was closed.
  func remove(_ connection: ClientConnection) {
    guard open.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    idle.removeAll { $0 === connection }
    if let next = nextWaiting() {
      start(next)
    } else if open.isEmpty, waitingCount == 0 {
      client.forget(self)
    }
  }

  func shutDown() {
    while let exchange = nextWaiting() { exchange.fail(HTTPClientError.shutDown) }
    for connection in open.values { connection.close(HTTPClientError.shutDown) }
  }

  private func nextWaiting() -> ClientExchange? {
    while waitingHead < waiting.count {
      let exchange = waiting[waitingHead]
      waitingHead += 1
      if waitingHead == waiting.count || waitingHead >= 1024 {
        waiting.removeFirst(waitingHead)
        waitingHead = 0
      }
      // Those that timed out or were cancelled meanwhile are passed over.
      if !exchange.isFinished { return exchange }
    }
    return nil
  }
}
