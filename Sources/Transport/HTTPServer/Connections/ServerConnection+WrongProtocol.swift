import Base
import EventLoop
import System

/// Peers that speak TLS to a plain port, or plain HTTP to one with TLS. Both would otherwise wait for bytes that never come.
extension ServerConnection {
  /// The type of the record that a TLS connection begins with (RFC 8446, section 5.1); no method of HTTP begins so.
  static let tlsHandshake: UInt8 = 0x16
  /// How often a loop logs it; the counter has them all.
  private static let logInterval: Duration = .seconds(60)

  func refuseTLS() {
    count("a client spoke TLS to a port without; give it an http:// address, or set tls.certificate and tls.key")
    close()
  }

  /// Responds in plain HTTP/1.1, as far as the socket takes it at once.
  func refusePlainRequest() {
    count("a client spoke plain HTTP to a port with TLS; give it an https:// address")
    defer { close() }
    guard let channel else { return }
    let body = "This port speaks https.\n"
    let answer = [UInt8](
      ("HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
        + "content-length: \(body.utf8.count)\r\n\r\n" + body).utf8)
    // Best effort: without what it sent being read, the peer would get a reset before the response.
    _ = try? unsafe Socket.receive(channel.number, into: context.readBuffer)
    _ = try? unsafe answer.withUnsafeBytes { try unsafe Socket.send(channel.number, $0) }
  }

  private func count(_ message: String) {
    context.counters.wrongProtocol.add()
    let now = context.loop.now
    if let last = context.wrongProtocolLogged, now < last + Self.logInterval { return }
    context.wrongProtocolLogged = now
    context.logger.info(message, LogField("peer", peer))
  }
}
