import HTTP1
import System

/// Where an HTTP/1 connection stands: one request and its response after the other, and whether another may follow.
///
/// Without I/O and without a clock: events are methods, each returns what the connection is to do. docs/connections.md
/// has a diagram. An event that only a mistake of ours can cause in a state traps.
struct HTTP1ExchangeStateMachine: ~Copyable {
  /// A body that nobody wants is read to its end up to this size, so that the connection can be used again.
  static let discardedBytesMax = 64 << 10
  /// How long a client that has ended its sending side gets its response undisturbed, before ``TimeoutAction/probe``.
  static let probeDelay: Duration = .seconds(1)

  /// What a head says about the message and the connection.
  struct Head: Equatable {
    /// 1 for HTTP/1.1, 0 for HTTP/1.0.
    var minorVersion: UInt8 = 1
    var isKeepAlive = true
    var framing: BodyFraming = .none
    var expectsContinue = false
  }

  /// Whether another request may follow.
  enum Persistence: Equatable { case keepAlive, close }

  /// The response of a request that is not complete.
  enum Response: Equatable {
    case notBegun
    /// The head is out, the body follows piece by piece.
    case streaming(isChunked: Bool)
  }

  /// One request and its response.
  struct Turn: Equatable {
    var minorVersion: UInt8
    var persistence: Persistence
    var response: Response = .notBegun
    /// Whether the rest of the body is worth being read off.
    var isBodySmall: Bool
    /// Whether a piece of the body was handed on.
    var isBodyBegun = false
    /// When bytes of the body last came.
    var bodyProgress: Instant
    /// Bytes of the body that the handler has not taken.
    var untakenByteCount = 0
  }

  enum State: Equatable {
    /// No request is under way; a part of a head may be there. Can transition to: receivingBody, awaitingResponse, ended.
    case awaitingHead
    /// The body comes; the response is not complete. Can transition to: awaitingResponse, discardingBody, complete,
    /// ended.
    case receivingBody(Turn)
    /// The request is complete, the response is not. Can transition to: complete, ended.
    case awaitingResponse(Turn)
    /// The response is complete; the rest of a small body is read off. Can transition to: complete, ended.
    case discardingBody(bodyProgress: Instant)
    /// Request and response are done with. Can transition to: awaitingHead, ended.
    case complete(Persistence)
    /// Nothing more is read; what is written goes out. Final.
    case ended
  }

  /// The client's sending side.
  ///
  /// Orthogonal to the state: a client may end it at any time, and those that are gone look the same as those that only
  /// wait for their response.
  enum Client: Equatable {
    /// More may come. Can transition to: silent, probed.
    case sending
    /// Nothing more comes. An interim response finds out whether the client is still there, when the one that it waits
    /// for takes longer. Can transition to: probed.
    case silent(since: Instant)
    /// Nothing more comes, and the probe was sent, or must not be. Final.
    case probed
  }

  /// Set by events only, which stand in several files.
  var state: State
  var client: Client

  init(state: State = .awaitingHead, client: Client = .sending) {
    self.state = state
    self.client = client
  }

  /// Whether the next thing to come is a head.
  var isBetweenRequests: Bool { if case .awaitingHead = state { true } else { false } }

  // MARK: The request

  mutating func receivedHead(_ head: Head, now: Instant) {
    guard case .awaitingHead = state else { trap("a head") }
    // RFC 9110, section 10.1.1: a client that waits for 100 Continue may never send the body.
    let isBodySmall: Bool
    switch head.framing {
    case .length(let count): isBodySmall = count <= Self.discardedBytesMax && !head.expectsContinue
    case .none: isBodySmall = true
    case .chunked, .untilClose: isBodySmall = false
    }
    let turn = Turn(
      minorVersion: head.minorVersion, persistence: head.isKeepAlive ? .keepAlive : .close, isBodySmall: isBodySmall,
      bodyProgress: now)
    if case .silent = client { client = head.minorVersion == 1 ? .silent(since: now) : .probed }
    if case .none = head.framing { state = .awaitingResponse(turn) } else { state = .receivingBody(turn) }
  }

  /// Bytes of a body came.
  mutating func receivedBody(now: Instant) {
    switch state {
    case .receivingBody(var turn):
      turn.bodyProgress = now
      state = .receivingBody(turn)
    case .discardingBody: state = .discardingBody(bodyProgress: now)
    case .awaitingHead, .awaitingResponse, .complete, .ended: trap("a body")
    }
  }

