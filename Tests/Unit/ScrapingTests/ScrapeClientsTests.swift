import EventLoop
import HTTPClient
import System
import Testing

@testable import Scraping

/// Goal: jobs share clients, and a client lasts as long as a job that needs it.
@Suite(.timeLimit(.minutes(1))) struct ScrapeClientsTests {
  @Test func `the clients of jobs that are gone are shut down`() async throws {
    let server = try ScrapedServer()
    server.page("a 1\n")
    let loops = try EventLoopGroup(count: 1)
    let workers = try WorkerPool(name: "test", threadCount: 1, queueCountMax: 8)
    let clients = ScrapeClients(loops: loops, names: workers)
    defer {
      clients.shutDown()
      loops.stop()
      workers.stop()
      server.stop()
    }
    let request = HTTPClientRequest(url: try #require(HTTPURL("http://\(server.address)/metrics")))
    let (plain, careless) = (ScrapeSecurity(), ScrapeSecurity(verifiesPeer: false))
    let first = try clients.client(for: plain)
    let second = try clients.client(for: careless)
    #expect(try clients.client(for: plain) === first)
    clients.keep([careless])
    #expect(try clients.client(for: careless) === second)
    _ = try await second.send(request)
    await #expect(throws: HTTPClientError.self) { _ = try await first.send(request) }
    let again = try clients.client(for: plain)
    #expect(again !== first)
    _ = try await again.send(request)
  }
}
