import EventLoop
import GRPC
import HTTP1
import HTTPTypes
import System

/// HTTP/1 on a connection: one request at a time, the next when the answer before it is complete.
final class HTTP1Connection: ExchangeTransport {
  /// What is expected next.
  private enum Phase {
    /// A head. Can transition to: body, waiting, closed.
    case head
    /// The rest of a body. Can transition to: waiting, head, closed.
    case body
    /// The answer. Can transition to: head, closed.
    case waiting
    /// Nothing more is read.
    case closed
  }

  /// A body that nobody wants is read to its end up to this size, so that the connection can be used again.
  private static let discardedBytesMax = 64 << 10

  private unowned let connection: ServerConnection
  private let context: LoopContext
  private let exchange: Exchange
  private var phase: Phase = .head
  private var search = HeadSearch()
  private var reader: MessageBodyReader?
  private var minorVersion: UInt8 = 1
  private var isKeepAlive = true
  private var isBodyDone = false
  private var isBodyDiscardable = false
  private var isAnswered = false
  private var isReceiving = false
  private var isChunked = false
  private var untakenByteCount = 0
  /// What the account counts for the head.
  private var headByteCount = 0
  private var bodyProgress = Instant(nanoseconds: 0)

  init(_ connection: ServerConnection) {
    self.connection = connection
    context = connection.context
    exchange = Exchange(connection)
  }

  /// Whether the next thing to come is a head.
  var isBetweenRequests: Bool { if case .head = phase { true } else { false } }

  /// Notes that nothing more comes; true when a whole request waits for its answer.
  func peerEnded() -> Bool {
    guard case .waiting = phase, !exchange.isStreaming else { return false }
    // Most clients that end their side are gone, and a long query is not worth going on with. One that still reads gets
    // whatever the handler makes of the cancellation.
    exchange.peerEnded()
    return true
  }

  // MARK: Requests

