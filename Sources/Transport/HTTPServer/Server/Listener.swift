import EventLoop
import Glibc
import System
import TLS

/// A listening socket on one loop.
///
/// Every loop has its own with the same address; the kernel spreads connections.
final class Listener: ChannelHandler {
  /// Connections taken per event, so that a flood of them does not starve those that are open.
  private static let acceptCountMax = 64

  private let context: LoopContext
  private let router: any HTTPRouter
  private let tls: TLSContext?
  private let index: Int
  private var channel: Channel?
  /// Given up for a moment when the process has no descriptors left, so that a connection can be taken and closed.
  private var reserve: FileDescriptor?
  private let retry = LoopTimer()

  init(_ index: Int, context: LoopContext, router: any HTTPRouter, tls: TLSContext?) {
    self.index = index
    self.context = context
    self.router = router
    self.tls = tls
    reserve = Self.makeReserve()
  }

  func start(_ descriptor: consuming FileDescriptor) throws(SystemError) {
    let channel = Channel(descriptor, handler: self)
    self.channel = channel
    try context.loop.add(channel, interest: .readable)
  }

  func channelReady(_ events: EventSet) { accept(countMax: Self.acceptCountMax) }

  /// Begins to hand the port over: no new handshake, while connections that wait are still taken.
  func dropNewHandshakes() throws(SystemError) {
    if let channel { try Socket.dropNewHandshakes(channel.number) }
  }

  /// Accepts what the kernel has already queued, then closes the socket: no established connection is dropped.
  func drain() {
    accept(countMax: .max)
    if let channel { context.loop.close(channel) }
    channel = nil
    context.loop.cancel(retry)
  }

  private func accept(countMax: Int) {
    var count = 0
    while count < countMax, let channel, channel.isOpen {
      count += 1
      do throws(SystemError) {
        guard let accepted = try Socket.accept(from: channel.number) else { return }
        let peer = accepted.peer
        take(accepted.take(), peer)
      } catch {
        return failed(error)
      }
    }
  }

  private func take(_ descriptor: consuming FileDescriptor, _ peer: SocketAddress) {
    context.counters.accepted.add()
    guard context.openConnections.enter(peer) else {
      context.counters.refused.add()
      if tls == nil { refuse(descriptor) }
      return
    }
    do {
      try ServerConnection.start(
        descriptor, context: context, router: router, tls: tls, peer: peer, listener: index)
    } catch {
      // The connection broke before it began; its descriptor is closed by its owner.
      context.openConnections.leave(peer)
    }
  }

  /// Says why, as far as the socket takes it at once.
  private func refuse(_ descriptor: borrowing FileDescriptor) {
    let text: StaticString =
      "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n"
    let bytes = unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    _ = try? unsafe Socket.send(descriptor.rawValue, bytes)
  }

  /// Out of descriptors or memory: closes one waiting connection, then rests a while instead of spinning.
  private func failed(_ error: SystemError) {
    guard let channel else { return }
    context.counters.refused.add()
    reserve = nil
    if let accepted = try? Socket.accept(from: channel.number) { _ = accepted.take() }
    reserve = Self.makeReserve()
    context.loop.setInterest([], of: channel)
    retry.action = { [weak self] in
      guard let self, let channel = self.channel else { return }
      context.loop.setInterest(.readable, of: channel)
    }
    context.loop.arm(retry, after: .milliseconds(100))
  }

  private static func makeReserve() -> FileDescriptor? { try? File.open("/dev/null") }
}
