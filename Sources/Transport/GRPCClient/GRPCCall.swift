import Base
import GRPC
import Glibc
import HTTP2
import HTTPTypes
import System

/// A call of gRPC with one message each way, to a server of this machine, on a connection of its own.
///
/// It waits: keep it off event loops. The protocol is that of
/// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md without compression.
package struct GRPCCall: Sendable {
  /// The path of a socket in the file system.
  package let socketPath: String
  /// `/package.Service/Method`.
  package let method: String
  /// From the beginning of the call to its end.
  package let timeout: Duration
  /// Of the message that comes back.
  package let responseBytesMax: Int

  package init(socketPath: String, method: String, timeout: Duration, responseBytesMax: Int) {
    self.socketPath = socketPath
    self.method = method
    self.timeout = timeout
    self.responseBytesMax = responseBytesMax
  }

  /// Sends a message and returns the one that comes back.
  package func send(_ message: [UInt8]) throws(GRPCCallFailure) -> [UInt8] {
    let deadline = Instant.now + timeout
    do {
      let socket = try Socket.connect(toPath: socketPath)
      let exchange = try HTTP2ClientExchange(
        head, body: GRPCFrame.encode(message),
        limits: .init(bodyBytesMax: responseBytesMax + GRPCFrame.prefixByteCount))
      while exchange.endCode == nil, exchange.refusal == nil {
        guard !exchange.isDone else {
          throw GRPCCallFailure(.protocolBroken, "\(socketPath) does not speak gRPC: what it sent is not HTTP/2")
        }
        try step(exchange, socket, until: deadline)
      }
      return try response(of: exchange)
    } catch let failure as GRPCCallFailure {
      throw failure
    } catch let error as SystemError where error.code == EPIPE || error.code == ECONNRESET {
      throw closed
    } catch let error as SystemError {
      throw GRPCCallFailure(.connection, "\(socketPath) does not respond: \(error)")
    } catch {
      throw GRPCCallFailure(.protocolBroken, "\(socketPath) does not speak gRPC: \(error)")
    }
  }

  private var closed: GRPCCallFailure {
    GRPCCallFailure(.connection, "\(socketPath) closed the connection without a response")
  }

  private var head: HTTP2FieldList {
    var fields = HTTP2FieldList()
    fields.constant(":method", "POST")
    fields.constant(":scheme", "http")
    fields.append(":path", text: method)
    fields.constant(":authority", "localhost")
    fields.constant("te", "trailers")
    fields.constant("content-type", "application/grpc")
    fields.constant("user-agent", "axonize")
    // At most eight digits.
    fields.append("grpc-timeout", text: "\(min(timeout.wholeNanoseconds / 1_000_000, 99_999_999))m")
    return fields
  }

  /// Sends what is to be sent, or else takes what has come, or waits for it.
  private func step(
    _ exchange: HTTP2ClientExchange, _ socket: borrowing FileDescriptor, until deadline: Instant
  ) throws {
    var output = try exchange.nextOutput()[...]
    let number = socket.rawValue
    if output.isEmpty {
      guard let bytes = try socket.read(countMax: 64 << 10) else { return try wait(number, POLLIN, until: deadline) }
      guard !bytes.isEmpty else { throw closed }
      // SAFETY: the array's memory lives during the call.
      return try unsafe bytes.withUnsafeBytes { bytes in try unsafe exchange.receive(bytes) }
    }
    while !output.isEmpty {
      // SAFETY: the array's memory lives during the call.
      let transfer = try unsafe output.withUnsafeBytes { bytes in try unsafe Socket.send(number, bytes) }
      if case .bytes(let count) = transfer {
        output = output.dropFirst(count)
      } else {
        try wait(number, POLLOUT, until: deadline)
      }
    }
  }

  /// poll(2) until there is something, or the time is over.
  private func wait(_ number: Int32, _ events: Int32, until deadline: Instant) throws {
    let left = deadline - Instant.now
    var entry = pollfd(fd: number, events: Int16(events), revents: 0)
    let milliseconds = Int32(clamping: max(0, left.wholeNanoseconds / 1_000_000))
    // SAFETY: one pollfd that lives through the call.
    guard left > .zero, try checkedCall("poll", { unsafe poll(&entry, 1, milliseconds) }) > 0 else {
      throw GRPCCallFailure(.timeout, "\(socketPath) did not respond within \(timeout)")
    }
  }

  private func response(of exchange: HTTP2ClientExchange) throws(GRPCCallFailure) -> [UInt8] {
    if let refusal = exchange.refusal {
      throw GRPCCallFailure(.protocolBroken, "the response of \(socketPath) is too large (\(refusal))")
    }
    let fields = exchange.fields
    guard let number = fields["grpc-status"].flatMap({ Int($0) }) else {
      let reason = fields[":status"].map { "HTTP status \($0)" } ?? "code \(exchange.endCode ?? 0)"
      throw GRPCCallFailure(.protocolBroken, "\(socketPath) responded without a status of gRPC (\(reason))")
    }
    let status = GRPCStatus(rawValue: number) ?? .unknown
    guard status == .ok else {
      let message = fields["grpc-message"].map { PercentEncoding.decode($0) ?? $0 } ?? ""
      throw GRPCCallFailure(.refused(status), "\(socketPath) responded with \(status.name): \(message.prefix(200))")
    }
    // SAFETY: the array's memory lives during the call.
    let frame = unsafe exchange.body.withUnsafeBytes { bytes in unsafe GRPCFrame(bytes) }
    guard let frame, !frame.isCompressed, frame.byteCount == exchange.body.count - GRPCFrame.prefixByteCount else {
      throw GRPCCallFailure(.protocolBroken, "the response of \(socketPath) is not one message of gRPC")
    }
    return Array(exchange.body.dropFirst(GRPCFrame.prefixByteCount))
  }
}
