/// The response.
extension HTTP1ExchangeStateMachine {
  /// What the head of a response says about the connection.
  enum ConnectionField: Equatable {
    /// Nothing: HTTP/1.1 keeps it.
    case none
    case close
    case keepAlive
  }

  /// How the body of a streamed response is framed.
  enum StreamFraming: Equatable {
    case length(Int)
    case chunked
    /// The end of the connection ends it.
    case untilClose
  }

  /// Whether a response is pending or in progress.
  var isResponsePending: Bool {
    switch state {
    case .receivingBody, .awaitingResponse: true
    case .awaitingHead, .discardingBody, .complete, .ended: false
    }
  }

  /// A response that is available as a whole; it is complete with this.
  ///
  /// ``settle()`` continues.
  mutating func respond(isDraining: Bool) -> ConnectionField {
    switch state {
    case .receivingBody(var turn):
      turn.decidePersistence(isDraining: isDraining, isBodyDone: false)
      state = Self.completed(turn, isBodyDone: false)
      return turn.connectionField
    case .awaitingResponse(var turn):
      turn.decidePersistence(isDraining: isDraining, isBodyDone: true)
      state = Self.completed(turn, isBodyDone: true)
      return turn.connectionField
    case .awaitingHead, .discardingBody, .complete, .ended: trapResponse("a response")
    }
  }

  /// The head of a response whose body follows piece by piece.
  /// - Parameter hasBody: false for HEAD, whose response only has the fields of one.
  mutating func beginStreaming(
    contentLength: Int?, hasBody: Bool, isDraining: Bool
  ) -> (framing: StreamFraming, connection: ConnectionField) {
    var (turn, isBodyDone) = pendingTurn("the head of a response")
    guard case .notBegun = turn.response else { trapResponse("the head of a response") }
    var framing = StreamFraming.chunked
    if let contentLength {
      framing = .length(contentLength)
    } else if turn.minorVersion == 0 {
      framing = .untilClose
      turn.persistence = .close
    }
    turn.response = .streaming(isChunked: hasBody && framing == .chunked)
    turn.decidePersistence(isDraining: isDraining, isBodyDone: isBodyDone)
    state = isBodyDone ? .awaitingResponse(turn) : .receivingBody(turn)
    return (framing, turn.connectionField)
  }

  /// Whether pieces of the streamed response are chunks.
  var isChunked: Bool {
    guard case .streaming(let isChunked) = pendingTurn("a piece of a response").turn.response else {
      trapResponse("a piece of a response")
    }
    return isChunked
  }

  /// The streamed response is complete; ``settle()`` continues.
  mutating func finishStreaming() {
    let (turn, isBodyDone) = pendingTurn("the end of a response")
    guard case .streaming = turn.response else { trapResponse("the end of a response") }
    state = Self.completed(turn, isBodyDone: isBodyDone)
  }

  private func pendingTurn(_ event: String) -> (turn: Turn, isBodyDone: Bool) {
    switch state {
    case .receivingBody(let turn): (turn, false)
    case .awaitingResponse(let turn): (turn, true)
    case .awaitingHead, .discardingBody, .complete, .ended: trapResponse(event)
    }
  }

  private static func completed(_ turn: Turn, isBodyDone: Bool) -> State {
    if isBodyDone { return .complete(turn.persistence) }
    // Answered before the body was whole: it is read off if it is small, else the connection ends here.
    switch turn.persistence {
    case .keepAlive: return .discardingBody(bodyProgress: turn.bodyProgress)
    case .close: return .complete(.close)
    }
  }

  private func trapResponse(_ event: String) -> Never {
    preconditionFailure("\(event) on a connection that is \(state)")
  }
}

extension HTTP1ExchangeStateMachine.Turn {
  /// A body that is still to come ends the connection unless it is small, for reading it all would be a service to an
  /// attacker.
  fileprivate mutating func decidePersistence(isDraining: Bool, isBodyDone: Bool) {
    if isDraining || (!isBodyDone && !isBodySmall) { persistence = .close }
  }

  fileprivate var connectionField: HTTP1ExchangeStateMachine.ConnectionField {
    switch persistence {
    case .close: .close
    case .keepAlive: minorVersion == 0 ? .keepAlive : .none
    }
  }
}
