import EventLoop
import HTTP2
import System

/// HTTP/2 on a connection.
final class HTTP2Connection {
  /// How often streams are looked at for passed deadlines.
  private static let deadlinePeriod: Duration = .milliseconds(200)

  unowned let connection: ServerConnection
  private let context: LoopContext
  private var session: HTTP2ServerSession?
  private var streams: [Int32: HTTP2Stream] = [:]
  private var isReceiving = false
  private var isBroken = false
  private var drainStep = 0
  private let began: Instant
  private var drainAt = Instant.distantFuture
  private var overlargeHeadCount = 0
  /// Bytes of responses that the peer has not taken.
  private(set) var unreadByteCount = 0

  private init(_ connection: ServerConnection) {
    self.connection = connection
    context = connection.context
    began = context.loop.now
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
  var isResting: Bool { streams.isEmpty && drainAt == .distantFuture && drainStep == 0 }
  /// Whether the peer leaves so much unread that it gets no new streams.
  var isUnread: Bool { unreadByteCount > context.limits.unreadBytesMax }
  var isDone: Bool { isBroken || session?.isDone ?? true }

  /// Takes everything.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
    isReceiving = true
    defer { isReceiving = false }
    do throws(HTTP2Error) {
      try unsafe session?.receive(bytes)
      if overlargeHeadCount > context.limits.overlargeHeadCountMax { session?.terminate(.enhanceYourCalm) }
    } catch {
      // The connection cannot go on; nghttp2 has queued a GOAWAY where the protocol allows one.
      isBroken = true
      connection.closeWhenFlushed()
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
      isBroken = true
      connection.closeWhenFlushed()
    }
  }

  func flushLater() {
    if !isReceiving { connection.flushLater() }
  }

  func remove(_ id: Int32) { streams[id] = nil }

  func noteOverlargeHead() { overlargeHeadCount += 1 }

  func noteUnread(_ byteCount: Int) { unreadByteCount += byteCount }

  func outputTaken() {
    for stream in streams.values where stream.mayWait { stream.roomMayBeBack() }
  }

  /// Tells the peer to open no new streams; a moment later, that none are taken any more.
  func drain() {
    guard drainStep == 0 else { return }
    // A client that has just connected gets a moment to use the connection before it is told to go.
    if context.loop.now < began + Self.deadlinePeriod {
      drainAt = began + Self.deadlinePeriod
      return
    }
    drainStep = 1
    drainAt = context.loop.now + Self.deadlinePeriod
    session?.submitShutdownNotice()
  }

  func deadline(_ now: Instant, idle: Instant) -> Instant {
    if drainAt != .distantFuture { return drainAt }
    return streams.isEmpty ? idle : now + Self.deadlinePeriod
  }

  func timedOut() {
    let now = context.loop.now
    if drainAt <= now {
      drainAt = .distantFuture
      if drainStep == 0 {
        drain()
      } else {
        drainStep = 2
        session?.submitGoAway()
      }
    } else if streams.isEmpty {
      // Idle for long: end as a server that drains does.
      if drainStep == 2 { connection.close() } else { drain() }
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
