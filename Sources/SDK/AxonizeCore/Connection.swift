import CAxonizeCore

/// A connection to the receiver, used again for the next request when the answer allows it.
struct Connection {
  enum Phase: UInt8 {
    case closed, idle, connecting, tunnelling, sending, receiving
  }

  /// How far the attempt to send a request has come.
  enum Progress: UInt8 {
    /// Waiting for the peer.
    case pending
    /// `response` holds a whole answer.
    case answered
    /// No answer: `error` is an errno value.
    case failed
    /// A connection that was kept open turned out to be closed; the request is to be sent again on a new one.
    case stale
  }

  var descriptor: Int32 = -1
  var phase = Phase.closed
  var isReused = false
  var address = 0
  var sent = 0
  /// Over gRPC through a proxy: `head` asks for the tunnel on each new connection.
  var needsTunnel = false
  /// Over gRPC: bytes wait that the socket did not take.
  var hasPending = false
  /// Bytes of head and body.
  var wanted = 0
  var head = axz_buffer()
  var received: UnsafeMutablePointer<UInt8>?
  var receivedSize = 0
  /// What came of an answered attempt; its content is valid until the next one.
  var answer = axz_answer()
  var error: Int32 = 0
  /// The peer speaks no HTTP/2.
  var isForeign = false
  /// Over gRPC: what HTTP/2 knows of the connection.
  var channel: UnsafeMutablePointer<Channel>?
}

extension Connection {
  /// Begins to send a request.
  ///
  /// Needs addresses unless the connection is open.
  static func start(
    _ connection: UnsafeMutablePointer<Connection>, _ addresses: UnsafePointer<Addresses>,
    _ sending: UnsafePointer<Sending>, _ request: Request
  ) -> Progress {
    connection.pointee.sent = 0
    connection.pointee.receivedSize = 0
    connection.pointee.error = 0
    connection.pointee.isForeign = false
    guard sending.pointee.isGRPC ? beginCall(connection, sending, request) : writeHead(connection, sending, request)
    else {
      close(connection)
      connection.pointee.error = ENOMEM
      return .failed
    }
    if connection.pointee.phase == .idle {
      connection.pointee.isReused = true
      connection.pointee.phase = .sending
      return .pending
    }
    close(connection)
    connection.pointee.isReused = false
    connection.pointee.address = 0
    return connect(connection, addresses)
  }

  /// Begins to connect to the next address; failed when there is none left.
  private static func connect(
    _ connection: UnsafeMutablePointer<Connection>, _ addresses: UnsafePointer<Addresses>
  ) -> Progress {
    guard let list = addresses.pointee.list, let sizes = addresses.pointee.sizes else {
      connection.pointee.error = EHOSTUNREACH
      return .failed
    }
    while connection.pointee.address < addresses.pointee.count {
      let index = connection.pointee.address
      connection.pointee.address &+= 1
      let descriptor = socket(Int32(list[index].ss_family), axz_socket_kind(), 0)
      guard descriptor >= 0 else {
        connection.pointee.error = axz_errno()
        continue
      }
      var on: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
      let address = UnsafeRawPointer(list + index).assumingMemoryBound(to: sockaddr.self)
      if CAxonizeCore.connect(descriptor, address, sizes[index]) == 0 || axz_errno() == EINPROGRESS {
        connection.pointee.descriptor = descriptor
        connection.pointee.phase = .connecting
        return .pending
      }
      connection.pointee.error = axz_errno()
      _ = CAxonizeCore.close(descriptor)
    }
    if connection.pointee.error == 0 { connection.pointee.error = EHOSTUNREACH }
    return .failed
  }

  /// What to wait for before the next step, as for poll(2).
  static func wanted(_ connection: UnsafePointer<Connection>) -> Int16 {
    if connection.pointee.phase == .tunnelling {
      return Int16(connection.pointee.sent < Int(connection.pointee.head.used) ? POLLOUT : POLLIN)
    }
    if connection.pointee.channel != nil, connection.pointee.phase == .receiving {
      return Int16(connection.pointee.hasPending ? POLLIN | POLLOUT : POLLIN)
    }
    return Int16(connection.pointee.phase == .receiving ? POLLIN : POLLOUT)
  }

