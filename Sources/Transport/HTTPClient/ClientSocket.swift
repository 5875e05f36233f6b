import EventLoop
import Glibc
import HTTP1
import System
import TLS

/// The socket of a connection with what waits to be sent and what was received, plain or under TLS.
struct ClientSocket: ~Copyable {
  enum Received { case bytes, wouldBlock, end }

  /// Bytes asked for by one receive; 16 KiB, one TLS record.
  private static let receiveBytes = 16 << 10

  var output = ByteQueue()
  var input = ByteQueue()
  /// Bytes the kernel has taken since the exchange began.
  var sentBytes = 0
  private var channel: Channel?
  private var security: TLSConnection?

  mutating func connect(to address: SocketAddress, handler: any ChannelHandler, loop: EventLoop) throws(SystemError) {
    let channel = Channel(try Socket.connect(to: address).take(), handler: handler)
    // A connection that is established at once is writable at once, so both cases continue in the handler.
    try loop.add(channel, interest: [.writable])
    self.channel = channel
  }

  func connectError() throws(SystemError) -> SystemError? {
    guard let channel else { return nil }
    return try Socket.error(of: channel.number)
  }

  mutating func secure(host: String, context: TLSContext) throws(TLSError) {
    guard let channel else { return }
    security = try TLSConnection(connecting: channel.number, host: host, context: context)
  }

  func handshake() throws(TLSError) -> TLSConnection.Progress {
    guard let security else { preconditionFailure("a handshake without TLS") }
    return try security.handshake()
  }

  func setInterest(_ interest: EventSet, _ loop: EventLoop) {
    if let channel { loop.setInterest(interest, of: channel) }
  }

  /// Sends until everything is gone or the kernel has no room.
  mutating func flush() throws {
    guard let channel else { return }
    while !output.isEmpty {
      let sent: Int
      if let security {
        switch try unsafe security.write(output.bytes) {
        case .done(let count): sent = count
        case .wantsRead, .wantsWrite: return
        case .closed: throw SystemError(call: "send", code: EPIPE)
        }
      } else {
        guard case .bytes(let count) = try unsafe Socket.send(channel.number, output.bytes) else { return }
        sent = count
      }
      output.removeFirst(sent)
      sentBytes += sent
    }
  }

  /// Receives once into ``input``.
  mutating func receive() throws -> Received {
    guard let channel else { return .end }
    var outcome = Received.wouldBlock
    var failure: (any Error)?
    let security = security
    unsafe input.append(countMax: Self.receiveBytes) { room in
      do {
        if let security {
          switch try unsafe security.read(into: room) {
          case .done(let count):
            outcome = .bytes
            return count
          case .wantsRead, .wantsWrite: outcome = .wouldBlock
          case .closed: outcome = .end
          }
        } else if case .bytes(let count) = try unsafe Socket.receive(channel.number, into: room) {
          outcome = count == 0 ? .end : .bytes
          return count
        }
      } catch {
        failure = error
      }
      return 0
    }
    if let failure { throw failure }
    return outcome
  }

  mutating func releaseMemory() {
    output.removeAll(retainedBytesMax: 4 << 10)
    input.removeAll(retainedBytesMax: Self.receiveBytes)
  }

  mutating func close(_ loop: EventLoop) {
    security?.sendCloseNotify()
    security = nil
    if let channel { loop.close(channel) }
    channel = nil
    output.removeAll()
    input.removeAll()
  }
}

extension SystemError {
  static var hostUnreachable: Int32 { EHOSTUNREACH }

  /// Whether the peer has gone, as opposed to a fault of this machine.
  var isDisconnection: Bool { code == ECONNRESET || code == EPIPE || code == ENOTCONN }
}
