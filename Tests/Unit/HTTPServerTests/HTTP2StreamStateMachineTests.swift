import System
import Testing

@testable import HTTPServer

@Suite struct HTTP2StreamStateMachineTests {
  typealias Machine = HTTP2StreamStateMachine
  typealias State = Machine.State
  typealias Step = @Sendable (inout Machine) -> String

  static let patienceBytes = Machine.patienceBytes
  static let discardedBytesMax = Machine.discardedBytesMax
  static let fresh = Machine.Request.open(discardedByteCount: 0)
  static let holding = State.holding(since: at(0), discardedByteCount: 100)
  static let openSending = State.sending(.open(discardedByteCount: 100))
  static let discarding = State.discarding(since: at(0), discardedByteCount: 100)

  /// One of every kind.
  static let every: [State] = [
    .receivingHead, .receivingBody, .awaitingResponse, holding, .streaming(fresh, hasBody: true),
    .streaming(fresh, hasBody: false), .streaming(.ended, hasBody: true), .streaming(.ended, hasBody: false),
    openSending, .sending(.ended), discarding, .finished, .reset,
  ]

  private func walk<Action: Equatable>(
    _ event: String, trapping: [State] = [], _ table: [Transition<State, Action>],
    sourceLocation: SourceLocation = #_sourceLocation, _ perform: (inout Machine) -> Action
  ) {
    check(
      event, .stream, every: Self.every, trapping: trapping, table,
      perform: {
        var machine = Machine(now: at(0), state: $0)
        let action = perform(&machine)
        return (machine.state, action)
      }, sourceLocation: sourceLocation)
  }

  /// Lines for states that an event leaves as they are.
  private func unchanged<Action: Equatable>(_ states: [State], _ action: Action) -> [Transition<State, Action>] {
    states.map { Transition($0, $0, action) }
  }

  // MARK: Every event in every state

  @Test func `a head begins a request, unless it is too large or the peer is behind`() {
    let later = Array(Self.every.dropFirst())
    for (isTooLarge, isPeerBehind, state, action) in [
      (false, false, State.receivingBody, Machine.HeadAction.start), (true, false, .receivingBody, .refuseTooLarge),
      (false, true, .reset, .refuseStream), (true, true, .reset, .refuseStream),
    ] {
      walk("a head", [Transition(.receivingHead, state, action)] + unchanged(later, .ignore)) {
        $0.receivedHead(isTooLarge: isTooLarge, isPeerBehind: isPeerBehind)
      }
    }
  }

  @Test func `fields far beyond the limits end the stream, with a response if there was none`() {
    let begun = Self.every.filter { ![.receivingHead, .finished, .reset].contains($0) }
    walk(
      "refused fields",
      [Transition(.receivingHead, .reset, .respondAndReset)] + begun.map { Transition($0, .reset, .reset) }
        + unchanged([.finished, .reset], .ignore)
    ) { $0.refusedFields() }
  }

  @Test func `a body is delivered until the response is complete, then thrown away`() {
    walk(
      "a body",
      unchanged(
        [.receivingBody, .streaming(Self.fresh, hasBody: true), .streaming(Self.fresh, hasBody: false)], .deliver)
        + unchanged(
          [
            .receivingHead, .awaitingResponse, .streaming(.ended, hasBody: true), .streaming(.ended, hasBody: false),
            .sending(.ended), .finished, .reset,
          ], .discard)
        + [
          Transition(Self.holding, .holding(since: at(0), discardedByteCount: 110), .discard),
          Transition(Self.openSending, .sending(.open(discardedByteCount: 110)), .discard),
          Transition(Self.discarding, .discarding(since: at(0), discardedByteCount: 110), .discard),
        ]
    ) { $0.receivedBody(byteCount: 10) }
  }

  @Test(arguments: [
    (State.holding(since: at(0), discardedByteCount: 0), patienceBytes, Machine.BodyAction.discardAndSendHeld),
    (.sending(.open(discardedByteCount: 0)), discardedBytesMax, .discardAndStopRequest),
    (.discarding(since: at(0), discardedByteCount: 0), discardedBytesMax, .discardAndStopRequest),
  ])
  func `how much is thrown away is bounded`(state: State, most: Int, action: Machine.BodyAction) {
    var machine = Machine(now: at(0), state: state)
    let before = machine.receivedBody(byteCount: most)
    let after = machine.receivedBody(byteCount: 1)
    #expect(before == .discard)
    #expect(after == action)
  }

