import System

/// The life of an accepted connection, whatever is spoken on it: from the handshake to the last byte.
///
/// Without I/O and without a clock: events are methods, each returns what the connection is to do. docs/connections.md
/// has a diagram. What the protocols do in ``Phase/open`` is in their own machines.
struct ConnectionLifeStateMachine: ~Copyable {
  /// How long a connection is kept after its last response, so that the client reads that before it sees a reset.
  static let lingerTimeout: Duration = .seconds(2)
  /// Bytes thrown away while the client has not yet noticed that it was refused.
  static let lingerBytesMax = 4 << 20

  enum Phase: Equatable {
    /// TLS is agreed on. Can transition to: choosingProtocol, closed.
    case handshaking(until: Instant)
    /// Too few bytes came to know HTTP/1 from HTTP/2. Can transition to: open, closed.
    case choosingProtocol
    /// Requests are served. Can transition to: finishing, lingering, closed.
    case open
    /// Nothing more is taken in; what is written goes out. Can transition to: lingering, closed.
    case finishing
    /// Our side is ended; what the client still sends is thrown away. Can transition to: closed.
    case lingering(until: Instant, discardedByteCount: Int)
    /// Final.
    case closed
  }

  /// Why no bytes are taken from the socket.
  struct Pauses: OptionSet, Equatable {
    let rawValue: UInt8

    /// The body of a request waits to be taken.
    static let body = Pauses(rawValue: 1)
    /// Requests or responses wait.
    static let backlog = Pauses(rawValue: 2)
  }

  /// What comes from the client.
  ///
  /// Orthogonal to the phase: the client may end its side, and be held back, in any phase.
  enum Reading: Equatable {
    /// Can transition to: paused, ended.
    case flowing
    /// The client is held back. Can transition to: flowing, ended.
    case paused(Pauses)
    /// The client has ended its side. Final.
    case ended
  }

  /// What goes to the client.
  ///
  /// Orthogonal to the phase: the socket may be full whenever there is output.
  enum Writing: Equatable {
    /// Can transition to: stalled.
    case flowing
    /// The socket takes no more, and has not since then. Can transition to: flowing.
    case stalled(since: Instant)
  }

  /// What waits for a client that reads more slowly than we write.
  private struct Backlog {
    let since: Instant
    /// Bytes that the client took meanwhile.
    var takenByteCount = 0
  }

  private(set) var phase: Phase
  private(set) var reading: Reading
  private(set) var writing: Writing
  /// When bytes last came or went.
  private(set) var lastActivity: Instant
  /// Since when bytes wait in the input, for example a part of a head; nil when none do.
  private(set) var inputSince: Instant?
  /// Orthogonal to ``Writing``: a client that takes a byte now and then is never stalled for long.
  private var backlog: Backlog?

  init(isTLS: Bool, now: Instant, limits: HTTPServerLimits) {
    phase = isTLS ? .handshaking(until: now + limits.headTimeout) : .choosingProtocol
    reading = .flowing
    writing = .flowing
    lastActivity = now
  }

  init(
    phase: Phase, reading: Reading = .flowing, writing: Writing = .flowing, lastActivity: Instant,
    inputSince: Instant? = nil
  ) {
    self.phase = phase
    self.reading = reading
    self.writing = writing
    self.lastActivity = lastActivity
    self.inputSince = inputSince
  }

  var isClosed: Bool { if case .closed = phase { true } else { false } }

  var isHandshaking: Bool { if case .handshaking = phase { true } else { false } }

  /// Whether bytes that come are thrown away.
  var isDiscarding: Bool {
    switch phase {
    case .finishing, .lingering, .closed: true
    case .handshaking, .choosingProtocol, .open: false
    }
  }

  /// Whether the socket may be written to.
  var mayWrite: Bool {
    switch phase {
    case .handshaking, .closed: false
    case .choosingProtocol, .open, .finishing, .lingering: true
    }
  }

  // MARK: Beginning

  mutating func handshakeDone() {
    guard case .handshaking = phase else { trap("the end of a handshake") }
    phase = .choosingProtocol
  }

  mutating func protocolChosen() {
    guard case .choosingProtocol = phase else { trap("the choice of a protocol") }
    phase = .open
  }

  // MARK: Reading

  /// Whether the socket is to be read.
  var mayRead: Bool {
    guard !isClosed else { return false }
    return if case .flowing = reading { true } else { false }
  }

  var hasClientEnded: Bool { if case .ended = reading { true } else { false } }

