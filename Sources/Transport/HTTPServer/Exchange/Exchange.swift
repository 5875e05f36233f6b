import Compression
import EventLoop
import GRPC
import HTTP1
import HTTPTypes
import Platform

/// One request and its answer, whichever the protocol. An HTTP/1 connection uses one again and again.
final class Exchange: @unchecked Sendable {  // confined to its loop; responders hop there before they touch it
  /// Where the exchange stands.
  enum State {
    /// No request. Can transition to: receiving.
    case idle
    /// The body is coming. Can transition to: handling, finished.
    case receiving
    /// A handler has it. Can transition to: responding, finished.
    case handling
    /// The head of the answer is sent, the body follows. Can transition to: finished.
    case responding
    /// Answered, or the peer is gone. Can transition to: receiving.
    case finished
  }

  let context: LoopContext
  let head: RequestView
  /// Set as long as there is someone to answer.
  var transport: (any ExchangeTransport)?
  private(set) var state: State = .idle
  private(set) var generation: UInt32 = 0
  private(set) var deadline = Instant.distantFuture
  private var route: HTTPRoute?
  private var body = ByteQueue()
  private var wireBytesMax = 0
  private var coding: ContentCoding = .identity
  private var acceptsGzip = false
  private var task: Task<Void, Never>?
  private var requestBody: RequestBody?
  private var roomWaiter: CheckedContinuation<Void, any Error>?

  init(_ connection: ServerConnection) {
    context = connection.context
    head = RequestView(
      peer: connection.peer, listener: connection.listener, loopIndex: connection.context.index, isTLS: connection.isTLS
    )
  }

  var isFinished: Bool { if case .finished = state { true } else { false } }
  var isStreaming: Bool { requestBody != nil }

  // MARK: The request

  /// Begins with a head that was filled in. May answer at once.
  func start(_ router: any HTTPRouter, expectsContinue: Bool, contentLength: Int?) {
    generation &+= 1
    state = .receiving
    coding = .identity
    deadline = context.loop.now + context.limits.requestTimeout
    if head.version == .http1 { context.counters.http1.add() } else { context.counters.http2.add() }
    let route = router.route(head)
    self.route = route
    switch route {
    case .respond(let response): finish(with: response)
    case .respondGRPC(let outcome): endGRPC(outcome)
    case .raw(let bodyBytesMax, _): accept(bodyBytesMax, expectsContinue, contentLength)
    case .collected(let bodyBytesMax, _):
      acceptsGzip = ContentCoding.acceptsGzip(head.field(.acceptEncoding))
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
        var response = Problem.response(415, "the content-encoding is not one of gzip, deflate, zstd, identity")
        response.fields["accept-encoding"] = "gzip, deflate, zstd"
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
    guard context.bufferedByteCount + bytes.count <= context.bufferedBytesMax else {
      return refuse(503, .unavailable, "the server holds too many requests; send this one again later")
    }
    context.bufferedByteCount += bytes.count
    unsafe body.append(bytes)
  }

  /// Takes the end of the body. With the whole body at hand it is passed here and never copied.
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
    let request = head.request(body: unsafe [UInt8](decoded))
    let generation = generation
    task = Task(executorPreference: context.loop) { [self] in
      let response = await handler(request)
      await deliver(response, generation)
    }
  }

  /// Decodes a body within a limit; answers itself when that fails.
  private func decode(
    _ bytes: UnsafeRawBufferPointer, _ coding: ContentCoding, _ bytesMax: Int
  ) -> UnsafeRawBufferPointer? {
    do throws(CompressionError) {
      return try unsafe context.decoder.decode(bytes, coding: coding, decodedBytesMax: bytesMax)
    } catch {
      switch error {
      case .tooLarge: refuseTooLarge()
      case .corrupt: refuse(400, .invalidArgument, "the body is not valid \(coding.rawValue)")
      case .outOfMemory: refuse(503, .unavailable, "the server is out of memory; send this request again later")
      }
      return nil
    }
  }

  // MARK: Answers

  /// Completes a raw route.
  func complete(
    _ generation: UInt32, status: Int, contentType: String, fields: HTTPFields, body: [UInt8]
  ) {
    guard generation == self.generation, case .handling = state, let transport else { return }
    state = .finished
    context.counters.answered(status)
    transport.send(
      status: status, contentType: contentType, fields: fields, body: body, isBodySent: head.knownMethod != .head)
  }

