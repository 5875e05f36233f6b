import EventLoop
import System
import TLS

/// One accepted connection: moves bytes between the socket and the protocol that the peer speaks.
final class ServerConnection: ChannelHandler, BatchFlushing, @unchecked Sendable {  // confined to its loop
  /// What the peer speaks.
  enum Speaker {
    /// Fewer bytes came than tell the two apart. Can transition to: http1, http2.
    case unknown
    case http1(HTTP1Connection)
    case http2(HTTP2Connection)
  }

  /// Why no bytes are taken from the socket.
  struct Pauses: OptionSet {
    let rawValue: Int

    /// The body of a request waits to be taken.
    static let body = Pauses(rawValue: 1)
    /// Requests or responses wait.
    static let backlog = Pauses(rawValue: 2)
  }

  /// The bytes that every HTTP/2 connection begins with (RFC 9113, section 3.4).
  private static let preface = [UInt8]("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  /// Reads of one event, so that one fast peer does not starve the others.
  private static let readCountMax = 4
  /// Bytes thrown away while the peer has not yet noticed that it was refused.
  private static let lingerBytesMax = 4 << 20

  let context: LoopContext
  let router: any HTTPRouter
  let peer: SocketAddress
  let listener: Int
  let account: PeerAccount
  var output = ByteQueue()
  var input = ByteQueue()
  var speaker: Speaker = .unknown
  let tls: TLSConnection?
  var isShakingHands: Bool
  var channel: Channel?
  let timer = LoopTimer()
  private(set) var isClosed = false
  var pauses: Pauses = []
  private var isFlushQueued = false
  private var closesAfterFlush = false
  var isLingering = false
  private var lingeredByteCount = 0
  var hasPeerEnded = false
  var headBegan: Instant?
  var writeStalled = false
  /// When the socket last took bytes, or output began to wait for it.
  var writeProgress: Instant
  /// When bytes last came or went.
  var lastActivity: Instant
  /// What the account counts for ``input`` and ``output``.
  private var queuedByteCount = 0

  private init(
    _ number: Int32, context: LoopContext, router: any HTTPRouter, tls: TLSContext?, peer: SocketAddress,
    listener: Int
  ) throws(TLSError) {
    self.context = context
    self.router = router
    self.peer = peer
    self.listener = listener
    account = PeerAccount(context.held, bytesMax: context.limits.connectionHeldBytesMax)
    writeProgress = context.loop.now
    lastActivity = context.loop.now
    self.tls = if let tls { try TLSConnection(accepting: number, context: tls) } else { nil }
    isShakingHands = tls != nil
  }

  static func start(
    _ descriptor: consuming FileDescriptor, context: LoopContext, router: any HTTPRouter, tls: TLSContext?,
    peer: SocketAddress, listener: Int
  ) throws {
    let number = descriptor.rawValue
    try Socket.setNoDelay(number)
    let connection = try ServerConnection(
      number, context: context, router: router, tls: tls, peer: peer, listener: listener)
    let channel = Channel(descriptor, handler: connection)
    connection.channel = channel
    connection.timer.action = { [unowned connection] in connection.timedOut() }
    try context.loop.add(channel, interest: .reading)
    context.add(connection)
    connection.updateTimer()
    if context.isDraining { connection.drain() }
  }

  var isTLS: Bool { tls != nil }

  // MARK: Events

  func channelReady(_ events: EventSet) {
    if events.hasAny(of: .failed) { return close() }
    if isShakingHands { return shakeHands() }
    if events.hasAny(of: .writable) { flush() }
    if !isClosed, events.hasAny(of: .readWorthy) { read() }
  }

  func flushBatch() {
    isFlushQueued = false
    flush()
  }

  /// Sends what was written at the end of the present batch.
  func flushLater() {
    guard !isFlushQueued, !isClosed else { return }
    isFlushQueued = true
    context.loop.flushAfterBatch(self)
  }

  private func shakeHands() {
    guard let tls, let channel else { return }
    do throws(TLSError) {
      switch try tls.handshake() {
      case .done:
        isShakingHands = false
        context.loop.setInterest(.reading, of: channel)
        updateTimer()
        read()
      case .wantsRead: context.loop.setInterest([.readable], of: channel)
      case .wantsWrite: context.loop.setInterest([.writable], of: channel)
      case .closed: close()
      }
    } catch {
      error.isPlainRequest ? refusePlainRequest() : close()
    }
  }

  // MARK: Reading

  /// Whether so many responses wait that no further request is begun.
  var isOutputFull: Bool { output.count > context.limits.highWaterBytes }

  /// Stops taking bytes from the socket, so that the peer is held back.
  func pauseReading() { setPause(.body, true) }

  func resumeReading() { setPause(.body, false) }

  private func setPause(_ pause: Pauses, _ isPaused: Bool) {
    let old = pauses
    if isPaused { pauses.insert(pause) } else { pauses.remove(pause) }
    guard pauses.isEmpty != old.isEmpty else { return }
    updateInterest()
    // OpenSSL may hold bytes that epoll does not know of.
    if tls != nil, pauses.isEmpty { context.loop.execute { [weak self] in self?.read() } }
  }

  /// Holds a peer back that sends requests faster than it reads responses, or than they are answered.
  private func updateBacklog() {
    let limits = context.limits
    guard case .http1 = speaker, !isLingering else { return }
    let isBehind = pauses.contains(.backlog) ? output.count > limits.lowWaterBytes : isOutputFull
    setPause(.backlog, isBehind || input.count > limits.headBytesMax)
  }

  /// Counts what waits in the two queues; a peer whose bytes find no room is closed.
  private func countQueued() {
    let queued = input.count + output.count
    if queued < queuedByteCount {
      account.release(queuedByteCount - queued)
    } else if !account.hold(queued - queuedByteCount) {
      context.counters.overfull.add()
      return close()
    }
    queuedByteCount = queued
  }

  private func read() {
    var count = 0
    while !isClosed, pauses.isEmpty, !hasPeerEnded {
      switch unsafe receive(into: context.readBuffer) {
      case .bytes(0)?: peerEnded()
      case .bytes(let received)?:
        context.counters.received.add(received)
        lastActivity = context.loop.now
        unsafe take(UnsafeRawBufferPointer(rebasing: context.readBuffer[..<received]))
        count += 1
        // A short read of a plain socket means that it is empty; TLS is read until it says so.
        if tls == nil, unsafe received < context.readBuffer.count || count == Self.readCountMax { return flush() }
      case .wouldBlock?: return flush()
      case nil: return close()
      }
    }
    flush()
  }

  /// Nil when the connection is broken.
  private func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer? {
    guard let channel else { return nil }
    do {
      guard let tls else { return try unsafe Socket.receive(channel.number, into: buffer) }
      switch try unsafe tls.read(into: buffer) {
      case .done(let count): return .bytes(count)
      case .wantsRead, .wantsWrite: return .wouldBlock
      case .closed: return .bytes(0)
      }
    } catch {
      // The peer reset the connection or broke the protocol: there is nobody to tell.
      return nil
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    if isLingering {
      lingeredByteCount += bytes.count
      if lingeredByteCount > Self.lingerBytesMax { close() }
      return
    }
    if input.isEmpty {
      let used = unsafe process(bytes)
      guard used < bytes.count, !isClosed else { return }
      unsafe input.append(UnsafeRawBufferPointer(rebasing: bytes[used...]))
      updateBacklog()
    } else {
      unsafe input.append(bytes)
      processInput()
    }
  }

  /// Goes on with bytes that waited for the answer before them.
  func processInput() {
    guard !input.isEmpty, !isClosed, !isLingering else { return }
    let used = unsafe process(input.bytes)
    input.removeFirst(used)
    if input.isEmpty { input.removeAll() }
    updateBacklog()
  }

  private func process(_ bytes: UnsafeRawBufferPointer) -> Int {
    switch speaker {
    case .http1(let connection): return unsafe connection.receive(bytes)
    case .http2(let connection): return unsafe connection.receive(bytes)
    case .unknown: break
    }
    if tls == nil, unsafe bytes.first == Self.tlsHandshake {
      refuseTLS()
      return bytes.count
    }
    let compared = min(bytes.count, Self.preface.count)
    for index in 0..<compared where unsafe bytes[index] != Self.preface[index] {
      let connection = HTTP1Connection(self)
      speaker = .http1(connection)
      return unsafe connection.receive(bytes)
    }
    guard compared == Self.preface.count else { return 0 }
    guard let connection = HTTP2Connection.make(self) else {
      close()
      return bytes.count
    }
    speaker = .http2(connection)
    return unsafe connection.receive(bytes)
  }

  private func peerEnded() {
    hasPeerEnded = true
    updateInterest()
    // A client may close its sending side and still wait for its answers.
    guard case .http1(let connection) = speaker, !isLingering, connection.peerEnded() || !output.isEmpty else {
      return close()
    }
  }

  // MARK: Writing

  /// Sends the output, as far as the socket takes it.
  func flush() {
    guard !isClosed, !isShakingHands else { return }
    sendOutput()
    if isClosed { return }
    if output.isEmpty {
      writeStalled = false
      output.removeAll()
      if case .http2(let connection) = speaker, connection.isDone { closesAfterFlush = true }
      if closesAfterFlush, !isLingering { return linger() }
    }
    // Requests that came while too many responses waited.
    if output.count <= context.limits.lowWaterBytes {
      processInput()
      if isClosed { return }
      if !output.isEmpty, !writeStalled { flushLater() }
    }
    updateBacklog()
    if hasPeerEnded, output.isEmpty, case .http1(let connection) = speaker, connection.isBetweenRequests {
      return close()
    }
    countQueued()
    if isClosed { return }
    updateInterest()
    updateTimer()
    switch speaker {
    case .http1(let connection): connection.outputTaken()
    case .http2(let connection): connection.outputTaken()
    case .unknown: break
    }
  }

  private func sendOutput() {
    while true {
      if case .http2(let connection) = speaker { connection.pump() }
      if output.isEmpty || isClosed { return }
      guard let transfer = unsafe send(output.bytes) else { return close() }
      guard case .bytes(let count) = transfer else {
        if !writeStalled { writeProgress = context.loop.now }
        writeStalled = true
        return
      }
      context.counters.sent.add(count)
      output.removeFirst(count)
      lastActivity = context.loop.now
      writeStalled = false
    }
  }

  private func send(_ bytes: UnsafeRawBufferPointer) -> Transfer? {
    guard let channel else { return nil }
    do {
      guard let tls else { return try unsafe Socket.send(channel.number, bytes) }
      switch try unsafe tls.write(bytes) {
      case .done(let count): return .bytes(count)
      case .wantsRead, .wantsWrite: return .wouldBlock
      case .closed: return nil
      }
    } catch {
      // The peer is gone.
      return nil
    }
  }

  // MARK: Ending

  /// Closes once everything written is sent.
  func closeWhenFlushed() { closesAfterFlush = true }

  /// Ends our side and waits for the peer's, so that it reads our last answer before it sees a reset.
  private func linger() {
    guard let channel, !hasPeerEnded else { return close() }
    isLingering = true
    pauses = []
    input.removeAll()
    countQueued()
    tls?.sendCloseNotify()
    do throws(SystemError) {
      try Socket.finishSending(channel.number)
    } catch {
      return close()
    }
    updateInterest()
    context.loop.arm(timer, after: .seconds(2))
  }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    context.loop.cancel(timer)
    switch speaker {
    case .http1(let connection): connection.closed()
    case .http2(let connection): connection.closed()
    case .unknown: break
    }
    account.close()
    if let channel { context.loop.close(channel) }
    channel = nil
    context.remove(self)
  }

  /// Lets what was begun finish and takes nothing new.
  func drain() {
    switch speaker {
    case .http2(let connection): connection.drain()
    case .http1, .unknown: break
    }
    flush()
    if !isClosed { updateTimer() }
  }
}