  /// Takes what it can; the rest is to be given again, with more behind it.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
    isReceiving = true
    defer { isReceiving = false }
    var offset = 0
    while offset < bytes.count, !connection.isClosed {
      switch phase {
      case .head:
        // A peer that does not read gets no further answers to keep for it.
        guard !connection.isOutputFull, unsafe takeHead(bytes, &offset) else { return offset }
      case .body: unsafe takeBody(bytes, &offset)
      case .waiting: return offset
      case .closed: return bytes.count
      }
    }
    return offset
  }

  /// False when the head is not whole.
  private func takeHead(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) -> Bool {
    let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
    do throws(HTTP1Error) {
      // SAFETY: the bytes live and do not change while the span is used.
      let span = unsafe Span<UInt8>(_unsafeBytes: rest)
      guard try context.parser.parse(span, search: &search) else { return false }
      search = HeadSearch()
      let head = context.parser.head
      unsafe exchange.head.fill(from: head, UnsafeRawBufferPointer(rebasing: rest[..<head.byteCount]))
      offset += head.byteCount
      try begin(head)
    } catch {
      offset = bytes.count
      refuse(error)
    }
    return true
  }

  private func begin(_ head: RequestHead) throws(HTTP1Error) {
    minorVersion = head.minorVersion
    isKeepAlive = head.isKeepAlive
    isAnswered = false
    isBodyDone = head.framing == .none
    bodyProgress = context.loop.now
    reader = try MessageBodyReader(head.framing, bodyBytesMax: .max)
    var contentLength: Int?
    if case .length(let length) = head.framing { contentLength = length }
    isBodyDiscardable = (contentLength ?? .max) <= Self.discardedBytesMax && !head.expectsContinue
    phase = isBodyDone ? .waiting : .body
    exchange.transport = self
    if connection.account.hold(head.byteCount) {
      headByteCount = head.byteCount
      exchange.start(connection.router, expectsContinue: head.expectsContinue, contentLength: contentLength)
      if let bodyBytesMax = exchange.bodyBytesMax { reader?.limit(bodyBytesMax: bodyBytesMax) }
      if isBodyDone { unsafe exchange.receivedEnd(whole: UnsafeRawBufferPointer(start: nil, count: 0)) }
    } else {
      exchange.refuseForMemory()
    }
    settle()
  }

  /// Passes a body that came whole without copying it.
  private func takeBody(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) {
    bodyProgress = context.loop.now
    // SAFETY: the bytes live and do not change while the span is used.
    let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
    var held: Range<Int>?
    var isFirst = !hasBodyBegun
    do throws(HTTP1Error) {
      while true {
        guard let step = try reader?.next(span, from: &offset) else { return }
        switch step {
        case .data(let range):
          hasBodyBegun = true
          if let held {
            unsafe feed(UnsafeRawBufferPointer(rebasing: bytes[held]))
            isFirst = false
          }
          held = range
        case .needsMore:
          if let held { unsafe feed(UnsafeRawBufferPointer(rebasing: bytes[held])) }
          return settle()
        case .end:
          bodyEnded()
          if let held, isFirst, !exchange.isStreaming {
            unsafe exchange.receivedEnd(whole: UnsafeRawBufferPointer(rebasing: bytes[held]))
          } else {
            if let held { unsafe feed(UnsafeRawBufferPointer(rebasing: bytes[held])) }
            unsafe exchange.receivedEnd()
          }
          return settle()
        }
      }
    } catch {
      offset = bytes.count
      refuse(error)
    }
  }

  private var hasBodyBegun = false

  private func bodyEnded() {
    isBodyDone = true
    hasBodyBegun = false
    phase = .waiting
  }

  private func feed(_ bytes: UnsafeRawBufferPointer) {
    guard exchange.transport != nil, !isAnswered else { return }
    untakenByteCount += bytes.count
    unsafe exchange.received(bytes)
    if untakenByteCount > context.limits.highWaterBytes { connection.pauseReading() }
  }

  func bodyTaken(_ byteCount: Int) {
    untakenByteCount -= byteCount
    if untakenByteCount <= context.limits.lowWaterBytes { connection.resumeReading() }
  }

  /// Moves on when the answer is complete.
  private func settle() {
    guard isAnswered, !connection.isClosed else { return }
    switch phase {
    case .head, .closed: return
    case .body:
      // Answered before the body was whole: read it off if it is small, else end here.
      if !isKeepAlive { finishConnection() }
    case .waiting:
      exchange.transport = nil
      recycle()
      untakenByteCount = 0
      reader = nil
      if isKeepAlive { phase = .head } else { finishConnection() }
    }
  }

  private func finishConnection() {
    phase = .closed
    connection.closeWhenFlushed()
  }

  /// Answers a request that cannot be understood, and ends the connection (RFC 9112, section 2.2).
  private func refuse(_ error: HTTP1Error) {
    isKeepAlive = false
    search = HeadSearch()
    if isAnswered || exchange.transport == nil {
      minorVersion = 1
      let response = ProtocolProblem.response(error.status, error.rawValue)
      context.counters.answered(response.status)
      guard case .bytes(let body) = response.body else { return finishConnection() }
      send(
        status: response.status, contentType: "application/problem+json", fields: [:], body: body, isBodySent: true)
    } else if error == .bodyTooLarge {
      exchange.refuseTooLarge()
    } else {
      exchange.refuse(error.status, .invalidArgument, error.rawValue)
    }
    exchange.detach()
    recycle()
    finishConnection()
  }

  private func recycle() {
    exchange.recycle()
    connection.account.release(headByteCount)
    headByteCount = 0
  }

  // MARK: Answers

  func sendContinue() {
    connection.output.append("HTTP/1.1 100 Continue\r\n\r\n")
    connection.flushLater()
  }

  func hasRoom(forResponse byteCount: Int) -> Bool {
    // Small ones are counted with the output, which is bounded.
    guard byteCount > context.limits.highWaterBytes else { return true }
    guard connection.account.hold(byteCount) else { return false }
    connection.account.release(byteCount)
    return true
  }

  func send(status: Int, contentType: String, fields: HTTPFields, body: [UInt8], isBodySent: Bool) {
    decideKeepAlive()
    let hasBody = status >= 200 && status != 204 && status != 304
    guard writeHead(status, contentType, fields, framing: hasBody ? .length(body.count) : .none) else {
      return send(
        status: 500, contentType: "text/plain", fields: [:], body: [UInt8]("invalid response head".utf8),
        isBodySent: isBodySent)
    }
    if hasBody, isBodySent { connection.output.append(body) }
    answered()
  }

  func begin(status: Int, fields: HTTPFields, isBodySent: Bool) {
    isChunked = false
    var framing = OutgoingFraming.none
    if let length = fields["content-length"].flatMap({ Int($0) }), length >= 0 {
      framing = .length(length)
    } else if minorVersion == 1 {
      framing = .chunked
      isChunked = isBodySent
    } else {
      isKeepAlive = false
    }
    decideKeepAlive()
    if !writeHead(status, "", fields, framing: framing) { abort() }
    connection.flushLater()
  }

  func write(_ bytes: [UInt8]) {
    if isChunked {
      context.writer.removeAll()
      context.writer.beginChunk(byteCount: bytes.count)
      connection.output.append(context.writer.bytes)
      connection.output.append(bytes)
      connection.output.append("\r\n")
    } else {
      connection.output.append(bytes)
    }
    connection.flushLater()
  }

  func finish() {
    if isChunked { connection.output.append("0\r\n\r\n") }
    answered()
  }

  func sendGRPC(message: [UInt8]?, outcome: GRPCOutcome) {
    preconditionFailure("gRPC was let through on HTTP/1")
  }

  func abort() { connection.close() }

  var unsentByteCount: Int { connection.output.count }

  /// A body that is still to come ends the connection unless it is small, for reading it all would be a service to
  /// an attacker.
  private func decideKeepAlive() {
    if context.isDraining || (!isBodyDone && !isBodyDiscardable) { isKeepAlive = false }
  }

  private func writeHead(
    _ status: Int, _ contentType: String, _ fields: HTTPFields, framing: OutgoingFraming
  ) -> Bool {
    context.writer.removeAll()
    context.writer.beginResponse(status: status)
    do throws(HTTP1Error) {
      if !contentType.isEmpty { try context.writer.field("content-type", contentType) }
      if !fields.fields.isEmpty { try context.writer.fields(fields) }
    } catch {
      return false
    }
    context.writer.framing(framing)
    // No page may guess the type of an answer or use it as its own resource, whatever the answer is.
    context.writer.constantField("x-content-type-options", "nosniff")
    context.writer.constantField("cross-origin-resource-policy", "same-origin")
    if !isKeepAlive {
      context.writer.constantField("connection", "close")
    } else if minorVersion == 0 {
      context.writer.constantField("connection", "keep-alive")
    }
    connection.output.append(context.writer.bytes)
    connection.output.append("date: ")
    connection.output.append(context.loop.httpDate())
    connection.output.append("\r\n\r\n")
    return true
  }

  private func answered() {
    isAnswered = true
    guard !isReceiving else { return }
    settle()
    isReceiving = false
    connection.processInput()
    connection.flushLater()
  }

  // MARK: What the connection asks

  func outputTaken() { exchange.roomMayBeBack() }

  func closed() { exchange.detach() }

  func deadline(_ now: Instant, idle: Instant, head: Instant?) -> Instant {
    switch phase {
    case .head: head ?? idle
    // Nobody waits long for the rest of a body that was answered already.
    case .body where isAnswered: bodyProgress + context.limits.drainIdleTimeout
    case .body: min(exchange.deadline, bodyProgress + context.limits.bodyTimeout)
    case .waiting: exchange.deadline
    case .closed: idle
    }
  }

  func timedOut() {
    switch phase {
    case .head:
      // An idle connection just ends; a head that came too slowly is told so.
      if !context.isDraining { context.counters.timedOut.add() }
      connection.close()
    case .body where isAnswered: connection.close()
    case .body, .waiting:
      isKeepAlive = false
      exchange.timeOut()
      if !isAnswered { connection.close() }
    case .closed: connection.close()
    }
  }
}
