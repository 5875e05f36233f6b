import Compression
import EventLoop
import GRPC
import HTTP1
import HTTPTypes
import System

/// One request and its response, whichever the protocol.
///
/// An HTTP/1 connection uses one again and again.
final class Exchange: @unchecked Sendable {  // confined to its loop; responders hop there before they touch it
  /// Where the exchange stands.
  enum State {
    /// No request. Can transition to: receiving.
    case idle
    /// The body is coming. Can transition to: handling, finished.
    case receiving
    /// A handler has it. Can transition to: responding, finished.
    case handling
    /// The head of the response is sent, the body follows. Can transition to: finished.
    case responding
    /// Answered, or the peer is gone. Can transition to: receiving.
    case finished
  }

  let context: LoopContext
  let account: PeerAccount
  let head: RequestView
  /// Set as long as there is a client to respond to.
  var transport: (any ExchangeTransport)?
  var state: State = .idle
  private(set) var generation: UInt32 = 0
  var deadline = Instant.distantFuture
  var route: HTTPRoute?
  private var body = ByteQueue()
  var wireBytesMax = 0
  var coding: ContentCoding = .identity
  /// The coding that the client likes best for a large body.
  private(set) var responseCoding: ContentCoding = .identity
  /// What the account counts for a body that a handler has.
  private var handedByteCount = 0
  var task: Task<Void, Never>?
  var requestBody: RequestBody?
  var roomWaiter: CheckedContinuation<Void, any Error>?

  init(_ connection: ServerConnection) {
    context = connection.context
    account = connection.account
    head = RequestView(
      peer: connection.peer, listener: connection.listener, loopIndex: connection.context.index, isTLS: connection.isTLS
    )
  }

  var isFinished: Bool { if case .finished = state { true } else { false } }
  var isStreaming: Bool { requestBody != nil }

  // MARK: The request

  /// The most bytes of a body that is collected before it is decoded; nil when none is.
  var bodyBytesMax: Int? { if case .receiving = state { wireBytesMax } else { nil } }

  /// Begins with a head that was filled in.
  ///
  /// May respond immediately.
  func start(_ router: any HTTPRouter, expectsContinue: Bool, contentLength: Int?) {
    generation &+= 1
    state = .receiving
    coding = .identity
    deadline = context.loop.now + context.limits.requestTimeout
    if head.version == .http1 { context.counters.http1.add() } else { context.counters.http2.add() }
    let route = router.route(head)
    if head.isAuthenticated { account.isKnown = true }
    self.route = route
    switch route {
    case .respond(let response): finish(with: response)
    case .respondGRPC(let outcome): endGRPC(outcome)
    case .raw(let bodyBytesMax, _): accept(bodyBytesMax, expectsContinue, contentLength)
    case .collected(let bodyBytesMax, _):
      responseCoding = ContentCoding.preferred(of: StreamEncoder.codings, by: head.field(.acceptEncoding))
      accept(bodyBytesMax, expectsContinue, contentLength)
    case .grpcUnary(let messageBytesMax, _): acceptGRPC(messageBytesMax)
    case .streaming(let handler):
      deadline = .distantFuture
      startStreaming(handler)
      if expectsContinue { transport?.sendContinue() }
    }
  }

  private func accept(_ bodyBytesMax: Int, _ expectsContinue: Bool, _ contentLength: Int?) {
    wireBytesMax = bodyBytesMax
    if head.has(.contentEncoding) {
      guard let coding = ContentCoding(token: head.field(.contentEncoding) ?? "") else {
        var response = ProtocolProblem.response(
          415, "the content-encoding is not one of gzip, deflate, zstd, snappy, identity")
        response.fields["accept-encoding"] = "gzip, deflate, zstd, snappy"
        return finish(with: response)
      }
      self.coding = coding
    }
    if let contentLength, contentLength > bodyBytesMax { return refuseTooLarge() }
    if expectsContinue { transport?.sendContinue() }
  }

  /// Takes a piece of the body; true when it was kept.
  func received(_ bytes: UnsafeRawBufferPointer) {
    guard case .receiving = state else {
      if let requestBody { unsafe requestBody.push([UInt8](bytes)) } else { transport?.bodyTaken(bytes.count) }
      return
    }
    transport?.bodyTaken(bytes.count)
    guard body.count + bytes.count <= wireBytesMax else { return refuseTooLarge() }
    guard account.hold(bytes.count) else { return refuseForMemory() }
    unsafe body.append(bytes)
  }

  /// Takes the end of the body.
  ///
  /// With the whole body at hand it is passed here and never copied.
  func receivedEnd(whole: UnsafeRawBufferPointer? = nil) {
    if let requestBody { return requestBody.finish() }
    guard case .receiving = state else { return }
    if let whole = unsafe whole, whole.count > wireBytesMax { return refuseTooLarge() }
    state = .handling
    let bytes = unsafe whole ?? body.bytes
    switch route {
    case .raw(let bodyBytesMax, let handler): unsafe handleRaw(bytes, bodyBytesMax, handler)
    case .collected(let bodyBytesMax, let handler): unsafe handleCollected(bytes, bodyBytesMax, handler)
    case .grpcUnary(let messageBytesMax, let handler): unsafe handleGRPC(bytes, messageBytesMax, handler)
    case .streaming, .respond, .respondGRPC, nil: preconditionFailure("a route that takes no whole body")
    }
    releaseBody()
  }

