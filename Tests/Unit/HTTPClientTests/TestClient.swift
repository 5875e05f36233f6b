import EventLoop
import HTTPClient
import System
import TLS

/// A client with one loop, for one test.
struct TestClient {
  let loops: EventLoopGroup
  let workers: WorkerPool
  let client: HTTPClient

  init(limits: HTTPClientLimits = HTTPClientLimits(), security: TLSContext? = nil) throws {
    loops = try EventLoopGroup(count: 1)
    workers = try WorkerPool(name: "test", threadCount: 1, queueCountMax: 8)
    client = HTTPClient(loops: loops, workers: workers, security: security, limits: limits)
  }

  func stop() {
    client.shutDown()
    loops.stop()
    workers.stop()
  }
}
