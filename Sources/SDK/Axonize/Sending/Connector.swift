/// Opens connections to one receiver.
final class Connector {
  private let endpoint: Endpoint
  private let files: TLSFiles
  /// What the receiver is told that is spoken: "h2" for HTTP/2 (RFC 7301); nil: nothing.
  private let applicationProtocol: String?
  /// Made at the first connection over TLS.
  private var tls: TLSContext?

  init(_ configuration: ResolvedConfiguration, applicationProtocol: String?) {
    endpoint = configuration.endpoint
    files = configuration.tls
    self.applicationProtocol = applicationProtocol
  }

  /// Waits for a new connection, at most until the deadline.
  func connect(_ deadline: Deadline) throws(TransportError) -> HTTPConnection {
    let socket = try ConnectedSocket(host: endpoint.host, port: endpoint.port, deadline)
    guard endpoint.isTLS else { return HTTPConnection(socket: socket, tls: nil) }
    let context = if let tls { tls } else { try TLSContext(files) }
    tls = context
    return HTTPConnection(
      socket: socket,
      tls: try TLSSession(
        context, socket: socket, host: endpoint.host, applicationProtocol: applicationProtocol, deadline))
  }
}
