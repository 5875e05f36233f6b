import EventLoop
import System

/// What a connection waits for, and for how long.
extension ServerConnection {
  func updateInterest() {
    guard let channel else { return }
    let reading: EventSet = life.mayRead ? .reading : EventSet(rawValue: 0)
    context.loop.setInterest(life.isStalled ? reading.with(.writable) : reading, of: channel)
  }

  /// Sets the deadline of what the connection waits for now.
  func updateTimer() {
    guard !isClosed else { return }
    let limits = context.limits
    let now = context.loop.now
    life.inputChanged(isEmpty: input.isEmpty, now: now)
    let idle = life.idleDeadline(now: now, limits: limits, surroundings)
    let deadline = min(
      life.deadline(limits: limits, idle: idle) ?? protocolDeadline(now, idle: idle),
      life.backlogDeadline(limits: limits) ?? .distantFuture)
    if deadline == .distantFuture {
      context.loop.cancel(timer)
    } else {
      context.loop.arm(timer, at: deadline)
    }
  }

  private func protocolDeadline(_ now: Instant, idle: Instant) -> Instant {
    switch speaker {
    case .http1(let connection): connection.deadline(idle: idle, head: life.headDeadline(limits: context.limits))
    case .http2(let connection): connection.deadline(now, idle: idle)
    case nil: idle
    }
  }

  private var surroundings: ConnectionLifeStateMachine.Surroundings {
    ConnectionLifeStateMachine.Surroundings(
      isDraining: context.isDraining, isCrowded: context.openConnections.isCrowded, isKnown: account.isKnown)
  }

  private var isProtocolResting: Bool {
    switch speaker {
    case .http1(let connection): connection.isBetweenRequests
    case .http2(let connection): connection.isResting
    case nil: true
    }
  }

  func timedOut() {
    let action = life.timedOut(
      now: context.loop.now, limits: context.limits, isResting: isProtocolResting, surroundings)
    switch (action, speaker) {
    case (.close(let isCounted), _):
      if isCounted { context.counters.timedOut.add() }
      return close()
    case (.rest, _): return updateTimer()
    case (.askProtocol, .http1(let connection)): connection.timedOut()
    case (.askProtocol, .http2(let connection)): connection.timedOut()
    case (.askProtocol, nil): preconditionFailure("no protocol on a connection that is \(life.phase)")
    }
    if !isClosed { flush() }
  }
}
