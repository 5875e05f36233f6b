import EventLoop
import HTTP1
import HTTP2
import HTTPTypes
import System

/// One stream of an HTTP/2 connection: does what its state machine says.
final class HTTP2Stream: HTTP2StreamHandler {
  let id: Int32
  unowned let session: HTTP2ServerSession
  unowned let connection: HTTP2Connection
  let context: LoopContext
  let exchange: Exchange
  // SAFETY: these three call nothing, so nothing comes back to them while they change.
  @safe @exclusivity(unchecked) var machine: HTTP2StreamStateMachine
  @safe @exclusivity(unchecked) private var budget: FieldBlockBudget
  @safe @exclusivity(unchecked) var body = HTTP2ResponseBody()
  /// The response while the machine holds it.
  var held: HTTP2Response?
  /// What the account counts for the head.
  private var headByteCount = 0
  /// What the account counts for the response.
  private var responseByteCount = 0

  init(_ id: Int32, session: HTTP2ServerSession, connection: HTTP2Connection) {
    self.id = id
    self.session = session
    self.connection = connection
    context = connection.loopContext
    machine = HTTP2StreamStateMachine(now: context.loop.now)
    budget = FieldBlockBudget(countMax: context.limits.headFieldCountMax, bytesMax: context.limits.headBytesMax)
    exchange = Exchange(connection.connection)
    exchange.head.beginHTTP2()
  }

  // MARK: Requests

  func received(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
    let cost = FieldBlockBudget.cost(nameBytes: name.count, valueBytes: value.count)
    switch budget.spend(cost) {
    case .isFarTooLarge: return refuseFields(431)
    case .isTooLarge: return true
    case .fits: break
    }
    // Trailer fields are dropped, since no route asks for them.
    guard case .receivingHead = machine.state else { return true }
    guard exchange.account.hold(cost) else { return refuseFields(503) }
    headByteCount += cost
    unsafe exchange.head.appendHTTP2(name: name, value: value)
    return true
  }

  /// Responds to a head that is not read to its end, and skips the rest.
  ///
  /// The reset that follows would overtake a body.
  private func refuseFields(_ status: Int) -> Bool {
    connection.noteOverlargeHead()
    switch machine.refusedFields() {
    case .ignore: return false
    case .reset: break
    case .respondAndReset:
      context.counters.http2.add()
      context.counters.answered(status)
      context.fieldList.removeAll()
      context.fieldList.append(":status", text: "\(status)")
      session.respond(id, fields: context.fieldList, hasBody: false)
    }
    reset(.none)
    return false
  }

  func receivedHead() {
    let isTooLarge = budget.isExceeded
    budget.reset()
    switch machine.receivedHead(isTooLarge: isTooLarge, isPeerBehind: connection.isUnread) {
    case .ignore: return
    case .refuseStream: return reset(.refusedStream)
    case .refuseTooLarge:
      exchange.transport = self
      connection.noteOverlargeHead()
      context.counters.http2.add()
      exchange.finish(with: ProtocolProblem.response(431, "the head is too large"))
    case .start:
      exchange.transport = self
      let contentLength = exchange.head.field(.contentLength).flatMap { Int($0) }
      exchange.start(
        connection.router, expectsContinue: exchange.head.isValue(.expect, "100-continue"),
        contentLength: contentLength)
    }
  }

  func receivedBody(_ bytes: UnsafeRawBufferPointer) {
    let action = machine.receivedBody(byteCount: bytes.count)
    if case .deliver = action { return unsafe exchange.received(bytes) }
    session.consume(bytes.count, of: id)
    switch action {
    case .deliver, .discard: break
    case .discardAndSendHeld: sendHeld()
    case .discardAndStopRequest: reset(.none)
    }
  }

  func receivedEnd() {
    switch machine.receivedEnd() {
    case .deliver: unsafe exchange.receivedEnd()
    case .sendHeld: sendHeld()
    case .ignore: break
    }
  }

  func closed(code: UInt32) {
    exchange.detach()
    releaseHead()
    releaseResponse(responseByteCount)
    connection.remove(id)
  }

  // MARK: Time

  /// When the stream has waited long enough for what it waits for now.
  var deadline: Instant {
    machine.deadline(limits: context.limits, exchange: exchange.deadline, hasQueued: body.queuedByteCount > 0)
  }

  func timeOut() {
    switch machine.timedOut(now: context.loop.now, hasQueued: body.queuedByteCount > 0) {
    case .closeConnection:
      context.counters.timedOut.add()
      connection.connection.close()
    case .timeOutExchange: exchange.timeOut()
    case .sendHeld: sendHeld()
    case .resetStalled:
      context.counters.timedOut.add()
      reset(.cancel)
    case .stopRequest: reset(.none)
    case .ignore: break
    }
  }

  /// Whether a producer may wait until the peer has taken more.
  var mayWait: Bool { body.queuedByteCount > 0 }

  func roomMayBeBack() { exchange.roomMayBeBack() }

  // MARK: Memory

  func releaseHead() {
    exchange.head.release()
    exchange.account.release(headByteCount)
    headByteCount = 0
  }

  /// Counts bytes of the response unless there is no room for them.
  func holdResponse(_ byteCount: Int) -> Bool {
    guard exchange.account.hold(byteCount) else { return false }
    responseByteCount += byteCount
    connection.noteUnread(byteCount)
    return true
  }

  private func releaseResponse(_ byteCount: Int) {
    exchange.account.release(byteCount)
    responseByteCount -= byteCount
    connection.noteUnread(-byteCount)
  }

  /// Gives the memory of a response back as soon as nghttp2 has it.
  func release(_ freed: HTTP2ResponseBody.Freed) {
    switch freed {
    case .nothing: break
    case .bytes(let count): releaseResponse(count)
    case .everything: releaseResponse(responseByteCount)
    }
  }

  /// Cuts the stream off; the machine is there already.
  func reset(_ code: HTTP2ErrorCode) {
    session.reset(id, code)
    connection.flushLater()
  }
}
