import CAxonizeCore

// A connection whose requests are calls of gRPC: its channel says what to send and what came.

extension Connection {
  /// Begins the call of a request; on a new connection, unless the open one can carry it.
  ///
  /// False without memory.
  static func beginCall(
    _ connection: UnsafeMutablePointer<Connection>, _ sending: UnsafePointer<Sending>, _ request: Request
  ) -> Bool {
    if connection.pointee.channel == nil { connection.pointee.channel = Channel.make() }
    guard let channel = connection.pointee.channel, let body = request.body else { return false }
    if connection.pointee.phase != .idle || !Channel.isUsable(channel) {
      close(connection)
      Channel.reset(channel)
      connection.pointee.needsTunnel = sending.pointee.proxyHost != nil
      if connection.pointee.needsTunnel, !writeTunnelHead(connection, sending) { return false }
    }
    connection.pointee.hasPending = false
    var call = axz_call(
      path: UnsafePointer(sending.pointee.path), host: UnsafePointer(sending.pointee.host), port: sending.pointee.port,
      is_tls: false, headers: UnsafePointer(sending.pointee.headers), user_agent: text("axonize-core/0.1"),
      timeout: sending.pointee.timeout, compression: request.compression, body: UnsafePointer(body),
      body_size: request.size)
    return Channel.begin(channel, &call)
  }

  /// Sends and receives what the socket allows.
  static func exchange(
    _ connection: UnsafeMutablePointer<Connection>, _ channel: UnsafeMutablePointer<Channel>
  ) -> Progress {
    connection.pointee.phase = .receiving
    // First what came while nobody looked: that the peer leaves, for one. A peer that never stops talking must not keep
    // the thread from its other work.
    var rounds = 0
    while channel.pointee.phase == .calling {
      rounds &+= 1
      let hasCome = receive(connection, channel)
      if channel.pointee.phase != .calling { break }
      if !send(connection, channel) {
        // What the peer said before it closed may still be read.
        while rounds < 64, receive(connection, channel) { rounds &+= 1 }
        Channel.ended(channel)
        break
      }
      if !hasCome || rounds > 64 { return .pending }
    }
    return settle(connection, channel)
  }

  /// Sends what the channel has, as far as the socket takes it; false when the connection broke.
  private static func send(
    _ connection: UnsafeMutablePointer<Connection>, _ channel: UnsafeMutablePointer<Channel>
  ) -> Bool {
    connection.pointee.hasPending = false
    while let (bytes, size) = Channel.pending(channel) {
      let count = CAxonizeCore.send(connection.pointee.descriptor, bytes, size, Int32(MSG_NOSIGNAL))
      if count >= 0 {
        Channel.taken(channel, count)
        continue
      }
      let code = axz_errno()
      if code == EINTR { continue }
      connection.pointee.hasPending = true
      if code == EAGAIN { return true }
      connection.pointee.error = code
      return false
    }
    return true
  }

  /// Reads once; false when there is nothing to read.
  private static func receive(
    _ connection: UnsafeMutablePointer<Connection>, _ channel: UnsafeMutablePointer<Channel>
  ) -> Bool {
    guard channel.pointee.phase != .broken, let (place, size) = Channel.inputRoom(channel) else { return false }
    while true {
      let count = recv(connection.pointee.descriptor, place, size, 0)
      if count > 0 {
        Channel.received(channel, count)
        return true
      }
      let code = count == 0 ? 0 : axz_errno()
      if code == EINTR { continue }
      if code == EAGAIN { return false }
      if connection.pointee.error == 0 { connection.pointee.error = code }
      Channel.ended(channel)
      return false
    }
  }

  /// What an attempt came to whose channel has an answer or is broken.
  private static func settle(
    _ connection: UnsafeMutablePointer<Connection>, _ channel: UnsafeMutablePointer<Channel>
  ) -> Progress {
    if channel.pointee.phase == .answered {
      let isUsable = Channel.isUsable(channel)
      connection.pointee.answer = GRPCAnswer.result(&channel.pointee.answer, keepsConnection: isUsable)
      // What the peer asked beside the answer is told now, not at the next call.
      if isUsable, send(connection, channel) {
        connection.pointee.phase = .idle
      } else {
        close(connection)
      }
      return .answered
    }
    var isStale = false
    switch channel.pointee.failure {
    case .unprocessed:
      isStale = connection.pointee.isReused
      if connection.pointee.error == 0 { connection.pointee.error = ECONNRESET }
    case .closed, .none:
      isStale = connection.pointee.isReused && !channel.pointee.answer.hasHead
      if connection.pointee.error == 0 { connection.pointee.error = ECONNRESET }
    case .foreign:
      connection.pointee.isForeign = true
      connection.pointee.error = EPROTO
    case .malformed: connection.pointee.error = EPROTO
    case .memory: connection.pointee.error = ENOMEM
    }
    close(connection)
    return isStale ? .stale : .failed
  }
}
