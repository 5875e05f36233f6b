import EventLoop
import HTTP2
import System

/// HTTP/2 on a connection: a session, its streams, and what the state machine says.
final class HTTP2Connection {
  unowned let connection: ServerConnection
  private let context: LoopContext
  // SAFETY: a machine calls nothing, so nothing comes back to it while it changes.
  @safe @exclusivity(unchecked) private var machine: HTTP2ConnectionStateMachine
  private var session: HTTP2ServerSession?
  private var streams: [Int32: HTTP2Stream] = [:]
  /// Whether the session is at work on bytes, in which it cannot be asked for output.
  private var isReceiving = false
  /// Bytes of responses that the peer has not taken.
  private(set) var unreadByteCount = 0

  private init(_ connection: ServerConnection) {
    self.connection = connection
    context = connection.context
    machine = HTTP2ConnectionStateMachine(now: context.loop.now)
  }

  /// Nil when nghttp2 has no memory for a session.
  static func make(_ connection: ServerConnection) -> HTTP2Connection? {
    let made = HTTP2Connection(connection)
    var settings = HTTP2Settings()
    settings.concurrentStreamsMax = made.context.limits.concurrentStreamsMax
    settings.headerListBytesMax = UInt32(clamping: made.context.limits.headBytesMax)
    do throws(HTTP2Error) {
      made.session = try HTTP2ServerSession(settings: settings) { [unowned made] session, id in
        let stream = HTTP2Stream(id, session: session, connection: made)
        made.streams[id] = stream
        return stream
      }
    } catch {
      return nil
    }
    if made.context.isDraining { made.drain() }
    return made
  }

  var router: any HTTPRouter { connection.router }
  var loopContext: LoopContext { context }
  /// Whether there is no stream, and no end under way.
  var isResting: Bool { streams.isEmpty && machine.isServing }
  /// Whether the peer leaves so much unread that it gets no new streams.
  var isUnread: Bool { unreadByteCount > context.limits.unreadBytesMax }
  var isDone: Bool { machine.isBroken || session?.isDone ?? true }

  /// Takes everything.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
    isReceiving = true
    defer { isReceiving = false }
    do throws(HTTP2Error) {
      try unsafe session?.receive(bytes)
      if machine.received(overlargeHeadCountMax: context.limits.overlargeHeadCountMax) {
        session?.terminate(.enhanceYourCalm)
      }
    } catch {
      // nghttp2 has queued a GOAWAY where the protocol allows one.
      fail()
    }
    return bytes.count
  }

  /// Moves frames to the output, until there is enough for one send.
  func pump() {
    guard let session, !isReceiving else { return }
    do throws(HTTP2Error) {
      while connection.output.count < context.limits.highWaterBytes {
        guard try unsafe session.withOutput({ unsafe connection.output.append($0) }) else { return }
      }
    } catch {
      fail()
    }
  }

  private func fail() {
    machine.failed()
    connection.closeWhenFlushed()
  }

  func flushLater() {
    if !isReceiving { connection.flushLater() }
  }

  func remove(_ id: Int32) { streams[id] = nil }

  func noteOverlargeHead() { machine.receivedOverlargeHead() }

  func noteUnread(_ byteCount: Int) { unreadByteCount += byteCount }

  func outputTaken() {
    for stream in streams.values where stream.mayWait { stream.roomMayBeBack() }
  }

  /// Asks the peer to open no new streams; a moment later, none are accepted.
  func drain() {
    if machine.drain(now: context.loop.now) { session?.submitShutdownNotice() }
  }

  func deadline(_ now: Instant, idle: Instant) -> Instant {
    machine.deadline(now: now, isIdle: streams.isEmpty, idle: idle)
  }

  func timedOut() {
    let now = context.loop.now
    switch machine.timedOut(now: now, isIdle: streams.isEmpty) {
    case .announce: session?.submitShutdownNotice()
    case .goAway: session?.submitGoAway()
    case .close: connection.close()
    case .ignore: break
    }
    for stream in Array(streams.values) where !connection.isClosed && stream.deadline <= now { stream.timeOut() }
  }

  func closed() {
    session?.abandon()
    // The handlers' streams hold the session; without them it goes.
    session = nil
    streams.removeAll()
  }
}
