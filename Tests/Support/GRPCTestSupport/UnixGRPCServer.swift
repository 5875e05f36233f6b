package import GRPC
import Glibc
import HTTP2
import Synchronization
import System

/// A server of gRPC on a socket in the file system, on a thread of its own, one connection after the other.
package final class UnixGRPCServer: Sendable {
  /// What it does with a call.
  package enum Reply: Sendable {
    case message([UInt8])
    case status(GRPCStatus, String)
    /// Bytes of a body as they are, with the status OK.
    case body([UInt8])
    /// Closes the connection.
    case close
    /// Leaves the caller without a response until the server is stopped.
    case silence
    /// Bytes that are no HTTP/2.
    case garbage([UInt8])
    /// Many fields.
    case fields(Int)
  }

  package let path: String
  private let reply: @Sendable (_ method: String) -> Reply
  private let isStopped = Mutex(false)
  private let heard = Mutex<[String]>([])
  private let listener: Int32

  /// The methods that were called, in their order.
  package var methods: [String] { heard.withLock { $0 } }

  package init(path: String, reply: @escaping @Sendable (_ method: String) -> Reply) throws {
    self.path = path
    self.reply = reply
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // SAFETY: paths of tests are shorter than the field, which copyBytes checks.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    // SAFETY: the address lives during the call.
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0, listen(listener, 8) == 0 else { throw SystemError(call: "bind", code: errno) }
    let thread = try System.Thread(name: "grpc-test") { [self] in serve() }
    thread.detach()
  }

  /// Ends the server and removes its socket.
  package func stop() {
    isStopped.withLock { $0 = true }
    _ = unsafe unlink(path)
  }

  private func wait(_ number: Int32) -> Bool {
    while !isStopped.withLock({ $0 }) {
      var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
      // SAFETY: one pollfd that lives through the call.
      if unsafe poll(&entry, 1, 20) > 0 { return true }
    }
    return false
  }

  private func serve() {
    defer { close(listener) }
    while wait(listener) {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { continue }
      answer(connection)
      close(connection)
    }
  }

  private func answer(_ connection: Int32) {
    let state = ConnectionState()
    guard
      let session = try? HTTP2ServerSession(
        settings: HTTP2Settings(),
        makeHandler: { [self] session, stream in
          CallHandler(session, stream) { [self] method in
            heard.withLock { $0.append(method) }
            let reply = reply(method)
            state.reply = reply
            return reply
          }
        })
    else { return }
    defer { session.abandon() }
    while wait(connection) {
      // SAFETY: the array's memory lives during the call.
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, count in
        unsafe count = max(0, recv(connection, buffer.baseAddress, buffer.count, 0))
      }
      guard !bytes.isEmpty else { return }
      do {
        // SAFETY: the array's memory lives during the call.
        try unsafe bytes.withUnsafeBytes { bytes in try unsafe session.receive(bytes) }
        switch state.reply {
        case .close: return
        case .garbage(let bytes): write(bytes, connection)
        default: break
        }
        try flush(session, connection)
      } catch {
        return
      }
    }
  }

  private func flush(_ session: HTTP2ServerSession, _ connection: Int32) throws {
    // SAFETY: the session lends its bytes during the call.
    while try unsafe session.withOutput({ bytes in unsafe write(Array(bytes), connection) }) {}
  }

  private func write(_ bytes: [UInt8], _ connection: Int32) {
    // SAFETY: the array's memory lives during the call.
    _ = unsafe bytes.withUnsafeBytes { bytes in
      unsafe send(connection, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
  }
}

private final class ConnectionState {
  var reply: UnixGRPCServer.Reply?
}

/// One call.
private final class CallHandler: HTTP2StreamHandler {
  private let session: HTTP2ServerSession
  private let stream: Int32
  private let reply: (String) -> UnixGRPCServer.Reply
  private var method = ""
  private var body: [UInt8] = []

  init(_ session: HTTP2ServerSession, _ stream: Int32, reply: @escaping (String) -> UnixGRPCServer.Reply) {
    self.session = session
    self.stream = stream
    self.reply = reply
  }

  func received(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
    // SAFETY: both are lent during the call, and copied.
    if unsafe String(decoding: name, as: UTF8.self) == ":path" {
      method = unsafe String(decoding: value, as: UTF8.self)
    }
    return true
  }

  func receivedHead() {}
  func receivedBody(_ bytes: UnsafeRawBufferPointer) { session.consume(bytes.count, of: stream) }
  func closed(code: UInt32) {}

  func receivedEnd() {
    var fields = HTTP2FieldList()
    fields.constant(":status", "200")
    fields.constant("content-type", "application/grpc")
    switch reply(method) {
    case .message(let message):
      body = GRPCFrame.encode(message)
      session.respond(stream, fields: fields, hasBody: true)
    case .body(let bytes):
      body = bytes
      session.respond(stream, fields: fields, hasBody: true)
    case .status(let status, let message):
      // A response of trailers only.
      fields.append("grpc-status", text: "\(status.rawValue)")
      fields.append("grpc-message", bytes: GRPCOutcome(status, message).encodedMessage)
      session.respond(stream, fields: fields, hasBody: false)
    case .fields(let count):
      for number in 0..<count { fields.append(name: "x-\(number)", text: String(repeating: "v", count: 100)) }
      session.respond(stream, fields: fields, hasBody: false)
    case .close, .silence, .garbage: break
    }
  }

  func nextBody(into buffer: UnsafeMutableRawBufferPointer) -> HTTP2BodyPart {
    let count = min(buffer.count, body.count)
    // SAFETY: `count` is within both.
    unsafe buffer.copyBytes(from: body[..<count])
    body.removeFirst(count)
    guard body.isEmpty else { return .some(count) }
    var trailers = HTTP2FieldList()
    trailers.constant("grpc-status", "0")
    return .lastBeforeTrailers(count, trailers)
  }
}
