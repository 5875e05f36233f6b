import EventLoop
import System
import TLS

/// One accepted connection: moves bytes between the socket and the protocol that the client speaks, and does what the
/// state machine says.
final class ServerConnection: ChannelHandler, BatchFlushing, @unchecked Sendable {  // confined to its loop
  /// What the client speaks.
  enum Speaker {
    case http1(HTTP1Connection)
    case http2(HTTP2Connection)
  }

  /// Reads of one event, so that one fast client does not starve the others.
  private static let readCountMax = 4
  /// Bytes of one send, which a thread of the kernel copies.
  private static let sendBytesMax = 256 << 10
  /// Bytes sent before the loop looks at its other connections, so that a client that reads fast does not stall them.
  private static let sentBytesMax = 1 << 20

  let context: LoopContext
  let router: any HTTPRouter
  let peer: SocketAddress
  let listener: Int
  let account: PeerAccount
  let tls: TLSConnection?
  let timer = LoopTimer()
  // SAFETY: a machine calls nothing, so nothing comes back to it while it changes.
  @safe @exclusivity(unchecked) var life: ConnectionLifeStateMachine
  var output = ConnectionOutput()
  var input = ByteQueue()
  /// Nil until the protocol is chosen.
  var speaker: Speaker?
  var channel: Channel?
  /// Whether the loop calls ``flushBatch()`` at the end of the present batch.
  private var isFlushQueued = false
  /// Whether the loop goes on with the output in its next batch.
  private var isSendQueued = false
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
    life = ConnectionLifeStateMachine(isTLS: tls != nil, now: context.loop.now, limits: context.limits)
    self.tls = if let tls { try TLSConnection(accepting: number, context: tls) } else { nil }
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
  var isClosed: Bool { life.isClosed }
  var lastActivity: Instant { life.lastActivity }

  // MARK: Events

