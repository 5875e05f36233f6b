/// Opens connections to one receiver.
final class Connector {
  private let endpoint: Endpoint
  private let files: TLSFiles
  private let proxy: Proxy?
  /// Whether a proxy is asked for a tunnel; else it is sent requests in absolute form.
  private let tunnels: Bool
  /// What the receiver is told that is spoken: "h2" for HTTP/2 (RFC 7301); nil: nothing.
  private let applicationProtocol: String?
  /// Made at the first connection over TLS.
  private var tls: TLSContext?

  init(_ configuration: ResolvedConfiguration, applicationProtocol: String?) {
    endpoint = configuration.endpoint
    files = configuration.tls
    proxy = configuration.proxy
    tunnels = configuration.endpoint.isTLS || configuration.exportProtocol == .grpc
    self.applicationProtocol = applicationProtocol
  }

  /// Waits for a new connection, at most until the deadline.
  func connect(_ deadline: Deadline) throws(TransportError) -> HTTPConnection {
    let socket = try ConnectedSocket(host: proxy?.host ?? endpoint.host, port: proxy?.port ?? endpoint.port, deadline)
    if let proxy, tunnels { try openTunnel(proxy, socket, deadline) }
    guard endpoint.isTLS else { return HTTPConnection(socket: socket, tls: nil) }
    let context = if let tls { tls } else { try TLSContext(files) }
    tls = context
    return HTTPConnection(
      socket: socket,
      tls: try TLSSession(
        context, socket: socket, host: endpoint.host, applicationProtocol: applicationProtocol, deadline))
  }

  /// Has a proxy carry bytes both ways (RFC 9110, 9.3.6).
  private func openTunnel(_ proxy: Proxy, _ socket: ConnectedSocket, _ deadline: Deadline) throws(TransportError) {
    let connection = HTTPConnection(socket: socket, tls: nil)
    let target = endpoint.authority
    let head = "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\(proxy.headerLines)\r\n"
    try connection.write(Array(head.utf8), deadline)
    let status = try connection.readHead(deadline)
    guard (200..<300).contains(status) else {
      throw TransportError(
        "the proxy answers HTTP \(status)\(Reply.remedy(status == 407 ? 407 : 0, nil, hasProxy: true))")
    }
  }
}
