import System

/// What the connection waits for, and for how long.
extension HTTP1ExchangeStateMachine {
  /// What a deadline that has passed leads to.
  enum TimeoutAction: Equatable {
    /// There is no one to respond to; the client was too slow if it counts.
    case close(isCounted: Bool)
    /// Have the exchange respond that it took too long; the connection ends with that.
    case timeOutExchange
    /// Send an interim response: the kernel of a client that is gone resets the connection.
    case probe
    /// Nothing is late.
    case wait
  }

  /// - Parameters:
  ///   - exchange: the deadline of the exchange.
  ///   - lastActivity: when bytes last came or went.
  mutating func timedOut(
    now: Instant, limits: HTTPServerLimits, isDraining: Bool, exchange: Instant, lastActivity: Instant
  ) -> TimeoutAction {
    switch state {
    case .awaitingHead:
      // An idle connection just ends; a head that came too slowly too.
      state = .ended
      return .close(isCounted: !isDraining)
    case .receivingBody(var turn):
      turn.persistence = .close
      state = .receivingBody(turn)
      return .timeOutExchange
    case .awaitingResponse(var turn):
      if exchange <= now {
        turn.persistence = .close
        state = .awaitingResponse(turn)
        return .timeOutExchange
      }
      switch (client, turn.response) {
      case (.silent(let since), .notBegun) where since + Self.probeDelay <= now:
        client = .probed
        return .probe
      case (.silent, .streaming), (.probed, .streaming):
        guard lastActivity + limits.idleTimeout <= now else { return .wait }
        // Only a write finds out whether the client is still there, and none came for long.
        state = .ended
        return .close(isCounted: true)
      case (.sending, _), (.silent, .notBegun), (.probed, .notBegun): return .wait
      }
    case .discardingBody, .complete, .ended:
      state = .ended
      return .close(isCounted: false)
    }
  }

  /// When the connection has waited long enough for what it waits for now.
  /// - Parameters:
  ///   - idle: when a connection without a request has rested long enough.
  ///   - head: when a head that has begun is late; nil when none has.
  ///   - exchange: the deadline of the exchange.
  ///   - lastActivity: when bytes last came or went.
  func deadline(
    limits: HTTPServerLimits, idle: Instant, head: Instant?, exchange: Instant, lastActivity: Instant
  ) -> Instant {
    switch state {
    case .awaitingHead: return head ?? idle
    case .receivingBody(let turn): return min(exchange, turn.bodyProgress + limits.bodyTimeout)
    case .awaitingResponse(let turn):
      switch (client, turn.response) {
      case (.sending, _), (.probed, .notBegun): return exchange
      case (.silent(let since), .notBegun): return min(exchange, since + Self.probeDelay)
      case (.silent, .streaming), (.probed, .streaming): return min(exchange, lastActivity + limits.idleTimeout)
      }
    // Nobody waits long for the rest of a body that was answered already.
    case .discardingBody(let progress): return progress + limits.drainIdleTimeout
    case .complete, .ended: return idle
    }
  }
}
