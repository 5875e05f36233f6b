import EventLoop
import GRPC
import HTTP1
import HTTP2
import HTTPTypes
import Platform

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
  var isDone: Bool { isBroken || session?.isDone ?? true }

  /// Takes everything.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
    isReceiving = true
    defer { isReceiving = false }
    do throws(HTTP2Error) {
      try unsafe session?.receive(bytes)
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

/// One stream of an HTTP/2 connection.
final class HTTP2Stream: HTTP2StreamHandler, ExchangeTransport {
  /// An answer that needs no body waits this long, and for this many bytes, for the end of the request: curl 7.88
  /// hangs when the whole answer comes before it sent its body.
  private static let patience: Duration = .seconds(1)
  private static let patienceBytes = 64 << 10
  /// How far a request is read on after its early answer. A reset at once would make clients fail before they read it.
  private static let discardedBytesMax = 4 << 20

  private let id: Int32
  private unowned let session: HTTP2ServerSession
  private unowned let connection: HTTP2Connection
  private let context: LoopContext
  private let exchange: Exchange
  private var isHeadDone = false
  private var isHeadTooLarge = false
  private var hasRequestEnded = false
  private var expectsContinue = false
  /// When the answer was complete although the request was not.
  private var answered: Instant?
  private var discardedByteCount = 0
  /// An answer that waits for the end of the request.
  private var deferred: (() -> Void)?
  private var whole: [UInt8] = []
  private var wholeOffset = 0
  private var queue: [[UInt8]] = []
  private var queueIndex = 0
  private var queuedByteCount = 0
  private var isEnded = false
  private var isAborted = false
  private var trailers: HTTP2FieldList?
  private let began: Instant
  /// When bytes of the answer last went out, or began to wait.
  private var progress: Instant

  init(_ id: Int32, session: HTTP2ServerSession, connection: HTTP2Connection) {
    self.id = id
    self.session = session
    self.connection = connection
    context = connection.loopContext
    began = context.loop.now
    progress = began
    exchange = Exchange(connection.connection)
    exchange.head.beginHTTP2()
  }

  /// When the stream has waited long enough for what it waits for now.
  var deadline: Instant {
    if !isHeadDone { return began + context.limits.headTimeout }
    if let answered { return answered + Self.patience }
    if exchange.isFinished || queuedByteCount > 0 { return progress + context.limits.writeTimeout }
    return exchange.deadline
  }
  var mayWait: Bool { queuedByteCount > 0 }

  func timeOut() {
    if deferred != nil { return answerNow() }
    if answered != nil { return stopRequest() }
    if !isHeadDone {
      // Nothing else can come on the connection before the rest of this head.
      context.counters.timedOut.add()
      connection.connection.close()
    } else if exchange.isFinished || queuedByteCount > 0 {
      // The peer keeps its window shut.
      context.counters.timedOut.add()
      session.reset(id, .cancel)
      connection.flushLater()
    } else {
      exchange.timeOut()
    }
  }

  func roomMayBeBack() { exchange.roomMayBeBack() }

  // MARK: Requests

  func received(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    // Trailer fields are dropped: no route asks for them.
    guard !isHeadDone, !isHeadTooLarge else { return }
    if exchange.head.byteCount + name.count + value.count > context.limits.headBytesMax {
      isHeadTooLarge = true
      return
    }
    unsafe exchange.head.appendHTTP2(name: name, value: value)
  }

  func receivedHead() {
    isHeadDone = true
    exchange.transport = self
    if isHeadTooLarge {
      let response = Problem.response(431, "the head is too large")
      context.counters.http2.add()
      return exchange.finish(with: response)
    }
    expectsContinue = exchange.head.isValue(.expect, "100-continue")
    let contentLength = exchange.head.field(.contentLength).flatMap { Int($0) }
    exchange.start(connection.router, expectsContinue: expectsContinue, contentLength: contentLength)
  }

  func receivedBody(_ bytes: UnsafeRawBufferPointer) {
    if exchange.isFinished {
      session.consume(bytes.count, of: id)
      discardedByteCount += bytes.count
      if discardedByteCount > Self.patienceBytes, deferred != nil { answerNow() }
      if discardedByteCount > Self.discardedBytesMax, answered != nil { stopRequest() }
      return
    }
    unsafe exchange.received(bytes)
  }

  func receivedEnd() {
    hasRequestEnded = true
    if deferred != nil { return answerNow() }
    unsafe exchange.receivedEnd()
  }

  func bodyTaken(_ byteCount: Int) {
    session.consume(byteCount, of: id)
    connection.flushLater()
  }

  func closed(code: UInt32) {
    exchange.detach()
    connection.remove(id)
  }

  // MARK: Answers

  func sendContinue() {
    var fields = HTTP2FieldList()
    fields.constant(":status", "100")
    session.respondInterim(id, fields: fields)
    connection.flushLater()
  }

  func send(status: Int, contentType: String, fields: HTTPFields, body: [UInt8], isBodySent: Bool) {
    guard hasRequestEnded || answered != nil else {
      return answerLater { [unowned self] in
        send(status: status, contentType: contentType, fields: fields, body: body, isBodySent: isBodySent)
      }
    }
    beginFields(status, contentType, fields)
    if status != 204, status != 304 { context.fieldList.append("content-length", text: "\(body.count)") }
    let hasBody = isBodySent && !body.isEmpty
    if hasBody { whole = body }
    progress = context.loop.now
    isEnded = true
    session.respond(id, fields: context.fieldList, hasBody: hasBody)
    if !hasBody { answerEnded() }
    connection.flushLater()
  }

  func begin(status: Int, fields: HTTPFields, isBodySent: Bool) {
    beginFields(status, "", fields)
    if let length = fields["content-length"] { context.fieldList.append("content-length", text: length) }
    session.respond(id, fields: context.fieldList, hasBody: isBodySent)
    connection.flushLater()
  }

  func write(_ bytes: [UInt8]) {
    if queuedByteCount == 0 { progress = context.loop.now }
    queue.append(bytes)
    queuedByteCount += bytes.count
    session.resume(id)
    connection.flushLater()
  }

  func finish() {
    isEnded = true
    session.resume(id)
    connection.flushLater()
  }

  func sendGRPC(message: [UInt8]?, outcome: GRPCOutcome) {
    guard hasRequestEnded || answered != nil else {
      return answerLater { [unowned self] in sendGRPC(message: message, outcome: outcome) }
    }
    context.fieldList.removeAll()
    context.fieldList.constant(":status", "200")
    context.fieldList.constant("content-type", "application/grpc")
    context.fieldList.constant("grpc-accept-encoding", "identity,deflate,gzip,zstd")
    isEnded = true
    if let message {
      whole = GRPCFrame.encode(message)
      progress = context.loop.now
      trailers = Self.okTrailers
      session.respond(id, fields: context.fieldList, hasBody: true)
    } else {
      // Trailers-Only (PROTOCOL-HTTP2, "Responses").
      Self.append(outcome, to: &context.fieldList)
      session.respond(id, fields: context.fieldList, hasBody: false)
      answerEnded()
    }
    connection.flushLater()
  }

  func abort() {
    isAborted = true
    session.reset(id, .internalError)
    connection.flushLater()
  }

  var unsentByteCount: Int { queuedByteCount }

  func nextBody(into buffer: UnsafeMutableRawBufferPointer) -> HTTP2BodyPart {
    if isAborted { return .failed }
    var count = 0
    if wholeOffset < whole.count {
      count = min(buffer.count, whole.count - wholeOffset)
      unsafe whole.withUnsafeBytes {
        unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[wholeOffset..<wholeOffset + count]))
      }
      wholeOffset += count
    } else {
      count = unsafe takeQueued(into: buffer)
    }
    let isLast = isEnded && wholeOffset == whole.count && queuedByteCount == 0
    if count > 0 { progress = context.loop.now }
    if isLast { answerEnded() }
    if isLast { return trailers.map { .lastBeforeTrailers(count, $0) } ?? .last(count) }
    return count == 0 ? .later : .some(count)
  }

  private func answerLater(_ answer: @escaping () -> Void) {
    deferred = answer
    answered = context.loop.now
  }

  private func answerNow() {
    let answer = deferred
    deferred = nil
    answer?()
  }

  private func answerEnded() {
    if !hasRequestEnded { answered = context.loop.now }
  }

  /// Asks the peer to stop sending a request that was answered early (RFC 9113, section 8.1).
  private func stopRequest() {
    answered = nil
    session.reset(id, .none)
    connection.flushLater()
  }

  private func takeQueued(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    while queuedByteCount > 0, filled < buffer.count {
      let piece = queue[0]
      let count = min(buffer.count - filled, piece.count - queueIndex)
      unsafe piece.withUnsafeBytes {
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[queueIndex..<queueIndex + count]))
      }
      filled += count
      queueIndex += count
      queuedByteCount -= count
      if queueIndex == piece.count {
        queue.removeFirst()
        queueIndex = 0
      }
    }
    return filled
  }

  private func beginFields(_ status: Int, _ contentType: String, _ fields: HTTPFields) {
    context.fieldList.removeAll()
    if status == 200 {
      context.fieldList.constant(":status", "200")
    } else {
      context.fieldList.append(":status", text: "\(status)")
    }
    if !contentType.isEmpty { context.fieldList.append("content-type", text: contentType) }
    for field in fields.fields where !Self.isOfConnection(field.name) {
      context.fieldList.append(name: field.name, text: field.value)
    }
    context.fieldList.append("date", bytes: context.loop.httpDate())
  }

  /// Fields that have no place in HTTP/2 (RFC 9113, section 8.2.2), and the length, which we set.
  private static func isOfConnection(_ name: String) -> Bool {
    switch name {
    case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length": true
    default: false
    }
  }

  private static let okTrailers: HTTP2FieldList = {
    var fields = HTTP2FieldList()
    fields.constant("grpc-status", "0")
    return fields
  }()

  private static func append(_ outcome: GRPCOutcome, to fields: inout HTTP2FieldList) {
    fields.append("grpc-status", text: "\(outcome.status.rawValue)")
    if !outcome.message.isEmpty { fields.append("grpc-message", bytes: outcome.encodedMessage) }
    if let details = outcome.encodedDetails { fields.append("grpc-status-details-bin", bytes: details) }
  }
}