  @Test func `the end of a request is delivered, or sends a response that waits for it`() {
    walk(
      "the end of a request",
      [
        Transition(.receivingBody, .awaitingResponse, .deliver), Transition(Self.holding, .sending(.ended), .sendHeld),
        Transition(.streaming(Self.fresh, hasBody: true), .streaming(.ended, hasBody: true), .deliver),
        Transition(.streaming(Self.fresh, hasBody: false), .streaming(.ended, hasBody: false), .deliver),
        Transition(Self.openSending, .sending(.ended), .ignore), Transition(Self.discarding, .finished, .ignore),
      ]
        + unchanged(
          [
            .receivingHead, .awaitingResponse, .streaming(.ended, hasBody: true), .streaming(.ended, hasBody: false),
            .sending(.ended), .finished, .reset,
          ], .ignore)
    ) { $0.receivedEnd() }
  }

  /// States in which an exchange has nothing more to say.
  static let answered = every.filter { ![.receivingBody, .awaitingResponse, .reset].contains($0) }

  @Test func `a whole response is sent once the request is complete`() {
    walk(
      "a response", trapping: Self.answered,
      [
        Transition(.receivingBody, .holding(since: at(5), discardedByteCount: 0), .hold),
        Transition(.awaitingResponse, .sending(.ended), .send), Transition(.reset, .reset, .drop),
      ]
    ) { $0.respond(now: at(5)) }
  }

  @Test func `a streamed response begins at once`() {
    for hasBody in [true, false] {
      walk(
        "the head of a response", trapping: Self.answered,
        [
          Transition(.receivingBody, .streaming(Self.fresh, hasBody: hasBody), true),
          Transition(.awaitingResponse, .streaming(.ended, hasBody: hasBody), true), Transition(.reset, .reset, false),
        ]
      ) { $0.beginStreaming(hasBody: hasBody, now: at(5)) }
    }
  }

  @Test func `the end of a streamed response has nghttp2 ask for the rest`() {
    let streaming: [State] = [
      .streaming(Self.fresh, hasBody: true), .streaming(.ended, hasBody: true),
      .streaming(Self.fresh, hasBody: false), .streaming(.ended, hasBody: false), .reset,
    ]
    walk(
      "the end of a response", trapping: Self.every.filter { !streaming.contains($0) },
      [
        Transition(streaming[0], .sending(Self.fresh), .resume), Transition(streaming[1], .sending(.ended), .resume),
        Transition(streaming[2], .discarding(since: at(5), discardedByteCount: 0), .ignore),
        Transition(streaming[3], .finished, .ignore), Transition(.reset, .reset, .ignore),
      ]
    ) { $0.finishStreaming(now: at(5)) }
  }

  @Test func `after the last byte what still comes of the request is thrown away`() {
    let sending: [State] = [Self.openSending, .sending(.ended), .reset]
    walk(
      "the last byte", trapping: Self.every.filter { !sending.contains($0) },
      [
        Transition(Self.openSending, .discarding(since: at(5), discardedByteCount: 100), true),
        Transition(.sending(.ended), .finished, true), Transition(.reset, .reset, true),
      ]
    ) {
      $0.sentAll(now: at(5))
      return true
    }
  }

  @Test func `a response that is cut off resets the stream once`() {
    let over: [State] = [.finished, .reset]
    walk(
      "an abort",
      Self.every.filter { !over.contains($0) }.map { Transition($0, .reset, true) } + unchanged(over, false)
    ) { $0.abort() }
  }

