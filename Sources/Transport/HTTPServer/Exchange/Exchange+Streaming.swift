import Base
import EventLoop
import HTTP1
import HTTPTypes
import System

/// Bodies that come or go piece by piece.
extension Exchange {
  func startStreaming(_ handler: @escaping HTTPRoute.StreamingHandler) {
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

  func streamingEnded(_ generation: UInt32, isWhole: Bool) {
    context.loop.executeOrRun { [self] in
      guard generation == self.generation, !isFinished else { return }
      if case .responding = state {
        if isWhole { endBody() } else { abort() }
      } else {
        finish(with: ProtocolProblem.response(500, "the request failed"))
      }
    }
  }

  /// Sends what a collected handler returned, compressed where that is worthwhile, pulling a streamed body as the peer
  /// takes it.
  /// - Parameter isBodySent: false for HEAD, for which a body that may be long or endless is not even begun.
  func deliver(_ response: HTTPResponse, _ generation: UInt32, isBodySent: Bool) async {
    guard case .stream(let next) = response.body else {
      let encoded = await context.encoders.encoded(response, coding: responseCoding)
      return context.loop.executeOrRun { [self] in
        guard generation == self.generation else { return }
        finish(with: encoded)
      }
    }
    let writer = ResponseWriter(exchange: self, generation: generation)
    do {
      let stream = try context.encoders.stream(response.fields, coding: responseCoding)
      try await writer.begin(status: response.status, fields: stream.fields)
      if isBodySent {
        while let chunk = try await next() { try await writer.write(try await stream.encode(chunk)) }
        try await writer.write(try await stream.end())
      }
      streamingEnded(generation, isWhole: true)
    } catch {
      // The peer went away or the producer failed: the message must not look whole.
      noteCut(error)
      streamingEnded(generation, isWhole: false)
    }
  }

  /// Says why a response was cut off, unless its client went away or gave it up.
  private func noteCut(_ error: any Error) {
    guard !(error is StreamError), !(error is CancellationError) else { return }
    context.logger.warning("a response was cut off", LogField("cause", "\(error)"))
  }

  func begin(_ generation: UInt32, status: Int, fields: HTTPFields) -> Bool {
    guard generation == self.generation, case .handling = state, let transport else { return false }
    state = .responding
    deadline = .distantFuture
    context.counters.answered(status)
    transport.begin(status: status, fields: fields, isBodySent: head.knownMethod != .head)
    return true
  }

  /// Writes a piece; the waiter continues when there is room for the next.
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

  func resumeRoomWaiter(throwing error: StreamError) {
    let waiter = roomWaiter
    roomWaiter = nil
    waiter?.resume(throwing: error)
  }
}
