import Compression
import NetworkTestSupport
import Synchronization
import Testing

@testable import Scraping

/// A server of pages on a port of the loopback interface: what it sends for a target can be changed, and it keeps the
/// heads of requests.
final class ScrapedServer: Sendable {
  private struct State: Sendable {
    var heads: [String] = []
    var responses: [String: [UInt8]] = [:]
  }

  private final class Shared: Sendable {
    let state = Mutex(State())
  }

  private let shared: Shared
  private let server: ScriptedServer

  var address: String { "127.0.0.1:\(server.port)" }
  /// The heads of all requests.
  var heads: [String] { shared.state.withLock { $0.heads } }

  init() throws {
    let shared = Shared()
    self.shared = shared
    server = try ScriptedServer { connection, _ in
      while let head = connection.head() {
        let target = String(head.split(separator: " ")[1])
        let response = shared.state.withLock { state in
          state.heads.append(head)
          return state.responses[target]
        }
        guard let response else { return connection.waitForClose() }
        connection.write(response)
        // A response that is cut short ends with its connection.
        if response.isEmpty { return connection.close() }
      }
      connection.close()
    }
  }

  func stop() { server.stop() }

  /// What is sent for a target from now on; nothing at all where the response is nil.
  func respond(_ target: String, _ response: [UInt8]?) { shared.state.withLock { $0.responses[target] = response } }

  func respond(_ target: String, _ response: String) { respond(target, Array(response.utf8)) }

  /// A page of metrics for `/metrics`.
  func page(_ page: String) { self.page("/metrics", page) }

  /// A page of metrics for a target.
  func page(_ target: String, _ page: String, type: String = "text/plain; version=0.0.4") {
    respond(
      target, "HTTP/1.1 200 OK\r\ncontent-type: \(type)\r\ncontent-length: \(page.utf8.count)\r\n\r\n\(page)")
  }
}
