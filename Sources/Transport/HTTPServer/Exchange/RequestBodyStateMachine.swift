/// The pieces of a request's body between the connection, which receives them, and the handler, which pulls them.
///
/// Without I/O: events are methods, and ``next()`` says what a reader gets.
struct RequestBodyStateMachine {
  /// What may still come from the client.
  enum Phase: Equatable {
    /// Can transition to: complete, failed.
    case receiving
    /// The whole body came. Final.
    case complete
    /// The client went away before the end. Final.
    case failed
  }

  private(set) var phase = Phase.receiving
  private var pieces: [[UInt8]] = []

  mutating func received(_ piece: [UInt8]) {
    guard phase == .receiving else { preconditionFailure("a piece of a body that is \(phase)") }
    pieces.append(piece)
  }

  mutating func ended() {
    if phase == .receiving { phase = .complete }
  }

  /// The client is gone; what came before is still read.
  mutating func failed() {
    if phase == .receiving { phase = .failed }
  }

  /// What a reader gets.
  enum NextAction: Equatable {
    case deliver([UInt8])
    /// Nothing came yet.
    case wait
    case end
    case fail
  }

  mutating func next() -> NextAction {
    guard pieces.isEmpty else {
      defer { pieces.removeAll() }
      return .deliver(pieces.count == 1 ? pieces[0] : Array(pieces.joined()))
    }
    return switch phase {
    case .receiving: .wait
    case .complete: .end
    case .failed: .fail
    }
  }
}