  @Test func `what a deadline leads to depends on what is waited for`() {
    let streaming = Self.every.filter { if case .streaming = $0 { true } else { false } }
    let table: [Transition<State, Machine.TimeoutAction>] =
      [
        Transition(.receivingHead, .reset, .closeConnection),
        Transition(Self.holding, .sending(.open(discardedByteCount: 100)), .sendHeld),
        Transition(Self.openSending, .reset, .resetStalled), Transition(.sending(.ended), .reset, .resetStalled),
        Transition(Self.discarding, .reset, .stopRequest),
      ] + unchanged([.receivingBody, .awaitingResponse], .timeOutExchange) + unchanged([.finished, .reset], .ignore)
    walk("a deadline", table + unchanged(streaming, .timeOutExchange)) { $0.timedOut(now: at(5), hasQueued: false) }
    walk("a deadline", table + streaming.map { Transition($0, .reset, .resetStalled) }) {
      $0.timedOut(now: at(5), hasQueued: true)
    }
  }

  @Test func `every state has its deadline`() {
    var limits = HTTPServerLimits()
    limits.headTimeout = .milliseconds(100)
    limits.writeTimeout = .milliseconds(300)
    let deadlines = Self.every.map { state in
      let machine = Machine(now: at(0), state: state)
      return (
        state, machine.deadline(limits: limits, exchange: at(200), hasQueued: false),
        machine.deadline(limits: limits, exchange: at(200), hasQueued: true)
      )
    }
    for (state, idle, queued) in deadlines {
      switch state {
      case .receivingHead: #expect(idle == at(100))
      case .receivingBody, .awaitingResponse: #expect(idle == at(200))
      case .holding, .discarding: #expect(idle == at(1000))
      case .streaming: #expect(idle == at(200))
      case .sending: #expect(idle == at(300))
      case .finished, .reset: #expect(idle == .distantFuture)
      }
      if case .streaming = state { #expect(queued == at(300)) } else { #expect(queued == idle) }
    }
  }

  // MARK: Scenarios

  /// What happened on a stream, one word each, and where that led.
  private func play(_ steps: [Step]) -> (said: [String], state: State) {
    var machine = Machine(now: at(0))
    var said: [String] = []
    for step in steps { said.append(step(&machine)) }
    return (said, machine.state)
  }

  private static let head: Step = { "\($0.receivedHead(isTooLarge: false, isPeerBehind: false))" }
  private static let end: Step = { "\($0.receivedEnd())" }
  private static let respond: Step = { "\($0.respond(now: at(10)))" }
  private static let last: Step = {
    $0.sentAll(now: at(20))
    return "sent"
  }
  private static func body(_ count: Int) -> Step { { "\($0.receivedBody(byteCount: count))" } }
  private static let late: Step = { "\($0.timedOut(now: at(2000), hasQueued: false))" }

  @Test func `request and response one after the other`() {
    let (said, state) = play([Self.head, Self.body(10), Self.end, Self.respond, Self.last])
    #expect(said == ["start", "deliver", "deliver", "send", "sent"])
    #expect(state == .finished)
  }

  @Test func `an early response waits for the end of its request`() {
    let (said, state) = play([Self.head, Self.respond, Self.body(10), Self.end, Self.last])
    #expect(said == ["start", "hold", "discard", "sendHeld", "sent"])
    #expect(state == .finished)
  }

  @Test func `an early response waits neither for ever nor for every byte`() {
    for (hurry, word) in [(Self.late, "sendHeld"), (Self.body(Self.patienceBytes + 1), "discardAndSendHeld")] {
      let (said, state) = play([Self.head, Self.respond, hurry, Self.last, Self.late])
      #expect(said == ["start", "hold", word, "sent", "stopRequest"])
      #expect(state == .reset)
    }
  }

  @Test func `a request that ends while its early response goes out does not cut that off`() {
    var machine = Machine(now: at(0), state: .holding(since: at(0), discardedByteCount: 0))
    let sent = machine.timedOut(now: at(1000), hasQueued: false)
    let limits = HTTPServerLimits()
    #expect(sent == .sendHeld)
    // The window may stay shut for as long as for any other response, whether the request has ended or not.
    var deadline = machine.deadline(limits: limits, exchange: .distantFuture, hasQueued: false)
    #expect(deadline == at(1000) + limits.writeTimeout)
    _ = machine.receivedEnd()
    machine.sent(now: at(1500))
    deadline = machine.deadline(limits: limits, exchange: .distantFuture, hasQueued: false)
    #expect(deadline == at(1500) + limits.writeTimeout)
    machine.sentAll(now: at(1600))
    let state = machine.state
    #expect(state == .finished)
  }

  @Test func `a head that is too large is answered when its request has ended`() {
    let head: Step = { "\($0.receivedHead(isTooLarge: true, isPeerBehind: false))" }
    let (said, state) = play([head, Self.respond, Self.body(10), Self.end, Self.last])
    #expect(said == ["refuseTooLarge", "hold", "discard", "sendHeld", "sent"])
    #expect(state == .finished)
  }

  @Test func `a stream of a peer that reads nothing is refused, and what follows is ignored`() {
    let head: Step = { "\($0.receivedHead(isTooLarge: false, isPeerBehind: true))" }
    let (said, state) = play([head, Self.body(10), Self.end, Self.late])
    #expect(said == ["refuseStream", "discard", "ignore", "ignore"])
    #expect(state == .reset)
  }

  @Test func `a reset while a response is held drops what comes after it`() {
    let reset: Step = { "\($0.refusedFields())" }
    let (said, state) = play([Self.head, Self.respond, reset, Self.body(10), Self.end, Self.late])
    #expect(said == ["start", "hold", "reset", "discard", "ignore", "ignore"])
    #expect(state == .reset)
  }

  @Test func `trailers that are too large end a request whose handler answers later`() {
    let reset: Step = { "\($0.refusedFields())" }
    let (said, state) = play([Self.head, Self.body(1), reset, Self.respond])
    #expect(said == ["start", "deliver", "reset", "drop"])
    #expect(state == .reset)
  }

  @Test func `a response to a request that is answered twice traps`() async {
    await #expect(processExitsWith: .failure) {
      var machine = HTTP2StreamStateMachine(now: Instant(nanoseconds: 0), state: .sending(.ended))
      _ = machine.respond(now: Instant(nanoseconds: 0))
    }
  }
}

