import System

/// Where one HTTP/2 stream stands: a request and its response, either of which may be complete before the other.
///
/// Without I/O and without a clock: events are methods, each returns what the stream is to do. docs/connections.md has
/// a diagram. An event that the peer causes and that has no meaning in a state is ignored, since nghttp2 does not pass
/// such events on; one that only a mistake of ours can cause traps.
struct HTTP2StreamStateMachine: ~Copyable {
  /// A response that needs no body waits this long, and for this many bytes, for the end of the request: curl 7.88
  /// hangs when the whole response comes before it sent its body.
  static let patience: Duration = .seconds(1)
  static let patienceBytes = 64 << 10
  /// How far a request is read on after its early response.
  ///
  /// A reset at once would make clients fail before they read it.
  static let discardedBytesMax = 4 << 20

  /// The request beside a response that has begun.
  enum Request: Equatable {
    /// More may come; this much of it was discarded since the response was complete.
    case open(discardedByteCount: Int)
    case ended
  }

  enum State: Equatable {
    /// The fields of the head come. Can transition to: receivingBody, reset.
    case receivingHead
    /// The request is incomplete, without a response. Can transition to: awaitingResponse, holding, streaming, reset.
    case receivingBody
    /// The request is complete; there is no response yet. Can transition to: streaming, sending, reset.
    case awaitingResponse
    /// The response is complete and held back until the request is. Can transition to: sending, reset.
    case holding(since: Instant, discardedByteCount: Int)
    /// The head of the response is out, its body follows piece by piece; for HEAD there is none. Can transition to:
    /// sending, discarding, finished, reset.
    case streaming(Request, hasBody: Bool)
    /// The response is complete; nghttp2 takes it as the peer's window allows. Can transition to: discarding, finished,
    /// reset.
    case sending(Request)
    /// nghttp2 has the whole response; what still comes of the request is thrown away. Can transition to: finished,
    /// reset.
    case discarding(since: Instant, discardedByteCount: Int)
    /// Request and response are complete; nghttp2 closes the stream. Final.
    case finished
    /// The stream is cut off; nothing more is read or written. Final.
    case reset
  }

  private(set) var state: State
  private let began: Instant
  /// When bytes of the response last went out, or began to wait.
  private var progress: Instant

  init(now: Instant, state: State = .receivingHead) {
    began = now
    progress = now
    self.state = state
  }

  // MARK: The request

  /// What becomes of a head.
  enum HeadAction: Equatable {
    case start
    /// Refuse it as too large, with a response.
    case refuseTooLarge
    /// Reset the stream as one that was not begun, so that clients send it again (RFC 9113, section 8.7).
    case refuseStream
    case ignore
  }

  /// The head is complete.
  /// - Parameter isPeerBehind: whether the peer leaves so much unread that it gets no new streams.
  mutating func receivedHead(isTooLarge: Bool, isPeerBehind: Bool) -> HeadAction {
    let step: (State, HeadAction) =
      switch state {
      case .receivingHead where isPeerBehind: (.reset, .refuseStream)
      case .receivingHead: (.receivingBody, isTooLarge ? .refuseTooLarge : .start)
      case .receivingBody, .awaitingResponse, .holding, .streaming, .sending, .discarding, .finished, .reset:
        (state, .ignore)
      }
    return move(step)
  }

  /// What becomes of the fields of a block.
  enum RefusalAction: Equatable {
    /// Respond with a status, reset the stream and skip the rest of its head.
    case respondAndReset
    /// Reset the stream and skip the rest of its trailers.
    case reset
    case ignore
  }

  /// A head or trailers are far beyond the limits, or there is no room for them.
  mutating func refusedFields() -> RefusalAction {
    let step: (State, RefusalAction) =
      switch state {
      case .receivingHead: (.reset, .respondAndReset)
      case .receivingBody, .awaitingResponse, .holding, .streaming, .sending, .discarding: (.reset, .reset)
      case .finished, .reset: (state, .ignore)
      }
    return move(step)
  }

  /// What becomes of bytes of a body.
  enum BodyAction: Equatable {
    case deliver
    /// Give them back to the window unseen.
    case discard
    case discardAndSendHeld
    /// Ask the peer to stop sending (RFC 9113, section 8.1).
    case discardAndStopRequest
  }

  mutating func receivedBody(byteCount: Int) -> BodyAction {
    let step: (State, BodyAction) =
      switch state {
      case .receivingBody, .streaming(.open, hasBody: _): (state, .deliver)
      case .holding(let since, let discarded):
        discarded + byteCount > Self.patienceBytes
          ? (.sending(.open(discardedByteCount: discarded + byteCount)), .discardAndSendHeld)
          : (.holding(since: since, discardedByteCount: discarded + byteCount), .discard)
      case .sending(.open(let discarded)):
        discarded + byteCount > Self.discardedBytesMax
          ? (.reset, .discardAndStopRequest)
          : (.sending(.open(discardedByteCount: discarded + byteCount)), .discard)
      case .discarding(let since, let discarded):
        discarded + byteCount > Self.discardedBytesMax
          ? (.reset, .discardAndStopRequest)
          : (.discarding(since: since, discardedByteCount: discarded + byteCount), .discard)
      case .receivingHead, .awaitingResponse, .streaming(.ended, hasBody: _), .sending(.ended), .finished, .reset:
        (state, .discard)
      }
    return move(step)
  }

  /// What the end of a request leads to.
  enum EndAction: Equatable {
    case deliver
    case sendHeld
    case ignore
  }

