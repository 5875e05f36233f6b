import System

/// How an HTTP/2 connection comes to its end: announced to the peer in two steps, or at once when the peer misbehaves.
///
/// Without I/O and without a clock: events are methods, each returns what the connection is to do.
struct HTTP2ConnectionStateMachine: ~Copyable {
  /// How often streams are looked at for passed deadlines, and the time between the steps of an end: more than a round
  /// trip, so that streams which cross the first GOAWAY are still served.
  static let period: Duration = .milliseconds(200)

  enum State: Equatable {
    /// Streams are opened and served. Can transition to: drainScheduled, announced, terminating, broken.
    case serving
    /// The server drains, but the client has just connected and gets a moment to use the connection first. Can
    /// transition to: announced, terminating, broken.
    case drainScheduled(at: Instant)
    /// The peer was asked to open no new streams (GOAWAY with the highest id). Can transition to: goneAway, terminating,
    /// broken.
    case announced(goAwayAt: Instant)
    /// The peer knows which streams are still served (GOAWAY with the last id). Can transition to: terminating, broken.
    case goneAway
    /// The peer misbehaves: once the GOAWAY that says so is sent, there is nothing more to read or write. Can transition to: broken.
    case terminating
    /// The protocol was broken; only what is written already goes out. Final.
    case broken
  }

  private(set) var state: State
  private let began: Instant
  private var overlargeHeadCount = 0

  init(now: Instant, state: State = .serving) {
    began = now
    self.state = state
  }

  /// Whether nothing of an end is under way.
  var isServing: Bool { if case .serving = state { true } else { false } }

  var isBroken: Bool { if case .broken = state { true } else { false } }

  /// A head was far too large, or found no room.
  mutating func receivedOverlargeHead() { overlargeHeadCount += 1 }

  /// Bytes were taken; true when there were too many overlarge heads and the peer is to go.
  mutating func received(overlargeHeadCountMax: Int) -> Bool {
    guard overlargeHeadCount > overlargeHeadCountMax else { return false }
    switch state {
    case .serving, .drainScheduled, .announced, .goneAway:
      state = .terminating
      return true
    case .terminating, .broken: return false
    }
  }

  /// The session cannot continue.
  mutating func failed() { state = .broken }

  /// Begins the end; true when the peer is to be asked to open no new streams.
  mutating func drain(now: Instant) -> Bool {
    guard case .serving = state else { return false }
    guard now >= began + Self.period else {
      state = .drainScheduled(at: began + Self.period)
      return false
    }
    state = .announced(goAwayAt: now + Self.period)
    return true
  }

  /// What a deadline that has passed leads to; streams have deadlines of their own.
  enum TimeoutAction: Equatable {
    /// Ask the peer to open no new streams.
    case announce
    /// Say which streams are still served.
    case goAway
    case close
    case ignore
  }

  /// - Parameter isIdle: whether there is no stream.
  mutating func timedOut(now: Instant, isIdle: Bool) -> TimeoutAction {
    switch state {
    case .drainScheduled(let at) where at <= now:
      state = .announced(goAwayAt: now + Self.period)
      return .announce
    case .announced(let at) where at <= now:
      state = .goneAway
      return .goAway
    case .drainScheduled, .announced: return .ignore
    case .serving:
      // Idle for long: end as a server that drains does.
      guard isIdle else { return .ignore }
      return drain(now: now) ? .announce : .ignore
    case .goneAway, .terminating, .broken: return isIdle ? .close : .ignore
    }
  }

  /// When to call ``timedOut(now:isIdle:)``.
  /// - Parameter idle: when a connection without streams has rested long enough.
  func deadline(now: Instant, isIdle: Bool, idle: Instant) -> Instant {
    switch state {
    case .drainScheduled(let at), .announced(let at): at
    case .serving, .goneAway, .terminating, .broken: isIdle ? idle : now + Self.period
    }
  }
}
