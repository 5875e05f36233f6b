import EventLoop
import GRPC
import HTTP1
import HTTPTypes
import System

/// HTTP/1 on a connection: parses requests and does what the state machine says.
final class HTTP1Connection {
  unowned let connection: ServerConnection
  let context: LoopContext
  private let exchange: Exchange
  // SAFETY: a machine calls nothing, so nothing comes back to it while it changes.
  @safe @exclusivity(unchecked) var machine = HTTP1ExchangeStateMachine()
  private var search = HeadSearch()
  private var reader: MessageBodyReader?
  /// Whether ``receive(_:)`` is running, which continues by itself after a response.
  private var isReceiving = false
  /// What the account counts for the head.
  private var headByteCount = 0

  init(_ connection: ServerConnection) {
    self.connection = connection
    context = connection.context
    exchange = Exchange(connection)
  }

  // MARK: Requests

  /// Takes what it can; the rest must be passed again, followed by more.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
    isReceiving = true
    defer { isReceiving = false }
    var offset = 0
    while offset < bytes.count, !connection.isClosed {
      switch machine.state {
      case .awaitingHead:
        // No further responses are kept for a peer that does not read.
        guard !connection.isOutputFull, unsafe takeHead(bytes, &offset) else { return offset }
      case .receivingBody, .discardingBody: unsafe takeBody(bytes, &offset)
      case .awaitingResponse: return offset
      case .complete: settle()
      case .ended: return bytes.count
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
    reader = try MessageBodyReader(head.framing, bodyBytesMax: .max)
    machine.receivedHead(
      HTTP1ExchangeStateMachine.Head(
        minorVersion: head.minorVersion, isKeepAlive: head.isKeepAlive, framing: head.framing,
        expectsContinue: head.expectsContinue),
      now: context.loop.now)
    exchange.transport = self
    if connection.account.hold(head.byteCount) {
      headByteCount = head.byteCount
      var contentLength: Int?
      if case .length(let length) = head.framing { contentLength = length }
      exchange.start(connection.router, expectsContinue: head.expectsContinue, contentLength: contentLength)
      if let bodyBytesMax = exchange.bodyBytesMax { reader?.limit(bodyBytesMax: bodyBytesMax) }
      if case .none = head.framing {
        unsafe exchange.receivedEnd(whole: UnsafeRawBufferPointer(start: nil, count: 0))
      }
    } else {
      exchange.refuseForMemory()
    }
    settle()
  }

  /// Passes a body that came whole without copying it.
  private func takeBody(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) {
    machine.receivedBody(now: context.loop.now)
    // SAFETY: the bytes live and do not change while the span is used.
    let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
    var held: Range<Int>?
    do throws(HTTP1Error) {
      while true {
        guard let step = try reader?.next(span, from: &offset) else { return }
        switch step {
        case .data(let range):
          if let held { unsafe deliver(UnsafeRawBufferPointer(rebasing: bytes[held])) }
          held = range
        case .needsMore:
          if let held { unsafe deliver(UnsafeRawBufferPointer(rebasing: bytes[held])) }
          return settle()
        case .end:
          machine.receivedEnd()
          if let held, machine.mayDeliverWhole, !exchange.isStreaming {
            unsafe exchange.receivedEnd(whole: UnsafeRawBufferPointer(rebasing: bytes[held]))
          } else {
            if let held { unsafe deliver(UnsafeRawBufferPointer(rebasing: bytes[held])) }
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

  private func deliver(_ bytes: UnsafeRawBufferPointer) {
    guard case .deliver = machine.deliver(byteCount: bytes.count) else { return }
    unsafe exchange.received(bytes)
    if machine.untakenByteCount > context.limits.highWaterBytes { connection.pauseReading() }
  }

  func bodyTaken(_ byteCount: Int) {
    machine.taken(byteCount: byteCount)
    if machine.untakenByteCount <= context.limits.lowWaterBytes { connection.resumeReading() }
  }

  /// Refuses bytes that cannot be understood, and ends the connection.
  private func refuse(_ error: HTTP1Error) {
    search = HeadSearch()
    switch machine.refused() {
    case .respond: respond(to: error)
    case .refuseExchange where error == .bodyTooLarge: exchange.refuseTooLarge()
    case .refuseExchange: exchange.refuse(error.status, .invalidArgument, error.rawValue)
    case .end: break
    }
    finishConnection()
  }

  // MARK: Between requests

  /// Moves on when request and response are complete.
  private func settle() {
    switch machine.settle() {
    case .wait: break
    case .readNextHead:
      exchange.transport = nil
      recycle()
      // What the handler left of the body no longer holds the client back.
      connection.resumeReading()
    case .finish: finishConnection()
    }
  }

  /// Ends the connection once what is written is sent.
  private func finishConnection() {
    machine.end()
    exchange.detach()
    recycle()
    connection.closeWhenFlushed()
  }

  private func recycle() {
    reader = nil
    exchange.recycle()
    connection.account.release(headByteCount)
    headByteCount = 0
  }

  /// The response is complete: continues with the requests that wait behind it.
  func responded() {
    guard !isReceiving else { return }
    settle()
    connection.processInput()
    connection.flushLater()
  }

  // MARK: What the connection asks

  /// Whether the next thing to come is a head.
  var isBetweenRequests: Bool { machine.isBetweenRequests }

  /// Notes that the client sends nothing more.
  func clientEnded(hasOutput: Bool) -> HTTP1ExchangeStateMachine.ClientEndAction {
    let action = machine.clientEnded(hasOutput: hasOutput, now: context.loop.now)
    if case .closeWhenFlushed = action { finishConnection() }
    return action
  }

  func outputTaken() { exchange.roomMayBeBack() }

  func closed() { exchange.detach() }

  func deadline(idle: Instant, head: Instant?) -> Instant {
    machine.deadline(
      limits: context.limits, idle: idle, head: head, exchange: exchange.deadline,
      lastActivity: connection.lastActivity)
  }

  func timedOut() {
    let action = machine.timedOut(
      now: context.loop.now, limits: context.limits, isDraining: context.isDraining, exchange: exchange.deadline,
      lastActivity: connection.lastActivity)
    switch action {
    case .wait: break
    case .close(let isCounted):
      if isCounted { context.counters.timedOut.add() }
      connection.close()
    case .timeOutExchange:
      exchange.timeOut()
      if machine.isResponsePending { connection.close() }
    case .probe: sendContinue()
    }
  }
}