  /// What becomes of bytes.
  enum ReceiveAction: Equatable { case process, discard, close }

  mutating func received(byteCount: Int, now: Instant) -> ReceiveAction {
    lastActivity = now
    switch phase {
    case .choosingProtocol, .open: return .process
    case .finishing, .closed: return .discard
    case .lingering(let until, let discarded):
      phase = .lingering(until: until, discardedByteCount: discarded + byteCount)
      return discarded + byteCount > Self.lingerBytesMax ? .close : .discard
    case .handshaking: trap("bytes of a request")
    }
  }

  /// What the end of the client's sending side leads to.
  enum ClientEndAction: Equatable {
    /// It depends on what waits: the protocol decides.
    case askProtocol
    case close
  }

  mutating func clientEnded() -> ClientEndAction {
    reading = .ended
    switch phase {
    case .open, .finishing: return .askProtocol
    case .handshaking, .choosingProtocol, .lingering, .closed: return .close
    }
  }

  func isPaused(for reason: Pauses) -> Bool {
    if case .paused(let pauses) = reading { pauses.contains(reason) } else { false }
  }

  /// Takes no more bytes for a reason; true when some were taken until now.
  mutating func pause(_ reason: Pauses) -> Bool {
    guard !isLingering else { return false }
    switch reading {
    case .flowing:
      reading = .paused(reason)
      return true
    case .paused(let pauses):
      reading = .paused(pauses.union(reason))
      return false
    case .ended: return false
    }
  }

  /// A reason to take no bytes is gone; true when it was the last.
  mutating func resume(_ reason: Pauses) -> Bool {
    guard case .paused(let pauses) = reading else { return false }
    let left = pauses.subtracting(reason)
    reading = left.isEmpty ? .flowing : .paused(left)
    return left.isEmpty
  }

  /// Notes whether bytes wait in the input.
  mutating func inputChanged(isEmpty: Bool, now: Instant) {
    if isEmpty { inputSince = nil } else if inputSince == nil { inputSince = now }
  }

  // MARK: Writing

  var isStalled: Bool { if case .stalled = writing { true } else { false } }

  mutating func sent(byteCount: Int, now: Instant) {
    writing = .flowing
    lastActivity = now
    backlog?.takenByteCount += byteCount
  }

  /// Notes whether bytes wait for the client after as many as it takes were sent.
  mutating func backlogChanged(isEmpty: Bool, now: Instant) {
    if isEmpty { backlog = nil } else if backlog == nil { backlog = Backlog(since: now) }
  }

  /// When the client has taken too little of what waits; nil when nothing does.
  func backlogDeadline(limits: HTTPServerLimits) -> Instant? {
    backlog.map { backlog in
      let (seconds, rest) = backlog.takenByteCount.quotientAndRemainder(dividingBy: limits.writeBytesPerSecondMin)
      let earned = Duration.seconds(seconds) + .nanoseconds(rest * 1_000_000_000 / limits.writeBytesPerSecondMin)
      return backlog.since + limits.writeTimeout + earned
    }
  }

  /// The socket takes no more.
  mutating func stalled(now: Instant) {
    if case .flowing = writing { writing = .stalled(since: now) }
  }

  /// What follows when everything is sent.
  enum SentAllAction: Equatable {
    case goOn
    /// End our side and wait for the client's.
    case linger
    case close
  }

  /// - Parameter isProtocolDone: whether the protocol has nothing more to read or write.
  mutating func sentAll(isProtocolDone: Bool, now: Instant) -> SentAllAction {
    writing = .flowing
    switch phase {
    case .finishing: break
    case .open where isProtocolDone: break
    case .handshaking, .choosingProtocol, .open, .lingering, .closed: return .goOn
    }
    if case .ended = reading {
      phase = .finishing
      return .close
    }
    phase = .lingering(until: now + Self.lingerTimeout, discardedByteCount: 0)
    reading = .flowing
    inputSince = nil
    return .linger
  }

  // MARK: Ending

  /// The connection ends once everything written is sent.
  mutating func finish() {
    switch phase {
    case .open: phase = .finishing
    case .finishing, .lingering, .closed: break
    case .handshaking, .choosingProtocol: trap("the end of a protocol")
    }
  }

  /// The connection ends now; false when it has already.
  mutating func close() -> Bool {
    guard !isClosed else { return false }
    phase = .closed
    return true
  }

  private var isLingering: Bool { if case .lingering = phase { true } else { false } }

  private func trap(_ event: String) -> Never { preconditionFailure("\(event) on a connection that is \(phase)") }
}