  /// Sends a response with a body of bytes.
  func finish(with response: HTTPResponse) {
    guard case .bytes(let bytes) = response.body else {
      preconditionFailure("a streamed body needs a task to pull it")
    }
    guard let transport, !isFinished else { return }
    var fields = response.fields
    var body = bytes
    let type = fields["content-type"] ?? ""
    if acceptsGzip, let packed = context.packed(body, type: type, fields: fields) {
      body = packed
      fields["content-encoding"] = "gzip"
      fields["vary"] = "accept-encoding"
    }
    fields["content-type"] = nil
    state = .finished
    context.counters.answered(response.status)
    transport.send(
      status: response.status, contentType: type, fields: fields, body: body, isBodySent: head.knownMethod != .head)
  }

  /// Answers with an error in the form that the client expects.
  func refuse(_ status: Int, _ grpcStatus: GRPCStatus, _ message: String) {
    releaseBody()
    if case .responding = state { return abort() }
    if case .grpcUnary = route { return endGRPC(GRPCOutcome(grpcStatus, message)) }
    finish(with: Problem.response(status, message))
  }

  private func refuseTooLarge() {
    refuse(413, .resourceExhausted, "the body is larger than the limit of \(wireBytesMax) bytes; send less at once")
  }

  /// Tells that the deadline has passed.
  func timeOut() {
    context.counters.timedOut.add()
    task?.cancel()
    if case .receiving = state {
      refuse(408, .deadlineExceeded, "the request did not arrive in time")
    } else {
      refuse(503, .deadlineExceeded, "the request was not answered in time; send it again later")
    }
  }

  /// Forgets the client: it went away, or the answer is complete.
  func detach() {
    transport = nil
    let wasFinished = isFinished
    state = .finished
    generation &+= 1
    releaseBody()
    if !wasFinished { task?.cancel() }
    task = nil
    requestBody?.fail()
    requestBody = nil
    resumeRoomWaiter(throwing: StreamError.peerGone)
  }

  /// Makes ready for the next request of the connection.
  func recycle() {
    releaseBody()
    task = nil
    requestBody = nil
    route = nil
    acceptsGzip = false
    state = .idle
  }

  private func releaseBody() {
    context.bufferedByteCount -= body.count
    body.removeAll()
  }

  private func abort() {
    state = .finished
    transport?.abort()
  }
}

// MARK: - gRPC

extension Exchange {
  private func acceptGRPC(_ messageBytesMax: Int) {
    context.counters.grpc.add()
    wireBytesMax = messageBytesMax + GRPCFrame.prefixByteCount
    guard head.version == .http2 else {
      var response = Problem.response(426, "gRPC needs HTTP/2")
      response.fields["upgrade"] = "h2c"
      return finish(with: response)
    }
    guard head.knownMethod == .post, head.isGRPC else {
      return finish(with: Problem.response(415, "a gRPC call is a POST with content-type application/grpc"))
    }
    if let encoding = head.field("grpc-encoding") {
      guard let coding = ContentCoding(token: encoding) else {
        return endGRPC(GRPCOutcome(.unimplemented, "grpc-encoding \(encoding.prefix(32)) is not supported; use gzip"))
      }
      self.coding = coding
    }
    if let timeout = head.field("grpc-timeout") {
      guard let timeout = GRPCTimeout.parse(timeout) else {
        return endGRPC(GRPCOutcome(.invalidArgument, "grpc-timeout is not digits and a unit"))
      }
      deadline = min(deadline, context.loop.now + timeout)
    }
  }

  private func handleGRPC(
    _ bytes: UnsafeRawBufferPointer, _ messageBytesMax: Int, _ handler: HTTPRoute.GRPCHandler
  ) {
    guard let frame = unsafe GRPCFrame(bytes), bytes.count == GRPCFrame.prefixByteCount + frame.byteCount else {
      return endGRPC(GRPCOutcome(.invalidArgument, "the call does not have exactly one whole message"))
    }
    guard !frame.isCompressed || coding != .identity else {
      return endGRPC(GRPCOutcome(.internal, "the message is compressed, but grpc-encoding does not say how"))
    }
    let message = unsafe UnsafeRawBufferPointer(rebasing: bytes[GRPCFrame.prefixByteCount...])
    guard let decoded = unsafe decode(message, frame.isCompressed ? coding : .identity, messageBytesMax) else { return }
    unsafe handler(decoded, GRPCResponder(exchange: self, generation: generation))
  }

