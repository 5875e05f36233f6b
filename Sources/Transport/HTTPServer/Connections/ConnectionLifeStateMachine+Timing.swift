import System

/// What the connection waits for, and for how long.
extension ConnectionLifeStateMachine {
  /// What the server knows beyond the connection.
  struct Surroundings {
    /// Whether the server takes nothing new.
    var isDraining = false
    /// Whether more than half of the connections are used.
    var isCrowded = false
    /// Whether the client has shown that it may use the server.
    var isKnown = false
  }

  /// When a connection without a request has rested long enough, or is to be looked at again: connections get fewer
  /// while one rests, and strangers then have to go first.
  func idleDeadline(now: Instant, limits: HTTPServerLimits, _ surroundings: Surroundings) -> Instant {
    if surroundings.isDraining { return now + limits.drainIdleTimeout }
    let end = lastActivity + limits.idleTimeout
    return surroundings.isKnown ? end : min(end, max(lastActivity, now) + limits.headTimeout)
  }

  /// When the connection has waited long enough for what it waits for now; nil when the protocol knows.
  func deadline(limits: HTTPServerLimits, idle: Instant) -> Instant? {
    if case .lingering(let until, _) = phase { return until }
    // Whatever the client sends meanwhile does not count as reading.
    if case .stalled(let since) = writing { return since + limits.writeTimeout }
    return switch phase {
    case .handshaking(let until), .lingering(let until, _): until
    case .choosingProtocol: headDeadline(limits: limits) ?? idle
    case .open: nil
    case .finishing: idle
    case .closed: .distantFuture
    }
  }

  /// When the head that has begun is late; nil when none has.
  func headDeadline(limits: HTTPServerLimits) -> Instant? { inputSince.map { $0 + limits.headTimeout } }

  /// What a deadline that has passed leads to.
  enum TimeoutAction: Equatable {
    /// The client was too slow if it counts.
    case close(isCounted: Bool)
    /// The client does nothing and may go on doing so.
    case rest
    case askProtocol
  }

  /// - Parameter isResting: whether the protocol has no request.
  func timedOut(
    now: Instant, limits: HTTPServerLimits, isResting: Bool, _ surroundings: Surroundings
  ) -> TimeoutAction {
    let isTooSlow = backlogDeadline(limits: limits).map { $0 <= now } ?? false
    return switch (phase, writing) {
    case (.lingering, _), (.closed, _): .close(isCounted: false)
    case _ where isTooSlow: .close(isCounted: true)
    case (.handshaking, _), (_, .stalled): .close(isCounted: true)
    case (.choosingProtocol, .flowing):
      inputSince == nil && mayRest(now: now, limits: limits, surroundings) ? .rest : .close(isCounted: false)
    case (.open, .flowing):
      isResting && inputSince == nil && mayRest(now: now, limits: limits, surroundings) ? .rest : .askProtocol
    case (.finishing, .flowing): .close(isCounted: false)
    }
  }

  private func mayRest(now: Instant, limits: HTTPServerLimits, _ surroundings: Surroundings) -> Bool {
    guard !surroundings.isDraining else { return false }
    if !surroundings.isKnown, surroundings.isCrowded { return now < lastActivity + limits.headTimeout }
    return now < lastActivity + limits.idleTimeout
  }
}
