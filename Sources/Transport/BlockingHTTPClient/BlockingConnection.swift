import Glibc
import System
import TLS

/// A connection whose calls wait, with or without TLS.
struct BlockingConnection: ~Copyable {
  private let descriptor: FileDescriptor
  private let tls: TLSConnection?

  private init(_ descriptor: consuming FileDescriptor, _ tls: TLSConnection?) {
    self.descriptor = descriptor
    self.tls = tls
  }

  /// Connects to the first address of a host that responds.
  static func open(_ server: ServerURL, timeout: Duration) throws(BlockingHTTPError) -> BlockingConnection {
    var reason = "the name has no address"
    do {
      for address in try SocketAddress.resolve(host: server.host, port: server.port) {
        do {
          return try connect(to: address, server, timeout)
        } catch let error as BlockingHTTPError where error.kind != .unreachable {
          throw error
        } catch {
          reason = "\(error)"
        }
      }
    } catch let error as BlockingHTTPError {
      throw error
    } catch {
      reason = "\(error)"
    }
    throw BlockingHTTPError(kind: .unreachable, reason: reason)
  }

  private static func connect(
    to address: SocketAddress, _ server: ServerURL, _ timeout: Duration
  ) throws -> BlockingConnection {
    let attempt = try Socket.connect(to: address)
    if !attempt.isConnected {
      guard try wait(attempt.descriptor.rawValue, POLLOUT, timeout) else {
        throw BlockingHTTPError(kind: .unreachable, reason: "\(address) did not respond within \(timeout)")
      }
      if let error = try Socket.error(of: attempt.descriptor.rawValue) { throw error }
    }
    let descriptor = attempt.take()
    guard server.isSecure else { return BlockingConnection(descriptor, nil) }
    do {
      let context = try TLSContext(trustedAuthoritiesFile: nil)
      let tls = try TLSConnection(connecting: descriptor.rawValue, host: server.host, context: context)
      let number = descriptor.rawValue
      _ = try repeated(number, timeout) { try tls.handshake() }
      return BlockingConnection(descriptor, tls)
    } catch let error as TLSError {
      throw BlockingHTTPError(kind: .protocolBroken, reason: "\(error)")
    }
  }

  borrowing func send(_ bytes: [UInt8], timeout: Duration) throws {
    var offset = 0
    while offset < bytes.count {
      let rest = Array(bytes[offset...])
      if let tls {
        // SAFETY: the array's memory lives during the call.
        let count = try Self.repeated(descriptor.rawValue, timeout) {
          try unsafe rest.withUnsafeBytes { bytes in try unsafe tls.write(bytes) }
        }
        offset += count ?? 0
      } else {
        // SAFETY: the array's memory lives during the call.
        let number = descriptor.rawValue
        let transfer = try unsafe rest.withUnsafeBytes { bytes in try unsafe Socket.send(number, bytes) }
        if case .bytes(let count) = transfer { offset += count } else { try Self.waitOrThrow(number, POLLOUT, timeout) }
      }
    }
  }

  /// The next bytes; nil at the end of the stream.
  borrowing func receive(timeout: Duration) throws -> [UInt8]? {
    let number = descriptor.rawValue
    if let tls {
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      let count = try Self.repeated(number, timeout) {
        // SAFETY: the array's memory lives during the call.
        try unsafe buffer.withUnsafeMutableBytes { bytes in try unsafe tls.read(into: bytes) }
      }
      return count.map { Array(buffer[..<$0]) }
    }
    while true {
      if let bytes = try descriptor.read(countMax: 64 << 10) { return bytes.isEmpty ? nil : bytes }
      try Self.waitOrThrow(number, POLLIN, timeout)
    }
  }

  /// Repeats a step of TLS until it has moved bytes; nil when the peer has closed.
  private static func repeated(
    _ number: Int32, _ timeout: Duration, _ step: () throws -> TLSConnection.Progress
  ) throws -> Int? {
    while true {
      switch try step() {
      case .done(let count): return count
      case .closed: return nil
      case .wantsRead: try waitOrThrow(number, POLLIN, timeout)
      case .wantsWrite: try waitOrThrow(number, POLLOUT, timeout)
      }
    }
  }

  private static func waitOrThrow(_ number: Int32, _ events: Int32, _ timeout: Duration) throws {
    guard try wait(number, events, timeout) else {
      throw BlockingHTTPError(kind: .timeout, reason: "the server was silent for \(timeout)")
    }
  }

  /// poll(2): false after the timeout.
  private static func wait(_ number: Int32, _ events: Int32, _ timeout: Duration) throws(SystemError) -> Bool {
    var entry = pollfd(fd: number, events: Int16(events), revents: 0)
    let milliseconds = Int32(clamping: timeout.wholeNanoseconds / 1_000_000)
    // SAFETY: one pollfd that lives through the call.
    return try checkedCall("poll") { unsafe poll(&entry, 1, milliseconds) } > 0
  }
}
