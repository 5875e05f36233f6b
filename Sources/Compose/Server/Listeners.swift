import Configuration
import Ground
import HTTPServer
import Platform
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
  private(set) var all: [(address: SocketAddress, tls: TLSContext?)] = []
  private let isEncrypted: Bool

  /// Refuses an address that other machines can reach without a key, unless that is allowed expressly.
  init(_ configuration: Configuration) throws {
    let tls = try Self.tlsContext(configuration)
    isEncrypted = tls != nil
    let wanted: [(Purpose, Setting<ListenAddress>)] = [
      (.http, Settings.http), (.otlpGRPC, Settings.otlpGRPC), (.otlpHTTP, Settings.otlpHTTP),
    ]
    for (purpose, setting) in wanted {
      guard case .on(let host, let port) = configuration[setting] else { continue }
      let key = setting.declaration.key
      guard
        configuration[setting].isLoopback || configuration[Settings.requireKeys]
          || configuration[Settings.allowPublic]
      else {
        throw ErrorReport(
          code: "public_address",
          message: "\(key) = \(configuration[setting]) can be reached from other machines. Set require_keys, so that "
            + "every request needs an API key, or allow_public, so that none does.")
      }
      purposes.append(purpose)
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

  /// Whether a listener serves the REST API, by its index; the others take OTLP and tell their health only.
  func servesAPI(_ index: Int) -> Bool { purposes[index] == .http }

  private static func resolve(_ host: String, _ port: UInt16, _ key: String) throws -> SocketAddress {
    if host == "localhost", let address = SocketAddress(host: "127.0.0.1", port: port) { return address }
    guard let address = SocketAddress(host: host, port: port) else {
      throw ErrorReport(
        code: "invalid_address",
        message: "\(key): '\(host)' is no IP address. Write an address of this machine, e.g. 127.0.0.1 or 0.0.0.0.")
    }
    return address
  }

  private static func tlsContext(_ configuration: Configuration) throws -> TLSContext? {
    let certificate = configuration[Settings.tlsCertificate]
    let key = configuration[Settings.tlsKey]
    guard !certificate.isEmpty || !key.isEmpty else { return nil }
    guard !certificate.isEmpty, !key.isEmpty else {
      throw ErrorReport(code: "tls", message: "tls.certificate and tls.key go together; one of them is not set.")
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
  init(_ configuration: Configuration) {
    self.init()
    connectionCountMax = configuration[Settings.connectionsMax]
    headTimeout = configuration[Settings.headerTimeout]
    bodyTimeout = configuration[Settings.requestTimeout]
    requestTimeout = configuration[Settings.requestTimeout]
    idleTimeout = configuration[Settings.idleTimeout]
  }
}
