import Base
import Synchronization
import System

/// Addresses of hosts that were looked up lately.
final class NameCache: Sendable {
  private struct Entry {
    let addresses: [SocketAddress]
    let deadline: Instant
  }

  /// Hosts remembered; far more than a server talks to.
  ///
  /// All are forgotten when there are more.
  private static let entryCountMax = 1024

  private let workers: WorkerPool
  private let lifetime: Duration
  private let entries = Mutex<[String: Entry]>([:])

  init(workers: WorkerPool, lifetime: Duration) {
    self.workers = workers
    self.lifetime = lifetime
  }

  /// Finds the addresses of a host and calls back: at once when they are known, else from a worker thread.
  func find(
    _ origin: HTTPOrigin, _ done: @escaping @Sendable (Result<[SocketAddress], any Error>) -> Void
  ) {
    if let numeric = SocketAddress(host: origin.host, port: origin.port) { return done(.success([numeric])) }
    let key = "\(origin.host):\(origin.port)"
    if let known = entries.withLock({ $0[key] }), Instant.now < known.deadline {
      return done(.success(known.addresses))
    }
    let refusal = workers.submit { [self] in
      do throws(NameError) {
        let addresses = try SocketAddress.resolve(host: origin.host, port: origin.port)
        remember(key, addresses)
        done(.success(addresses))
      } catch {
        done(.failure(HTTPClientError.nameNotFound(error)))
      }
    }
    if let refusal { done(.failure(refusal)) }
  }

  private func remember(_ key: String, _ addresses: [SocketAddress]) {
    let entry = Entry(addresses: addresses, deadline: .now + lifetime)
    entries.withLock { entries in
      if entries.count >= Self.entryCountMax { entries.removeAll() }
      entries[key] = entry
    }
  }
}
