import EventLoop

/// Which protocol a client speaks.
extension ServerConnection {
  /// The bytes that every HTTP/2 connection begins with (RFC 9113, section 3.4).
  private static let preface = [UInt8]("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// Finds out by the first bytes, with TLS as without, and passes them on; returns how many were taken.
  func chooseProtocol(_ bytes: UnsafeRawBufferPointer) -> Int {
    if tls == nil, unsafe bytes.first == Self.tlsHandshake {
      refuseTLS()
      return bytes.count
    }
    let compared = min(bytes.count, Self.preface.count)
    for index in 0..<compared where unsafe bytes[index] != Self.preface[index] {
      let connection = HTTP1Connection(self)
      life.protocolChosen()
      speaker = .http1(connection)
      return unsafe connection.receive(bytes)
    }
    guard compared == Self.preface.count else { return 0 }
    guard let connection = HTTP2Connection.make(self) else {
      close()
      return bytes.count
    }
    life.protocolChosen()
    speaker = .http2(connection)
    return unsafe connection.receive(bytes)
  }
}