  func completeGRPC(_ generation: UInt32, message: [UInt8]) {
    guard generation == self.generation, case .handling = state, let transport else { return }
    state = .finished
    context.counters.answered(200)
    transport.sendGRPC(message: message, outcome: GRPCOutcome(.ok))
  }

  func completeGRPC(_ generation: UInt32, outcome: GRPCOutcome) {
    guard generation == self.generation, case .handling = state else { return }
    endGRPC(outcome)
  }

  func endGRPC(_ outcome: GRPCOutcome) {
    guard let transport, !isFinished else { return }
    guard head.version == .http2 else { return finish(with: Problem.response(426, "gRPC needs HTTP/2")) }
    state = .finished
    context.counters.answered(outcome.status.httpStatus)
    transport.sendGRPC(message: nil, outcome: outcome)
  }
}

// MARK: - Streaming

extension Exchange {
  private func startStreaming(_ handler: @escaping HTTPRoute.StreamingHandler) {
    let requestBody = RequestBody(exchange: self)
    self.requestBody = requestBody
    state = .handling
    let request = head.request()
    let generation = generation
    let writer = ResponseWriter(exchange: self, generation: generation)
    task = Task(executorPreference: context.loop) { [self] in
      do {
        try await handler(request, requestBody, writer)
        streamingEnded(generation, isWhole: true)
      } catch {
        streamingEnded(generation, isWhole: false)
      }
    }
  }

  private func streamingEnded(_ generation: UInt32, isWhole: Bool) {
    context.loop.executeOrRun { [self] in
      guard generation == self.generation, !isFinished else { return }
      if case .responding = state {
        if isWhole { endBody() } else { abort() }
      } else {
        finish(with: Problem.response(500, "the request could not be answered"))
      }
    }
  }

  /// Sends what a collected handler returned, pulling a streamed body as the peer takes it.
  private func deliver(_ response: HTTPResponse, _ generation: UInt32) async {
    guard case .stream(let next) = response.body else {
      return context.loop.executeOrRun { [self] in
        guard generation == self.generation else { return }
        finish(with: response)
      }
    }
    let writer = ResponseWriter(exchange: self, generation: generation)
    do {
      try await writer.begin(status: response.status, fields: response.fields)
      while let chunk = try await next() { try await writer.write(chunk) }
      streamingEnded(generation, isWhole: true)
    } catch {
      // The peer went away or the producer failed: the message must not look whole.
      streamingEnded(generation, isWhole: false)
    }
  }

  func begin(_ generation: UInt32, status: Int, fields: HTTPFields) -> Bool {
    guard generation == self.generation, case .handling = state, let transport else { return false }
    state = .responding
    deadline = .distantFuture
    context.counters.answered(status)
    transport.begin(status: status, fields: fields, isBodySent: head.knownMethod != .head)
    return true
  }

  /// Writes a piece; the waiter goes on when there is room for the next.
  func write(_ generation: UInt32, _ bytes: [UInt8], _ waiter: CheckedContinuation<Void, any Error>) {
    guard generation == self.generation, case .responding = state, let transport else {
      return waiter.resume(throwing: StreamError.peerGone)
    }
    if !bytes.isEmpty, head.knownMethod != .head { transport.write(bytes) }
    if transport.unsentByteCount <= context.limits.highWaterBytes { return waiter.resume() }
    precondition(roomWaiter == nil, "two writes of one response at once")
    roomWaiter = waiter
  }

  func endBody() {
    guard case .responding = state else { return }
    state = .finished
    transport?.finish()
  }

  /// Called by the transport after bytes were taken.
  func roomMayBeBack() {
    guard roomWaiter != nil, let transport, transport.unsentByteCount <= context.limits.lowWaterBytes else { return }
    let waiter = roomWaiter
    roomWaiter = nil
    waiter?.resume()
  }

  private func resumeRoomWaiter(throwing error: StreamError) {
    let waiter = roomWaiter
    roomWaiter = nil
    waiter?.resume(throwing: error)
  }
}

extension GRPCStatus {
  /// The HTTP status of the same meaning, for the counters.
  fileprivate var httpStatus: Int {
    switch self {
    case .ok: 200
    case .invalidArgument, .failedPrecondition, .outOfRange: 400
    case .unauthenticated: 401
    case .permissionDenied: 403
    case .notFound: 404
    case .alreadyExists, .aborted: 409
    case .resourceExhausted: 429
    case .cancelled: 499
    case .unimplemented: 501
    case .unavailable: 503
    case .deadlineExceeded: 504
    case .unknown, .internal, .dataLoss: 500
    }
  }
}
