import EventLoop
import Platform
import TLS

/// One accepted connection: moves bytes between the socket and the protocol that the peer speaks.
final class ServerConnection: ChannelHandler, BatchFlushing, @unchecked Sendable {  // confined to its loop
  /// What the peer speaks.
  private enum Speaker {
    /// Fewer bytes came than tell the two apart. Can transition to: http1, http2.
    case unknown
    case http1(HTTP1Connection)
    case http2(HTTP2Connection)
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
  var output = ByteQueue()
  private var input = ByteQueue()
  private var speaker: Speaker = .unknown
  private let tls: TLSConnection?
  private var isShakingHands: Bool
  private var channel: Channel?
  private let timer = LoopTimer()
  private(set) var isClosed = false
  private var isReadingPaused = false
  private var isFlushQueued = false
  private var closesAfterFlush = false
  private var isLingering = false
  private var lingeredByteCount = 0
  private var hasPeerEnded = false
  private var headBegan: Instant?
  private var writeStalled = false

  private init(
    _ number: Int32, context: LoopContext, router: any HTTPRouter, tls: TLSContext?, peer: SocketAddress,
    listener: Int
  ) throws(TLSError) {
    self.context = context
    self.router = router
    self.peer = peer
    self.listener = listener
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
      close()
    }
  }

  // MARK: Reading

  /// Stops taking bytes from the socket, so that the peer is held back.
  func pauseReading() {
    isReadingPaused = true
    updateInterest()
  }

  func resumeReading() {
    guard isReadingPaused else { return }
    isReadingPaused = false
    updateInterest()
    // OpenSSL may hold bytes that epoll does not know of.
    if tls != nil { context.loop.execute { [weak self] in self?.read() } }
  }

  private func read() {
    var count = 0
    while !isClosed, !isReadingPaused, !hasPeerEnded {
      switch unsafe receive(into: context.readBuffer) {
      case .bytes(0)?: peerEnded()
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
      if used < bytes.count, !isClosed { unsafe input.append(UnsafeRawBufferPointer(rebasing: bytes[used...])) }
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
    if input.count > context.limits.headBytesMax { pauseReading() } else { resumeReading() }
  }

  private func process(_ bytes: UnsafeRawBufferPointer) -> Int {
    switch speaker {
    case .http1(let connection): return unsafe connection.receive(bytes)
    case .http2(let connection): return unsafe connection.receive(bytes)
    case .unknown: break
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
    // A client may close its sending side and still wait for its answer.
    if case .http1(let connection) = speaker, connection.waitsForAnswer, !isLingering { return }
    close()
  }

  // MARK: Writing

  /// Sends the output, as far as the socket takes it.
  func flush() {
    guard !isClosed, !isShakingHands else { return }
    while true {
      if case .http2(let connection) = speaker { connection.pump() }
      if output.isEmpty || isClosed { break }
      guard let transfer = unsafe send(output.bytes) else { return close() }
      guard case .bytes(let count) = transfer else {
        writeStalled = true
        break
      }
      context.counters.sent.add(count)
      output.removeFirst(count)
      writeStalled = false
    }
    if isClosed { return }
    if output.isEmpty {
      writeStalled = false
      output.removeAll()
      if case .http2(let connection) = speaker, connection.isDone { closesAfterFlush = true }
      if closesAfterFlush, !isLingering { return linger() }
    }
    updateInterest()
    updateTimer()
    switch speaker {
    case .http1(let connection): connection.outputTaken()
    case .http2(let connection): connection.outputTaken()
    case .unknown: break
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
    isReadingPaused = false
    input.removeAll()
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

  // MARK: Interest and timeouts

  private func updateInterest() {
    guard let channel else { return }
    let reading: EventSet = isReadingPaused || hasPeerEnded ? EventSet(rawValue: 0) : .reading
    context.loop.setInterest(writeStalled ? reading.with(.writable) : reading, of: channel)
  }

  /// Sets the deadline of what the connection waits for now.
  func updateTimer() {
    guard !isClosed, !isLingering else { return }
    let limits = context.limits
    let now = context.loop.now
    if !input.isEmpty, headBegan == nil { headBegan = now } else if input.isEmpty { headBegan = nil }
    let deadline: Instant
    if writeStalled {
      deadline = now + limits.writeTimeout
    } else if isShakingHands {
      deadline = now + limits.headTimeout
    } else {
      let idle = now + (context.isDraining ? limits.drainIdleTimeout : limits.idleTimeout)
      switch speaker {
      case .unknown: deadline = input.isEmpty ? idle : (headBegan ?? now) + limits.headTimeout
      case .http1(let connection):
        deadline = connection.deadline(now, idle: idle, head: headBegan.map { $0 + limits.headTimeout })
      case .http2(let connection): deadline = connection.deadline(now, idle: idle)
      }
    }
    if deadline == .distantFuture {
      context.loop.cancel(timer)
    } else {
      context.loop.arm(timer, at: deadline)
    }
  }

  private func timedOut() {
    if isLingering || writeStalled || isShakingHands {
      if !isLingering { context.counters.timedOut.add() }
      return close()
    }
    switch speaker {
    case .unknown: close()
    case .http1(let connection): connection.timedOut()
    case .http2(let connection): connection.timedOut()
    }
    if !isClosed { flush() }
  }
}
