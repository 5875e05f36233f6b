import EventLoop
import System

/// What a connection waits for, and for how long.
extension ServerConnection {
  func updateInterest() {
    guard let channel else { return }
    let reading: EventSet = !pauses.isEmpty || hasPeerEnded ? EventSet(rawValue: 0) : .reading
    context.loop.setInterest(writeStalled ? reading.with(.writable) : reading, of: channel)
  }

  /// Sets the deadline of what the connection waits for now.
  func updateTimer() {
    guard !isClosed, !isLingering else { return }
    let limits = context.limits
    let now = context.loop.now
    if !input.isEmpty, headBegan == nil { headBegan = now } else if input.isEmpty { headBegan = nil }
    let deadline: Instant
    if writeStalled {
      // Whatever the peer sends meanwhile does not count as reading.
      deadline = writeProgress + limits.writeTimeout
    } else if isShakingHands {
      deadline = now + limits.headTimeout
    } else {
      let idle = idleDeadline(now)
      switch speaker {
      case .unknown: deadline = input.isEmpty ? idle : (headBegan ?? now) + limits.headTimeout
      case .http1(let connection):
        deadline = connection.deadline(now, idle: idle, head: headBegan.map { $0 + limits.headTimeout })
      case .http2(let connection): deadline = connection.deadline(now, idle: idle)
      }
    }
    if deadline == .distantFuture {
      context.loop.cancel(timer)
    } else {
      context.loop.arm(timer, at: deadline)
    }
  }

  /// When a connection without a request has rested long enough, or is to be looked at again: connections get fewer
  /// while one rests, and strangers then have to go first.
  private func idleDeadline(_ now: Instant) -> Instant {
    let limits = context.limits
    if context.isDraining { return now + limits.drainIdleTimeout }
    let end = lastActivity + limits.idleTimeout
    return account.isKnown ? end : min(end, max(lastActivity, now) + limits.headTimeout)
  }

  /// Whether the peer does nothing and may go on doing so.
  private var mayRest: Bool {
    guard isResting, !context.isDraining else { return false }
    let limits = context.limits
    let now = context.loop.now
    if !account.isKnown, context.openConnections.isCrowded { return now < lastActivity + limits.headTimeout }
    return now < lastActivity + limits.idleTimeout
  }

  private var isResting: Bool {
    switch speaker {
    case .unknown: input.isEmpty
    case .http1(let connection): connection.isBetweenRequests && headBegan == nil
    case .http2(let connection): connection.isResting
    }
  }

  func timedOut() {
    if isLingering || writeStalled || isShakingHands {
      if !isLingering { context.counters.timedOut.add() }
      return close()
    }
    if mayRest { return updateTimer() }
    switch speaker {
    case .unknown: close()
    case .http1(let connection): connection.timedOut()
    case .http2(let connection): connection.timedOut()
    }
    if !isClosed { flush() }
  }
}
