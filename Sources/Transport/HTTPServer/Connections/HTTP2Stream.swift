import EventLoop
import GRPC
import HTTP1
import HTTP2
import HTTPTypes
import System

/// One stream of an HTTP/2 connection.
final class HTTP2Stream: HTTP2StreamHandler, ExchangeTransport {
  /// An answer that needs no body waits this long, and for this many bytes, for the end of the request: curl 7.88
  /// hangs when the whole answer comes before it sent its body.
  private static let patience: Duration = .seconds(1)
  private static let patienceBytes = 64 << 10
  /// How far a request is read on after its early answer. A reset at once would make clients fail before they read it.
  private static let discardedBytesMax = 4 << 20
  /// An answer of this size, such as that there is no room for another, is given without room.
  private static let noticeBytesMax = 1 << 10

  private let id: Int32
  private unowned let session: HTTP2ServerSession
  private unowned let connection: HTTP2Connection
  private let context: LoopContext
  private let exchange: Exchange
  private var isHeadDone = false
  private var isHeadTooLarge = false
  /// Fields of the present block, head or trailers, and what they count for.
  private var fieldCount = 0
  private var fieldByteCount = 0
  /// What the account counts for the head.
  private var headByteCount = 0
  /// What the account counts for the answer.
  private var answerByteCount = 0
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

  func received(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
    let limits = context.limits
    // RFC 9113, section 10.5.1: 32 bytes for what a field costs besides its text.
    let byteCount = name.count + value.count + 32
    fieldCount += 1
    fieldByteCount += byteCount
    guard fieldCount > limits.headFieldCountMax || fieldByteCount > limits.headBytesMax else {
      // Trailer fields are dropped, since no route asks for them.
      guard !isHeadDone else { return true }
      guard exchange.account.hold(byteCount) else { return refuseHead(503) }
      headByteCount += byteCount
      unsafe exchange.head.appendHTTP2(name: name, value: value)
      return true
    }
    // Twice as much is still looked at, so that an honest client can read why its request is refused.
    guard fieldCount <= 2 * limits.headFieldCountMax, fieldByteCount <= 2 * limits.headBytesMax else {
      return refuseHead(431)
    }
    isHeadTooLarge = true
    return true
  }

  /// Answers a head that is not read to its end, and skips the rest. The reset that follows would overtake a body.
  private func refuseHead(_ status: Int) -> Bool {
    connection.noteOverlargeHead()
    if !isHeadDone {
      context.counters.http2.add()
      context.counters.answered(status)
      context.fieldList.removeAll()
      context.fieldList.append(":status", text: "\(status)")
      session.respond(id, fields: context.fieldList, hasBody: false)
    }
    session.reset(id, .none)
    connection.flushLater()
    return false
  }

  func receivedHead() {
    isHeadDone = true
    fieldCount = 0
    fieldByteCount = 0
    if connection.isUnread {
      // Not begun, so that clients send it again without asking (RFC 9113, section 8.7).
      session.reset(id, .refusedStream)
      return connection.flushLater()
    }
    exchange.transport = self
    if isHeadTooLarge {
      connection.noteOverlargeHead()
      context.counters.http2.add()
      return exchange.finish(with: ProtocolProblem.response(431, "the head is too large"))
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
    releaseHead()
    answerTaken(answerByteCount)
    connection.remove(id)
  }

  private func releaseHead() {
    exchange.head.release()
    exchange.account.release(headByteCount)
    headByteCount = 0
  }

  private func answerTaken(_ byteCount: Int) {
    exchange.account.release(byteCount)
    answerByteCount -= byteCount
    connection.noteUnread(-byteCount)
  }

  // MARK: Answers

  func sendContinue() {
    var fields = HTTP2FieldList()
    fields.constant(":status", "100")
    session.respondInterim(id, fields: fields)
    connection.flushLater()
  }

  func hasRoom(forResponse byteCount: Int) -> Bool {
    // What is said when there is no room must find some.
    let isNotice = byteCount <= Self.noticeBytesMax
    guard exchange.account.hold(byteCount) else { return isNotice }
    answerByteCount += byteCount
    connection.noteUnread(byteCount)
    return true
  }

  func send(status: Int, contentType: String, fields: HTTPFields, body: [UInt8], isBodySent: Bool) {
    releaseHead()
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
    releaseHead()
    beginFields(status, "", fields)
    if let length = fields["content-length"] { context.fieldList.append("content-length", text: length) }
    session.respond(id, fields: context.fieldList, hasBody: isBodySent)
    connection.flushLater()
  }

  func write(_ bytes: [UInt8]) {
    // Producers wait for room, so a stream has little more than the high-water mark here; more than the peer may hold
    // cuts it off.
    guard exchange.account.hold(bytes.count) else { return abort() }
    answerByteCount += bytes.count
    connection.noteUnread(bytes.count)
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
    releaseHead()
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
      if wholeOffset == whole.count, wholeOffset > 0 { wholeTaken() }
    } else {
      count = unsafe takeQueued(into: buffer)
      answerTaken(count)
    }
    let isLast = isEnded && wholeOffset == whole.count && queuedByteCount == 0
    if count > 0 { progress = context.loop.now }
    if isLast { answerEnded() }
    if isLast { return trailers.map { .lastBeforeTrailers(count, $0) } ?? .last(count) }
    return count == 0 ? .later : .some(count)
  }

  /// Gives the memory of an answer back as soon as nghttp2 has all of it.
  private func wholeTaken() {
    whole = []
    wholeOffset = 0
    answerTaken(answerByteCount)
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
    // No page may guess the type of an answer or use it as its own resource, whatever the answer is.
    context.fieldList.constant("x-content-type-options", "nosniff")
    context.fieldList.constant("cross-origin-resource-policy", "same-origin")
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
