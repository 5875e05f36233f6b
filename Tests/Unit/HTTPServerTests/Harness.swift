import Base
import EventLoop
import HTTPServer
import System

/// A server on one loop with a listener, ended with ``stop()``.
struct Harness {
  let loops: EventLoopGroup
  let pool: WorkerPool
  let server: HTTPServer

  init(
    _ limits: HTTPServerLimits = HTTPServerLimits(), willEncode: @escaping @Sendable () -> Void = {},
    router: (WorkerPool) -> any HTTPRouter
  ) throws {
    loops = try EventLoopGroup(count: 1)
    pool = try WorkerPool(name: "test", threadCount: 1, queueCountMax: 100)
    let address = SocketAddress(family: .ipv4, bytes: [127, 0, 0, 1], port: 0)
    server = try HTTPServer(
      configuration: HTTPServerConfiguration(listeners: [(address, nil)], limits: limits), loops: loops,
      router: router(pool), logger: .disabled, willEncode: willEncode)
  }

  func client() throws -> SocketClient { try SocketClient(server.addresses[0]) }

  func exchange(_ text: String) throws -> String? {
    let client = try client()
    try client.send(text)
    return try client.readToEnd()
  }

  func stop() async -> Int {
    let cut = await server.drain(deadline: .seconds(20))
    loops.stop()
    pool.stop()
    return cut
  }
}
