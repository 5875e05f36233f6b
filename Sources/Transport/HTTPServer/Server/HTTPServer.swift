package import Base
package import EventLoop
import Synchronization
package import System
package import TLS

/// Where a server listens, and what bounds it.
package struct HTTPServerConfiguration: Sendable {
  package var listeners: [(address: SocketAddress, tls: TLSContext?)]
  package var limits = HTTPServerLimits()
  /// Whether to listen on ports on which another process of the same user listens, and to share them with it until it
  /// ends.
  ///
  /// Otherwise a port must be free.
  package var takesOverPorts = false

  package init(listeners: [(address: SocketAddress, tls: TLSContext?)], limits: HTTPServerLimits = HTTPServerLimits()) {
    self.listeners = listeners
    self.limits = limits
  }
}

/// Serves HTTP/1.1, HTTP/2 and gRPC on the same ports; the first bytes of a connection show which it is.
///
/// Connections stay on the loop that accepted them. With a TLS context a listener speaks TLS only, with ALPN.
package final class HTTPServer: Sendable {
  /// Where the server listens, in the order of the configuration, with the ports that the kernel chose for port 0.
  package let addresses: [SocketAddress]
  private let contexts: [LoopContext]
  private let limits: HTTPServerLimits
  private let encoders: ResponseEncoders
  private let logger: Logger

  /// Listens on every address, on every loop.
  ///
  /// A port is shared among the loops (SO_REUSEPORT), and with another process only when the configuration says so:
  /// two servers that share a port unknowingly would get a part of the requests each.
  ///
  /// - Parameter willEncode: called on the thread that compresses a large body, before it does.
  package init(
    configuration: HTTPServerConfiguration, loops group: EventLoopGroup, router: any HTTPRouter, logger: Logger,
    willEncode: @escaping @Sendable () -> Void = {}
  ) throws(SystemError) {
    let limits = configuration.limits
    let encoders = ResponseEncoders(threadCount: max(1, group.loops.count / 2), willEncode: willEncode)
    let perAddress = limits.connectionsPerAddressMax
    let open = OpenConnections(
      countMax: limits.connectionCountMax, perPeerMax: perAddress == 0 ? limits.connectionCountMax / 2 : perAddress)
    let held = HeldBytesTotal(bytesMax: limits.heldBytesMax, loopCount: group.loops.count)
    var contexts: [LoopContext] = []
    for (index, loop) in group.loops.enumerated() {
      contexts.append(
        LoopContext(
          loop: loop, index: index, limits: limits, openConnections: open, held: held, encoders: encoders,
          logger: logger))
    }
    self.contexts = contexts
    self.encoders = encoders
    self.logger = logger
    self.limits = limits
    var addresses: [SocketAddress] = []
    for (index, listener) in configuration.listeners.enumerated() {
      var bound = listener.address
      for context in contexts {
        let sharesPort = context !== contexts.first || configuration.takesOverPorts
        let descriptor = try Self.listen(bound, sharingPort: sharesPort, logger)
        if let local = try Socket.localAddress(of: descriptor.rawValue) { bound = local }
        Self.start(descriptor, index, context, router, listener.tls)
      }
      logger.info("listening", LogField("address", bound), LogField("tls", listener.tls != nil))
      addresses.append(bound)
    }
    self.addresses = addresses
  }

  private static func listen(
    _ address: SocketAddress, sharingPort: Bool, _ logger: Logger
  ) throws(SystemError) -> FileDescriptor {
    do throws(SystemError) {
      let descriptor = try Socket.listen(address, sharingPort: sharingPort)
      // The other loops join in.
      try Socket.sharePort(descriptor.rawValue)
      return descriptor
    } catch {
      logger.error("cannot listen", LogField("address", address), LogField("error", error))
      throw error
    }
  }

  private static func start(
    _ descriptor: consuming FileDescriptor, _ index: Int, _ context: LoopContext, _ router: any HTTPRouter,
    _ tls: TLSContext?
  ) {
    let number = descriptor.release()
    context.loop.execute {
      let listener = Listener(index, context: context, router: router, tls: tls)
      context.listeners.append(listener)
      do throws(SystemError) {
        try listener.start(FileDescriptor(takingOwnershipOf: number))
      } catch {
        preconditionFailure("epoll does not take a listening socket: \(error)")
      }
    }
  }

  /// What happened so far, over all loops.
  package var statistics: HTTPServerStatistics {
    var statistics = HTTPServerStatistics()
    for context in contexts { context.counters.add(to: &statistics) }
    return statistics
  }

  /// Ends gracefully: takes connections that wait, closes the listeners, lets requests finish, tells clients to go.
  ///
  /// Nobody is reset who has begun to connect: for ``HTTPServerLimits/handoverDuration`` the listeners take what was begun
  /// and begin nothing new, then they close.
  ///
  /// - Parameter deadline: after this time what is left is closed.
  /// - Returns: connections that had to be closed with work in them.
  @discardableResult
  package func drain(deadline: Duration) async -> Int {
    // Every loop stops listening before the first client is told to go, or it might come back to another loop.
    await dropNewHandshakes()
    for context in contexts {
      await withCheckedContinuation { continuation in
        context.loop.execute {
          context.stopListening()
          continuation.resume()
        }
      }
    }
    let cut = await withTaskGroup(of: Int.self) { tasks in
      for context in contexts { tasks.addTask { await Self.drain(context, deadline) } }
      return await tasks.reduce(0, +)
    }
    encoders.stop()
    return cut
  }

  /// Waits until whoever has begun to connect is in a listener's queue.
  private func dropNewHandshakes() async {
    for context in contexts {
      let failure: SystemError? = await withCheckedContinuation { continuation in
        context.loop.execute { continuation.resume(returning: context.dropNewHandshakes()) }
      }
      guard let failure else { continue }
      // Some sandboxes forbid filters. The listeners then close at once, as they would without this step.
      logger.warning("new connections may be reset while the server stops", LogField("error", failure))
      return
    }
    // Cancellation only shortens the wait.
    try? await Task.sleep(for: limits.handoverDuration)
  }

  private static func drain(_ context: LoopContext, _ grace: Duration) async -> Int {
    await withCheckedContinuation { continuation in
      let once = Mutex<CheckedContinuation<Int, Never>?>(continuation)
      let finish = OnceFlag(once)
      context.loop.execute {
        let timer = LoopTimer { finish.resume(context.closeAll()) }
        context.loop.arm(timer, after: grace)
        context.drain { finish.resume(0) }
      }
    }
  }
}

/// Resumes a continuation the first time only.
private final class OnceFlag: Sendable {
  private let continuation: Mutex<CheckedContinuation<Int, Never>?>

  init(_ continuation: consuming sending Mutex<CheckedContinuation<Int, Never>?>) { self.continuation = continuation }

  func resume(_ value: Int) {
    let taken = continuation.withLock { continuation in
      let taken = continuation
      continuation = nil
      return taken
    }
    taken?.resume(returning: value)
  }
}
