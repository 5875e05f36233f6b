import EventLoop
import HTTPClient
import Synchronization
import System
import TLS

/// HTTP clients by whom they trust and what they show: jobs that do the same share one.
final class ScrapeClients: Sendable {
  private struct Entry {
    let versions: [Version]
    let client: HTTPClient
    /// The client of the files before: scrapes that began with it may still run.
    var previous: HTTPClient?
  }

  private struct Version: Equatable {
    let identity: FileStatus.Identity
    let modifiedAt: Int64
  }

  private struct State {
    var entries: [ScrapeSecurity: Entry] = [:]
    var isShutDown = false
  }

  private let loops: EventLoopGroup
  private let names: WorkerPool
  private let state = Mutex(State())

  /// - Parameters:
  ///   - names: looks the names of targets up.
  init(loops: EventLoopGroup, names: WorkerPool) {
    self.loops = loops
    self.names = names
  }

  /// The client for a job; made anew when its files have changed.
  ///
  /// Reads them, which blocks.
  func client(for security: ScrapeSecurity) throws(PageFailure) -> HTTPClient {
    do {
      return try state.withLock { state in
        guard !state.isShutDown else { throw HTTPClientError.shutDown }
        let versions = try Self.versions(security)
        let known = state.entries[security]
        if let known, known.versions == versions { return known.client }
        let client = try make(security)
        known?.previous?.shutDown()
        state.entries[security] = Entry(versions: versions, client: client, previous: known?.client)
        return client
      }
    } catch {
      throw PageFailure("the tls_config of the job cannot be used: \(error)")
    }
  }

  /// Shuts down the clients that no job needs any more.
  func keep(_ wanted: Set<ScrapeSecurity>) {
    let unneeded = state.withLock { state in
      defer { state.entries = state.entries.filter { wanted.contains($0.key) } }
      return state.entries.filter { !wanted.contains($0.key) }
    }
    for entry in unneeded.values {
      entry.client.shutDown()
      entry.previous?.shutDown()
    }
  }

  func shutDown() {
    let entries = state.withLock { state in
      state.isShutDown = true
      defer { state.entries = [:] }
      return state.entries
    }
    for entry in entries.values {
      entry.client.shutDown()
      entry.previous?.shutDown()
    }
  }

  private func make(_ security: ScrapeSecurity) throws -> HTTPClient {
    var certificate: (String, String)?
    if let chain = security.certificateFile, let key = security.keyFile { certificate = (chain, key) }
    let context = try TLSContext(
      trustedAuthoritiesFile: security.authoritiesFile, clientCertificate: certificate,
      serverName: security.serverName, verifiesPeer: security.verifiesPeer)
    var limits = HTTPClientLimits()
    // Many targets may be behind one address, e.g. of an exporter that probes others.
    limits.connectionCountMax = 256
    // A scrape ends at its own timeout, connecting included.
    limits.connectTimeout = .seconds(3600)
    // Longer than the usual interval, so that each scrape finds the connection of the one before.
    limits.keepAliveTimeout = .seconds(90)
    return HTTPClient(loops: loops, workers: names, security: context, limits: limits)
  }

  private static func versions(_ security: ScrapeSecurity) throws(SystemError) -> [Version] {
    var versions: [Version] = []
    for path in [security.authoritiesFile, security.certificateFile, security.keyFile] {
      guard let path else { continue }
      let status = try File.status(path)
      versions.append(Version(identity: status.identity, modifiedAt: status.modifiedAt))
    }
    return versions
  }
}
