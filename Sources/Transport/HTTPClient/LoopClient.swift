import EventLoop
import HTTP1
import TLS

/// The part of a client that lives on one loop: its pools and what they share.
final class LoopClient: @unchecked Sendable {  // confined to the thread of its loop
  let loop: EventLoop
  let names: NameCache
  let security: TLSContext?
  let limits: HTTPClientLimits
  var writer = HeadWriter()
  var parser = ResponseHeadParser(limits: HTTP1Limits(headBytesMax: 64 << 10))
  private var pools: [HTTPOrigin: OriginPool] = [:]
  private var isShutDown = false

  init(loop: EventLoop, names: NameCache, security: TLSContext?, limits: HTTPClientLimits) {
    self.loop = loop
    self.names = names
    self.security = security
    self.limits = limits
  }

  /// Sends a new exchange, or one that goes a second time.
  func start(_ exchange: ClientExchange) {
    guard !isShutDown else { return exchange.fail(HTTPClientError.shutDown) }
    let origin = exchange.request.url.origin
    let pool = pools[origin] ?? OriginPool(origin: origin, client: self)
    pools[origin] = pool
    pool.start(exchange)
  }

  /// Forgets a pool without connections and requests, so that origins seen once do not stay.
  func forget(_ pool: OriginPool) { pools[pool.origin] = nil }

  func shutDown() {
    isShutDown = true
    for pool in pools.values { pool.shutDown() }
    pools = [:]
  }
}
