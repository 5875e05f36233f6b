import CAxonizeCore

// A connection through a proxy that carries bytes both ways once the proxy has said that it will (RFC 9110, 9.3.6).

extension Connection {
  /// Asks the proxy for the tunnel and reads its answer, as far as the socket allows; nil once the tunnel is open.
  static func openTunnel(_ connection: UnsafeMutablePointer<Connection>) -> Progress? {
    if !sendTunnelHead(connection) { return broken(connection) }
    guard connection.pointee.sent == Int(connection.pointee.head.used) else { return .pending }
    if connection.pointee.received == nil {
      connection.pointee.received = malloc(responseBytesMax)?.assumingMemoryBound(to: UInt8.self)
    }
    guard let bytes = connection.pointee.received else {
      connection.pointee.error = ENOMEM
      return broken(connection)
    }
    while true {
      let size = connection.pointee.receivedSize
      let count = recv(connection.pointee.descriptor, bytes + size, responseBytesMax &- size, 0)
      if count <= 0 {
        let code = count == 0 ? ECONNRESET : axz_errno()
        if code == EINTR { continue }
        if code == EAGAIN { return .pending }
        connection.pointee.error = code
        return broken(connection)
      }
      connection.pointee.receivedSize = size &+ count
      guard let answer = Response.tunnelAnswer(bytes, size &+ count) else {
        if size &+ count < responseBytesMax { continue }
        connection.pointee.error = EPROTO
        return broken(connection)
      }
      return settleTunnel(connection, bytes, answer)
    }
  }

  private static func sendTunnelHead(_ connection: UnsafeMutablePointer<Connection>) -> Bool {
    guard let head = connection.pointee.head.data else { return false }
    let whole = Int(connection.pointee.head.used)
    while connection.pointee.sent < whole {
      let sent = connection.pointee.sent
      let count = CAxonizeCore.send(connection.pointee.descriptor, head + sent, whole &- sent, Int32(MSG_NOSIGNAL))
      if count >= 0 {
        connection.pointee.sent = sent &+ count
        continue
      }
      let code = axz_errno()
      if code == EINTR { continue }
      if code == EAGAIN { return true }
      connection.pointee.error = code
      return false
    }
    return true
  }

  /// Begins to use the tunnel, or hands the proxy's refusal on as the receiver's would be.
  private static func settleTunnel(
    _ connection: UnsafeMutablePointer<Connection>, _ bytes: UnsafeMutablePointer<UInt8>,
    _ answer: (status: UInt32, end: Int)
  ) -> Progress? {
    let size = connection.pointee.receivedSize
    connection.pointee.receivedSize = 0
    guard answer.status >= 200, answer.status < 300, let channel = connection.pointee.channel else {
      close(connection)
      guard answer.status != 0 else {
        connection.pointee.error = EPROTO
        return .failed
      }
      var response = Response()
      response.status = answer.status
      response.keepsConnection = false
      connection.pointee.answer = Response.answer(response, nil)
      return .answered
    }
    // The receiver may have spoken already.
    var begin = answer.end
    while begin < size, channel.pointee.phase != .broken, let (place, free) = Channel.inputRoom(channel) {
      let count = min(size &- begin, free)
      memcpy(place, bytes + begin, count)
      Channel.received(channel, count)
      begin &+= count
    }
    connection.pointee.phase = .sending
    return nil
  }
}

extension Response {
  /// The status of a proxy's answer and where it ends; nil while it is not whole.
  ///
  /// The status is 0 where it is not HTTP.
  static func tunnelAnswer(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> (status: UInt32, end: Int)? {
    var start = 0
    while let end = endOfHead(bytes, start, size) {
      guard let status = statusCode(bytes + start, end &- start) else { return (0, end) }
      if status >= 200 { return (status, end) }
      start = end
    }
    return nil
  }
}