  /// Goes on with the request as far as the socket allows; `events` is what poll(2) found.
  static func step(
    _ connection: UnsafeMutablePointer<Connection>, _ addresses: UnsafePointer<Addresses>, _ request: Request,
    events: Int16
  ) -> Progress {
    if Int32(events) & POLLNVAL != 0 {
      // Somebody closed descriptors that were not theirs, as daemons do when they start.
      connection.pointee.descriptor = -1
      connection.pointee.error = EBADF
      return broken(connection)
    }
    if connection.pointee.phase == .connecting {
      var code: Int32 = 0
      var size = socklen_t(4)
      getsockopt(connection.pointee.descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
      if code != 0 {
        connection.pointee.error = code
        close(connection)
        return connect(connection, addresses)
      }
      connection.pointee.phase = connection.pointee.needsTunnel ? .tunnelling : .sending
    }
    if connection.pointee.phase == .tunnelling, let progress = openTunnel(connection) { return progress }
    if let channel = connection.pointee.channel { return exchange(connection, channel) }
    if connection.pointee.phase == .sending, !send(connection, request) { return broken(connection) }
    if connection.pointee.phase == .receiving { return receive(connection) }
    return .pending
  }

  /// Sends what the socket takes; false when the connection broke.
  private static func send(_ connection: UnsafeMutablePointer<Connection>, _ request: Request) -> Bool {
    let headSize = Int(connection.pointee.head.used)
    connection.pointee.wanted = headSize &+ request.size
    guard let head = connection.pointee.head.data, let body = request.body else { return false }
    while connection.pointee.sent < connection.pointee.wanted {
      let sent = connection.pointee.sent
      let count: Int
      if sent < headSize {
        count = CAxonizeCore.send(
          connection.pointee.descriptor, head + sent, headSize &- sent,
          Int32(MSG_NOSIGNAL | MSG_MORE))
      } else {
        count = CAxonizeCore.send(
          connection.pointee.descriptor, body + (sent &- headSize), connection.pointee.wanted &- sent,
          Int32(MSG_NOSIGNAL))
      }
      if count < 0 {
        let code = axz_errno()
        if code == EINTR { continue }
        if code == EAGAIN { return true }
        connection.pointee.error = code
        // A receiver that refuses a large request may answer and close before it has read all.
        if code == EPIPE || code == ECONNRESET {
          connection.pointee.phase = .receiving
          return true
        }
        return false
      }
      connection.pointee.sent = sent &+ count
    }
    connection.pointee.phase = .receiving
    return true
  }

  private static func receive(_ connection: UnsafeMutablePointer<Connection>) -> Progress {
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
      if count < 0 {
        let code = axz_errno()
        if code == EINTR { continue }
        if code == EAGAIN { return .pending }
        if connection.pointee.error == 0 { connection.pointee.error = code }
        return broken(connection)
      }
      connection.pointee.receivedSize = size &+ count
      var response = Response()
      switch Response.parse(bytes, size &+ count, isAtEnd: count == 0, &response) {
      case .unfinished:
        continue
      case .malformed:
        if connection.pointee.error == 0 { connection.pointee.error = size == 0 ? ECONNRESET : EPROTO }
        return broken(connection)
      case .whole:
        let isComplete = connection.pointee.sent == connection.pointee.wanted
        connection.pointee.answer = Response.answer(response, bytes)
        if response.keepsConnection, isComplete, connection.pointee.error == 0 {
          connection.pointee.phase = .idle
        } else {
          close(connection)
        }
        return .answered
      }
    }
  }

  static func broken(_ connection: UnsafeMutablePointer<Connection>) -> Progress {
    let isStale = connection.pointee.isReused && connection.pointee.receivedSize == 0
    close(connection)
    return isStale ? .stale : .failed
  }

  static func close(_ connection: UnsafeMutablePointer<Connection>) {
    if connection.pointee.descriptor >= 0 { _ = CAxonizeCore.close(connection.pointee.descriptor) }
    connection.pointee.descriptor = -1
    connection.pointee.phase = .closed
  }

  static func release(_ connection: UnsafeMutablePointer<Connection>) {
    close(connection)
    axz_buffer_free(&connection.pointee.head)
    free(connection.pointee.received)
    if let channel = connection.pointee.channel { Channel.release(channel) }
    connection.pointee = Connection()
  }
}