  func channelReady(_ events: EventSet) {
    if events.hasAny(of: .failed) { return close() }
    if life.isHandshaking { return shakeHands() }
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
        life.handshakeDone()
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

  /// Whether too many responses wait to begin another request.
  var isOutputFull: Bool { output.count > context.limits.highWaterBytes }

  /// Stops taking bytes from the socket, so that the client is held back.
  func pauseReading() { pause(.body) }

  func resumeReading() { resume(.body) }

  private func pause(_ reason: ConnectionLifeStateMachine.Pauses) {
    if life.pause(reason) { updateInterest() }
  }

  private func resume(_ reason: ConnectionLifeStateMachine.Pauses) {
    guard life.resume(reason) else { return }
    updateInterest()
    // OpenSSL may hold bytes that epoll does not know of.
    if tls != nil { context.loop.execute { [weak self] in self?.read() } }
  }

  /// Holds a client back that sends requests faster than it reads responses, or than they are answered.
  private func updateBacklog() {
    let limits = context.limits
    guard case .http1 = speaker else { return }
    let isBehind = life.isPaused(for: .backlog) ? output.count > limits.lowWaterBytes : isOutputFull
    isBehind || input.count > limits.headBytesMax ? pause(.backlog) : resume(.backlog)
  }

  /// Counts what waits in the two queues; a client whose bytes find no room is closed.
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
    while life.mayRead {
      switch unsafe receive(into: context.readBuffer) {
      case .bytes(0)?: clientEnded()
      case .bytes(let received)?:
        context.counters.received.add(received)
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
      // The client reset the connection or broke the protocol: there is no one to send an error to.
      return nil
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    switch life.received(byteCount: bytes.count, now: context.loop.now) {
    case .discard: return
    case .close: return close()
    case .process: break
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

  /// Goes on with bytes that waited for the response before them.
  func processInput() {
    guard !input.isEmpty, !life.isDiscarding else { return }
    let used = unsafe process(input.bytes)
    input.removeFirst(used)
    if input.isEmpty { input.removeAll() }
    updateBacklog()
  }

  private func process(_ bytes: UnsafeRawBufferPointer) -> Int {
    switch speaker {
    case .http1(let connection): unsafe connection.receive(bytes)
    case .http2(let connection): unsafe connection.receive(bytes)
    case nil: unsafe chooseProtocol(bytes)
    }
  }

  private func clientEnded() {
    let action = life.clientEnded()
    updateInterest()
    guard case .askProtocol = action, case .http1(let connection) = speaker else { return close() }
    switch connection.clientEnded(hasOutput: !output.isEmpty) {
    case .keepOpen, .closeWhenFlushed: break
    case .close: close()
    }
  }

  // MARK: Writing

  /// Sends the output, as far as the socket takes it.
  func flush() {
    guard life.mayWrite else { return }
    sendOutput()
    if isClosed { return }
    if output.isEmpty {
      output.removeAll()
      switch life.sentAll(isProtocolDone: isProtocolDone, now: context.loop.now) {
      case .goOn: break
      case .linger: return linger()
      case .close: return close()
      }
    }
    // Requests that came while too many responses waited.
    if output.count <= context.limits.lowWaterBytes {
      processInput()
      if isClosed { return }
      if !output.isEmpty, !life.isStalled, !isSendQueued { flushLater() }
    }
    updateBacklog()
    if life.hasClientEnded, output.isEmpty, case .http1(let connection) = speaker, connection.isBetweenRequests {
      return close()
    }
    countQueued()
    if isClosed { return }
    life.backlogChanged(isEmpty: output.isEmpty && isEverythingTaken, now: context.loop.now)
    updateInterest()
    updateTimer()
    switch speaker {
    case .http1(let connection): connection.outputTaken()
    case .http2(let connection): connection.outputTaken()
    case nil: break
    }
  }

  private var isProtocolDone: Bool {
    if case .http2(let connection) = speaker { connection.isDone } else { false }
  }

  /// Whether the peer's windows let everything into the output.
  private var isEverythingTaken: Bool {
    if case .http2(let connection) = speaker { connection.unreadByteCount == 0 } else { true }
  }

  private func sendOutput() {
    var sentByteCount = 0
    while true {
      if case .http2(let connection) = speaker { connection.pump() }
      if output.isEmpty || isClosed { return }
      guard sentByteCount < Self.sentBytesMax else { return sendInNextBatch() }
      guard let transfer = unsafe output.withNext(Self.sendBytesMax, { unsafe send($0) }) else { return close() }
      guard case .bytes(let count) = transfer else { return life.stalled(now: context.loop.now) }
      context.counters.sent.add(count)
      output.removeFirst(count)
      sentByteCount += count
      life.sent(byteCount: count, now: context.loop.now)
    }
  }

  private func sendInNextBatch() {
    guard !isSendQueued else { return }
    isSendQueued = true
    context.loop.execute { [weak self] in
      guard let self else { return }
      isSendQueued = false
      flush()
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
      // The client is gone.
      return nil
    }
  }

  // MARK: Ending

  /// Closes once everything written is sent.
  func closeWhenFlushed() { life.finish() }

  /// Ends our side and waits for the client's, so that it reads our last response before it sees a reset.
  private func linger() {
    input.removeAll()
    countQueued()
    guard let channel else { return }
    tls?.sendCloseNotify()
    do throws(SystemError) {
      try Socket.finishSending(channel.number)
    } catch {
      return close()
    }
    updateInterest()
    updateTimer()
  }

  func close() {
    guard life.close() else { return }
    context.loop.cancel(timer)
    switch speaker {
    case .http1(let connection): connection.closed()
    case .http2(let connection): connection.closed()
    case nil: break
    }
    account.close()
    if let channel { context.loop.close(channel) }
    channel = nil
    context.remove(self)
  }

  /// Lets what was begun finish and takes nothing new.
  func drain() {
    if case .http2(let connection) = speaker { connection.drain() }
    flush()
    if !isClosed { updateTimer() }
  }
}