  private func handleRaw(_ bytes: UnsafeRawBufferPointer, _ bodyBytesMax: Int, _ handler: HTTPRoute.RawHandler) {
    guard let decoded = unsafe decode(bytes, coding, bodyBytesMax) else { return }
    unsafe handler(decoded, HTTPResponder(exchange: self, generation: generation))
  }

  private func handleCollected(
    _ bytes: UnsafeRawBufferPointer, _ bodyBytesMax: Int, _ handler: @escaping HTTPRoute.CollectedHandler
  ) {
    guard let decoded = unsafe decode(bytes, coding, bodyBytesMax) else { return }
    guard account.hold(decoded.count) else { return refuseForMemory() }
    handedByteCount = decoded.count
    let request = head.request(body: unsafe [UInt8](decoded))
    let generation = generation
    task = Task(executorPreference: context.loop) { [self] in
      let response = await handler(request)
      await deliver(response, generation, isBodySent: request.method != .head)
    }
  }

  /// Decodes a body within a limit; responds with an error itself when that fails.
  func decode(
    _ bytes: UnsafeRawBufferPointer, _ coding: ContentCoding, _ bytesMax: Int
  ) -> UnsafeRawBufferPointer? {
    do throws(CompressionError) {
      return try unsafe context.decoder.decode(bytes, coding: coding, decodedBytesMax: bytesMax)
    } catch {
      switch error {
      case .tooLarge: refuseTooLarge()
      case .corrupt, .wholeOnly: refuse(400, .invalidArgument, "the body is not valid \(coding.rawValue)")
      case .outOfMemory: refuse(503, .unavailable, "the server is out of memory; send this request again later")
      }
      return nil
    }
  }

  // MARK: Responses

  /// Completes a raw route.
  func complete(
    _ generation: UInt32, status: Int, contentType: String, fields: HTTPFields, body: [UInt8]
  ) {
    guard generation == self.generation, case .handling = state else { return }
    send(status, contentType, fields, body)
  }

  /// Sends a response with a body of bytes.
  func finish(with response: HTTPResponse) {
    guard case .bytes(let bytes) = response.body else {
      preconditionFailure("a streamed body needs a task to pull it")
    }
    guard transport != nil, !isFinished else { return }
    var fields = response.fields
    let type = fields["content-type"] ?? ""
    fields["content-type"] = nil
    send(response.status, type, fields, bytes)
  }

  private func send(_ status: Int, _ contentType: String, _ fields: HTTPFields, _ body: [UInt8]) {
    guard let transport else { return }
    guard transport.hasRoom(forResponse: body.count) else { return finish(with: Self.noRoom) }
    state = .finished
    releaseHanded()
    context.counters.answered(status)
    transport.send(
      status: status, contentType: contentType, fields: fields, body: body, isBodySent: head.knownMethod != .head)
  }

  /// What is said when a request or its response finds no room in memory; small enough to be sent all the same.
  private static let noRoom: HTTPResponse = {
    var response = ProtocolProblem.response(
      503, "requests and responses that wait take all the memory they may; read responses, and send this again later")
    response.fields["retry-after"] = "1"
    return response
  }()

  /// Refuses a request because there is no room for it.
  func refuseForMemory() {
    releaseBody()
    guard case .grpcUnary = route else { return finish(with: Self.noRoom) }
    endGRPC(
      GRPCOutcome(
        .unavailable, "requests that wait take all the memory they may; send this again later",
        retryDelay: .seconds(1)))
  }

  /// Responds with an error in the form that the client expects.
  func refuse(_ status: Int, _ grpcStatus: GRPCStatus, _ message: String) {
    releaseBody()
    if case .responding = state { return abort() }
    if case .grpcUnary = route { return endGRPC(GRPCOutcome(grpcStatus, message)) }
    finish(with: ProtocolProblem.response(status, message))
  }

  func refuseTooLarge() {
    refuse(413, .resourceExhausted, "the body is larger than the limit of \(wireBytesMax) bytes; send less at once")
  }

  /// Tells that the deadline has passed.
  func timeOut() {
    context.counters.timedOut.add()
    task?.cancel()
    if case .receiving = state {
      refuse(408, .deadlineExceeded, "the request did not arrive in time")
    } else {
      refuse(503, .deadlineExceeded, "the response was not ready in time; send the request again later")
    }
  }

  /// Forgets the client: it went away, or the response is complete.
  func detach() {
    transport = nil
    let wasFinished = isFinished
    state = .finished
    generation &+= 1
    releaseBody()
    releaseHanded()
    if !wasFinished { task?.cancel() }
    task = nil
    requestBody?.fail()
    requestBody = nil
    resumeRoomWaiter(throwing: StreamError.peerGone)
  }

  /// Makes ready for the next request of the connection.
  func recycle() {
    releaseBody()
    releaseHanded()
    head.release()
    task = nil
    requestBody = nil
    route = nil
    responseCoding = .identity
    state = .idle
  }

  private func releaseBody() {
    account.release(body.count)
    body.removeAll()
  }

  func releaseHanded() {
    account.release(handedByteCount)
    handedByteCount = 0
  }

  func abort() {
    state = .finished
    transport?.abort()
  }
}
