internal import CAxonizeCore
internal import Glibc

/// A socket that is connected and does not block; closed with its owner.
final class ConnectedSocket {
  let descriptor: Int32

  /// Connects to the first address that answers.
  init(host: String, port: Int, _ deadline: Deadline) throws(TransportError) {
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    let result = unsafe getaddrinfo(host, String(port), &hints, &found)
    guard result == 0 else {
      // SAFETY: gai_strerror(3) gives a constant text.
      throw TransportError("\(host): \(unsafe String(cString: gai_strerror(result)))")
    }
    // SAFETY: the list is walked before it is freed, once.
    defer { unsafe freeaddrinfo(found) }
    var next = unsafe found
    var error = TransportError("\(host) has no address")
    while let address = unsafe next {
      unsafe next = address.pointee.ai_next
      do {
        unsafe descriptor = try Self.connect(address, deadline)
        return
      } catch let failure { error = failure }
    }
    throw error
  }

  deinit { close(descriptor) }

  private static func connect(
    _ address: UnsafeMutablePointer<addrinfo>, _ deadline: Deadline
  ) throws(TransportError) -> Int32 {
    let descriptor = unsafe socket(address.pointee.ai_family, axz_socket_kind(), 0)
    guard descriptor >= 0 else { throw TransportError(code: axz_errno()) }
    var on: Int32 = 1
    unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    if unsafe Glibc.connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) != 0 {
      var code = axz_errno()
      if code == EINPROGRESS {
        var size = socklen_t(4)
        code = poll(descriptor, POLLOUT, deadline) ? 0 : ETIMEDOUT
        if code == 0 { unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) }
      }
      guard code == 0 else {
        close(descriptor)
        throw TransportError(code: code)
      }
    }
    return descriptor
  }

  /// Waits for the socket; false when the deadline passed first.
  static func poll(_ descriptor: Int32, _ events: Int32, _ deadline: Deadline) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
      let result = unsafe Glibc.poll(&entry, 1, deadline.milliseconds)
      if result > 0 { return true }
      if result == 0 || axz_errno() != EINTR { return false }
    }
  }

  func wait(_ events: Int32, _ deadline: Deadline) throws(TransportError) {
    if !Self.poll(descriptor, events, deadline) { throw TransportError(code: ETIMEDOUT) }
  }
}

/// A connection of HTTP, with or without TLS.
final class HTTPConnection {
  struct Response {
    var status: UInt32
    var retryAfter: UInt64
    var keepsConnection: Bool
    var content: [UInt8]

    var verdict: Reply.Verdict {
      switch status {
      case 200..<300: .taken
      // The retryable codes of https://opentelemetry.io/docs/specs/otlp/#failures-1
      case 429, 502, 503, 504: .later
      default: .refused
      }
    }
  }

  private let socket: ConnectedSocket
  private let tls: TLSSession?

  init(socket: ConnectedSocket, tls: TLSSession?) {
    self.socket = socket
    self.tls = tls
  }

  func write(_ bytes: [UInt8], _ deadline: Deadline) throws(TransportError) {
    if let tls { return try tls.write(bytes, deadline) }
    var sent = 0
    while sent < bytes.count {
      // SAFETY: the array lives while send(2) reads from it.
      let count = unsafe bytes.withUnsafeBytes { memory in
        unsafe Glibc.send(
          socket.descriptor, memory.baseAddress.map { unsafe $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        sent += count
        continue
      }
      let code = axz_errno()
      switch code {
      case EINTR: continue
      case EAGAIN: try socket.wait(POLLOUT, deadline)
      // A receiver that refuses a large request may answer and close before it has read all.
      case EPIPE, ECONNRESET: return
      default: throw TransportError(code: code)
      }
    }
  }

  /// Reads until the answer of HTTP/1.1 is whole.
  func readResponse(_ deadline: Deadline) throws(TransportError) -> Response {
    var bytes = [UInt8](repeating: 0, count: Int(AXZ_RESPONSE_BYTES_MAX))
    var size = 0
    while true {
      let count = try read(&bytes, from: size, deadline)
      size += count
      var response = axz_response()
      // SAFETY: `size` bytes of the array are filled, and the core writes inside them only.
      let outcome = unsafe bytes.withUnsafeMutableBufferPointer { memory in
        unsafe memory.baseAddress.map { unsafe axz_response_read($0, size, count == 0, &response) }
      }
      switch outcome {
      case UInt32(AXZ_RESPONSE_UNFINISHED)?: continue
      case UInt32(AXZ_RESPONSE_WHOLE)?:
        let end = response.content_offset + response.content_size
        return Response(
          status: response.status, retryAfter: response.retry_after, keepsConnection: response.keeps_connection,
          content: Array(bytes[response.content_offset..<end]))
      default: throw TransportError(size == 0 ? "the connection was closed" : "the answer is not HTTP")
      }
    }
  }

  /// Reads the head of an answer and not a byte more; returns its status.
  func readHead(_ deadline: Deadline) throws(TransportError) -> UInt32 {
    var head: [UInt8] = []
    var byte: [UInt8] = [0]
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      guard head.count < Int(AXZ_RESPONSE_BYTES_MAX), try read(&byte, from: 0, deadline) == 1 else {
        throw TransportError("the answer is not HTTP")
      }
      head += byte
    }
    // "HTTP/1.x nnn" (RFC 9112, 4).
    guard head.starts(with: "HTTP/1.".utf8), head.count > 12,
      let status = UInt32(String(decoding: head[9..<12], as: UTF8.self))
    else { throw TransportError("the answer is not HTTP") }
    return status
  }

  /// Fills the array from a place on; 0 at the end of the stream.
  func read(_ bytes: inout [UInt8], from start: Int, _ deadline: Deadline) throws(TransportError) -> Int {
    while true {
      if let tls { return try tls.read(&bytes, from: start, deadline) }
      // SAFETY: recv(2) writes at most what is left of the array.
      let count = unsafe bytes.withUnsafeMutableBytes { memory in
        unsafe recv(socket.descriptor, memory.baseAddress.map { unsafe $0 + start }, memory.count - start, 0)
      }
      if count >= 0 { return count }
      let code = axz_errno()
      if code == EAGAIN { try socket.wait(POLLIN, deadline) } else if code != EINTR { throw TransportError(code: code) }
    }
  }
}
