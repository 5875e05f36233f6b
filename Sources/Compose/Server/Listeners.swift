import Base
import Configuration
import HTTPServer
import System
import TLS

/// Where the server can be reached, once it is bound; nil for an address that is off.
package struct ServerAddresses: Sendable {
  package let scheme: String
  package let http: String?
  package let otlpGRPC: String?
  package let otlpHTTP: String?
}

/// The addresses to listen on, and what each is for.
struct Listeners: Sendable {
  private enum Purpose { case http, otlpGRPC, otlpHTTP }

  private var purposes: [Purpose] = []
  /// The settings that the addresses come from.
  private var keys: [String] = []
  private(set) var all: [(address: SocketAddress, tls: TLSContext?)] = []
  private let isEncrypted: Bool

  /// The addresses of a configuration, which was checked when it was read: that other machines need a key, and that
  /// certificate and key go together.
  init(_ configuration: Configuration, logger: Logger) throws {
    let tls = try Self.tlsContext(configuration, logger)
    isEncrypted = tls != nil
    let wanted: [(Purpose, Setting<ListenAddress>)] = [
      (.http, Settings.http), (.otlpGRPC, Settings.otlpGRPC), (.otlpHTTP, Settings.otlpHTTP),
    ]
    for (purpose, setting) in wanted {
      guard case .on(let host, let port) = configuration[setting] else { continue }
      let key = setting.declaration.key
      purposes.append(purpose)
      keys.append(key)
      all.append((address: try Self.resolve(host, port, key), tls: tls))
    }
    guard !all.isEmpty else {
      throw ErrorReport(code: "no_address", message: "http, otlp_grpc and otlp_http are all off; set one of them.")
    }
  }

  func addresses(bound: [SocketAddress]) -> ServerAddresses {
    func text(_ purpose: Purpose) -> String? { purposes.firstIndex(of: purpose).map { bound[$0].description } }
    return ServerAddresses(
      scheme: isEncrypted ? "https" : "http", http: text(.http), otlpGRPC: text(.otlpGRPC), otlpHTTP: text(.otlpHTTP))
  }

  /// Whether a listener serves the REST API, by its index; the others take OTLP and report their health only.
  func servesAPI(_ index: Int) -> Bool { purposes[index] == .http }

  /// Refuses ports that are already in use, before anything of the store is opened or created.
  ///
  /// - Parameter dataDirectory: by which a server of the same store is recognised.
  func checkPorts(dataDirectory: String) throws {
    for (index, listener) in all.enumerated() where listener.address.port != 0 {
      do throws(SystemError) {
        try Socket.checkFree(listener.address)
      } catch {
        guard error.isAddressInUse else {
          throw ErrorReport(
            code: "cannot_listen", message: "\(keys[index]): cannot listen on \(listener.address): \(error).")
        }
        throw PortConflict.report(listener.address, key: keys[index], dataDirectory: dataDirectory)
      }
    }
  }

  private static func resolve(_ host: String, _ port: UInt16, _ key: String) throws -> SocketAddress {
    if host == "localhost", let address = SocketAddress(host: "127.0.0.1", port: port) { return address }
    guard let address = SocketAddress(host: host, port: port) else {
      throw ErrorReport(
        code: "invalid_address",
        message: "\(key): '\(host)' is not an IP address. Write an address of this machine, e.g. 127.0.0.1 or 0.0.0.0.")
    }
    return address
  }

  private static func tlsContext(_ configuration: Configuration, _ logger: Logger) throws -> TLSContext? {
    let certificate = configuration[Settings.tlsCertificate]
    let key = configuration[Settings.tlsKey]
    guard !certificate.isEmpty else { return nil }
    if let mode = (try? File.status(key))?.mode, mode & 0o077 != 0 {
      logger.warning(
        "other users may be able to read the private key; run 'chmod 600' on it", LogField("file", key),
        LogField("mode", String(mode, radix: 8)))
    }
    do {
      return try TLSContext(certificateChainFile: certificate, privateKeyFile: key)
    } catch {
      throw ErrorReport(code: "tls", message: "TLS cannot be set up: \(error)")
    }
  }
}

extension HTTPServerLimits {
  /// The limits that settings name; the others keep their defaults.
  ///
  /// - Parameter connectionCountMax: what the limit of open files allows.
  init(_ configuration: Configuration, connectionCountMax: Int = .max) {
    self.init()
    self.connectionCountMax = min(configuration[Settings.connectionsMax], connectionCountMax)
    connectionsPerAddressMax = configuration[Settings.connectionsPerAddressMax]
    headTimeout = configuration[Settings.headerTimeout]
    bodyTimeout = configuration[Settings.bodyTimeout]
    requestTimeout = configuration[Settings.requestTimeout]
    idleTimeout = configuration[Settings.idleTimeout]
    // Two of the largest bodies for one connection, and as much again for another.
    connectionHeldBytesMax = max(connectionHeldBytesMax, 2 * configuration[Settings.bodyBytesMax])
    heldBytesMax = max(heldBytesMax, 2 * connectionHeldBytesMax)
  }
}