  /// The peer has sent all that it will send on this stream.
  mutating func receivedEnd() -> EndAction {
    let step: (State, EndAction) =
      switch state {
      case .receivingBody: (.awaitingResponse, .deliver)
      case .holding: (.sending(.ended), .sendHeld)
      case .streaming(.open, let hasBody): (.streaming(.ended, hasBody: hasBody), .deliver)
      case .sending(.open): (.sending(.ended), .ignore)
      case .discarding: (.finished, .ignore)
      case .receivingHead, .awaitingResponse, .streaming(.ended, hasBody: _), .sending(.ended), .finished, .reset:
        (state, .ignore)
      }
    return move(step)
  }

  // MARK: The response

  /// What becomes of a response that is complete.
  enum ResponseAction: Equatable {
    case send
    /// Keep it until the request is complete.
    case hold
    case drop
  }

  mutating func respond(now: Instant) -> ResponseAction {
    let step: (State, ResponseAction)
    switch state {
    case .receivingBody: step = (.holding(since: now, discardedByteCount: 0), .hold)
    case .awaitingResponse: step = (.sending(.ended), .send)
    case .reset: step = (.reset, .drop)
    case .receivingHead, .holding, .streaming, .sending, .discarding, .finished: trap("a response")
    }
    progress = now
    return move(step)
  }

  /// The head of a response whose body follows piece by piece; false when the client no longer wants it.
  mutating func beginStreaming(hasBody: Bool, now: Instant) -> Bool {
    let step: (State, Bool)
    switch state {
    case .receivingBody: step = (.streaming(.open(discardedByteCount: 0), hasBody: hasBody), true)
    case .awaitingResponse: step = (.streaming(.ended, hasBody: hasBody), true)
    case .reset: step = (.reset, false)
    case .receivingHead, .holding, .streaming, .sending, .discarding, .finished: trap("the head of a response")
    }
    progress = now
    return move(step)
  }

  /// Bytes of a streamed response begin to wait.
  mutating func queued(now: Instant) { progress = now }

  /// What the end of a streamed response leads to.
  enum FinishAction: Equatable {
    /// nghttp2 is to ask for the rest.
    case resume
    case ignore
  }

  mutating func finishStreaming(now: Instant) -> FinishAction {
    let step: (State, FinishAction)
    switch state {
    case .streaming(let request, hasBody: true): step = (.sending(request), .resume)
    case .streaming(.open(let discarded), hasBody: false):
      step = (.discarding(since: now, discardedByteCount: discarded), .ignore)
    case .streaming(.ended, hasBody: false): step = (.finished, .ignore)
    case .reset: step = (.reset, .ignore)
    case .receivingHead, .receivingBody, .awaitingResponse, .holding, .sending, .discarding, .finished:
      trap("the end of a streamed response")
    }
    return move(step)
  }

  /// Whether the response is complete, so that its last byte ends it.
  var isResponseComplete: Bool { if case .sending = state { true } else { false } }

  var isReset: Bool { if case .reset = state { true } else { false } }

  /// nghttp2 took bytes of the body.
  mutating func sent(now: Instant) { progress = now }

  /// nghttp2 has the whole response.
  mutating func sentAll(now: Instant) {
    switch state {
    case .sending(.open(let discarded)): state = .discarding(since: now, discardedByteCount: discarded)
    case .sending(.ended): state = .finished
    case .reset: break
    case .receivingHead, .receivingBody, .awaitingResponse, .holding, .streaming, .discarding, .finished:
      trap("the last byte of a response")
    }
  }

  /// Cuts the response off; true when the peer has to learn it from a reset.
  mutating func abort() -> Bool {
    switch state {
    case .finished, .reset: return false
    case .receivingHead, .receivingBody, .awaitingResponse, .holding, .streaming, .sending, .discarding:
      state = .reset
      return true
    }
  }

  // MARK: Time

  /// What a deadline that has passed leads to.
  enum TimeoutAction: Equatable {
    /// End the connection: nothing else can come on it before the rest of this head.
    case closeConnection
    /// Have the exchange respond that it took too long.
    case timeOutExchange
    case sendHeld
    /// The peer keeps its window shut: cut the response off.
    case resetStalled
    /// Ask the peer to stop sending (RFC 9113, section 8.1).
    case stopRequest
    case ignore
  }

  /// - Parameter hasQueued: whether bytes of a streamed response wait.
  mutating func timedOut(now: Instant, hasQueued: Bool) -> TimeoutAction {
    let step: (State, TimeoutAction) =
      switch state {
      case .receivingHead: (.reset, .closeConnection)
      case .receivingBody, .awaitingResponse: (state, .timeOutExchange)
      case .holding(_, let discarded): (.sending(.open(discardedByteCount: discarded)), .sendHeld)
      case .streaming: hasQueued ? (.reset, .resetStalled) : (state, .timeOutExchange)
      case .sending: (.reset, .resetStalled)
      case .discarding: (.reset, .stopRequest)
      case .finished, .reset: (state, .ignore)
      }
    if case .sendHeld = step.1 { progress = now }
    return move(step)
  }

  /// When the stream has waited long enough for what it waits for now.
  func deadline(limits: HTTPServerLimits, exchange: Instant, hasQueued: Bool) -> Instant {
    switch state {
    case .receivingHead: began + limits.headTimeout
    case .receivingBody, .awaitingResponse: exchange
    case .holding(let since, _), .discarding(let since, _): since + Self.patience
    case .streaming: hasQueued ? progress + limits.writeTimeout : exchange
    case .sending: progress + limits.writeTimeout
    case .finished, .reset: .distantFuture
    }
  }

  private mutating func move<Action>(_ step: (next: State, action: Action)) -> Action {
    state = step.next
    return step.action
  }

  private func trap(_ event: String) -> Never { preconditionFailure("\(event) on a stream that is \(state)") }
}