@Suite struct FieldBlockBudgetTests {
  @Test func `a block is looked at up to twice its limits`() {
    for (cost, verdicts) in [
      // By count: 3 fields are allowed.
      (1, [FieldBlockBudget.Verdict.fits, .fits, .fits, .isTooLarge, .isTooLarge, .isTooLarge, .isFarTooLarge]),
      // By bytes: 100 are allowed.
      (50, [.fits, .fits, .isTooLarge, .isTooLarge, .isFarTooLarge]),
    ] {
      var budget = FieldBlockBudget(countMax: 3, bytesMax: 100)
      #expect(verdicts.indices.map { _ in budget.spend(cost) } == verdicts)
      #expect(budget.isExceeded)
      budget.reset()
      #expect(!budget.isExceeded)
    }
    #expect(FieldBlockBudget.cost(nameBytes: 3, valueBytes: 4) == 39)
  }
}

@Suite struct HTTP2ResponseBodyTests {
  private func take(_ body: inout HTTP2ResponseBody, _ count: Int) -> (String, HTTP2ResponseBody.Freed) {
    var bytes = [UInt8](repeating: 0, count: count)
    let taken = unsafe bytes.withUnsafeMutableBytes { unsafe body.take(into: $0) }
    return (String(decoding: bytes.prefix(taken.byteCount), as: UTF8.self), taken.frees)
  }

  @Test func `a whole body frees its memory with the last byte`() {
    var body = HTTP2ResponseBody()
    body.set([UInt8]("abcde".utf8))
    #expect(take(&body, 3) == ("abc", .nothing))
    #expect(!body.isEmpty)
    #expect(take(&body, 3) == ("de", .everything))
    #expect(body.isEmpty)
    #expect(take(&body, 3) == ("", .nothing))
  }

  @Test func `pieces are joined and cut as the buffer wants them, and free what was taken`() {
    var body = HTTP2ResponseBody()
    for piece in ["ab", "", "c", "defg"] { body.append([UInt8](piece.utf8)) }
    #expect(body.queuedByteCount == 7)
    #expect(take(&body, 4) == ("abcd", .bytes(4)))
    #expect(take(&body, 4) == ("efg", .bytes(3)))
    #expect(body.isEmpty)
    #expect(body.queuedByteCount == 0)
  }
}