  /// Whether a body that ends now may be handed on in one piece, as none of it was before.
  var mayDeliverWhole: Bool {
    switch state {
    case .receivingBody(let turn), .awaitingResponse(let turn): !turn.isBodyBegun
    case .awaitingHead, .discardingBody, .complete, .ended: false
    }
  }

  /// What becomes of a piece of a body.
  enum BodyAction: Equatable { case deliver, discard }

  mutating func deliver(byteCount: Int) -> BodyAction {
    switch state {
    case .receivingBody(var turn):
      turn.isBodyBegun = true
      turn.untakenByteCount += byteCount
      state = .receivingBody(turn)
      return .deliver
    case .awaitingResponse(var turn):
      // The last piece comes together with the end.
      turn.isBodyBegun = true
      turn.untakenByteCount += byteCount
      state = .awaitingResponse(turn)
      return .deliver
    case .discardingBody, .complete: return .discard
    case .awaitingHead, .ended: trap("a piece of a body")
    }
  }

  /// The handler took bytes of the body.
  mutating func taken(byteCount: Int) {
    switch state {
    case .receivingBody(var turn):
      turn.untakenByteCount -= byteCount
      state = .receivingBody(turn)
    case .awaitingResponse(var turn):
      turn.untakenByteCount -= byteCount
      state = .awaitingResponse(turn)
    case .awaitingHead, .discardingBody, .complete, .ended: break
    }
  }

  /// Bytes of the body that wait for the handler.
  var untakenByteCount: Int {
    switch state {
    case .receivingBody(let turn), .awaitingResponse(let turn): turn.untakenByteCount
    case .awaitingHead, .discardingBody, .complete, .ended: 0
    }
  }

  mutating func receivedEnd() {
    switch state {
    case .receivingBody(let turn): state = .awaitingResponse(turn)
    case .discardingBody: state = .complete(.keepAlive)
    case .awaitingHead, .awaitingResponse, .complete, .ended: trap("the end of a body")
    }
  }

  /// What bytes that are not acceptable HTTP/1 lead to.
  ///
  /// The connection ends in any case (RFC 9112, section 2.2).
  enum RefusalAction: Equatable {
    /// Write a response: there is no exchange.
    case respond
    /// Have the exchange refuse its request.
    case refuseExchange
    /// The request has its response already.
    case end
  }

  mutating func refused() -> RefusalAction {
    switch state {
    case .awaitingHead: return .respond
    case .receivingBody(var turn):
      turn.persistence = .close
      state = .receivingBody(turn)
      return .refuseExchange
    case .discardingBody: return .end
    case .awaitingResponse, .complete, .ended: trap("a malformed message")
    }
  }

  // MARK: The end

  /// What follows once a turn is over.
  enum SettleAction: Equatable {
    case readNextHead
    /// Close the connection when everything is sent.
    case finish
    /// The turn continues.
    case wait
  }

  /// Goes on after a turn that is complete.
  mutating func settle() -> SettleAction {
    switch state {
    case .complete(.keepAlive):
      state = .awaitingHead
      return .readNextHead
    case .complete(.close):
      state = .ended
      return .finish
    case .awaitingHead, .receivingBody, .awaitingResponse, .discardingBody, .ended: return .wait
    }
  }

  /// Nothing more is read.
  mutating func end() { state = .ended }

  /// What the end of the client's sending side leads to.
  enum ClientEndAction: Equatable {
    /// A response or an earlier request still waits.
    case keepOpen
    case closeWhenFlushed
    case close
  }

  /// - Parameter hasOutput: whether responses wait to be sent; requests may wait behind them.
  mutating func clientEnded(hasOutput: Bool, now: Instant) -> ClientEndAction {
    client = .silent(since: now)
    switch state {
    case .awaitingResponse(let turn):
      // RFC 9110, section 15.2: no interim response to HTTP/1.0.
      if turn.minorVersion == 0 { client = .probed }
      return .keepOpen
    case .awaitingHead, .complete, .ended: return hasOutput ? .keepOpen : .close
    case .receivingBody, .discardingBody:
      // The rest of the body can no longer come.
      state = .ended
      return hasOutput ? .closeWhenFlushed : .close
    }
  }

  private func trap(_ event: String) -> Never { preconditionFailure("\(event) on a connection that is \(state)") }
}
