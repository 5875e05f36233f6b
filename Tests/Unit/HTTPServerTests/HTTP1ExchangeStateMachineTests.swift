import HTTP1
import System
import Testing

@testable import HTTPServer

@Suite struct HTTP1ExchangeStateMachineTests {
  typealias Machine = HTTP1ExchangeStateMachine
  typealias State = Machine.State
  typealias Turn = Machine.Turn

  static let plain = Turn(minorVersion: 1, persistence: .keepAlive, isBodySmall: true, bodyProgress: at(0))
  static let streamed = turn { $0.response = .streaming(isChunked: true) }
  static let discarding = State.discardingBody(bodyProgress: at(0))

  /// One of every kind.
  static let every: [State] = [
    .awaitingHead, .receivingBody(plain), .receivingBody(streamed), .awaitingResponse(plain),
    .awaitingResponse(streamed), discarding, .complete(.keepAlive), .complete(.close), .ended,
  ]

  static func turn(_ change: (inout Turn) -> Void) -> Turn {
    var turn = plain
    change(&turn)
    return turn
  }

  private func walk<Action: Equatable>(
    _ event: String, client: Machine.Client = .sending, trapping: [State] = [], _ table: [Transition<State, Action>],
    sourceLocation: SourceLocation = #_sourceLocation, _ perform: (inout Machine) -> Action
  ) {
    check(
      event, .http1, every: Self.every, trapping: trapping, table,
      perform: {
        var machine = Machine(state: $0, client: client)
        let action = perform(&machine)
        return (machine.state, action)
      }, sourceLocation: sourceLocation)
  }

  private func unchanged<Action: Equatable>(_ states: [State], _ action: Action) -> [Transition<State, Action>] {
    states.map { Transition($0, $0, action) }
  }

  private func others(than states: [State]) -> [State] { Self.every.filter { !states.contains($0) } }

  // MARK: Every event in every state

  @Test(arguments: [
    (Machine.Head(), State.awaitingResponse(plain)),
    (Machine.Head(minorVersion: 0), .awaitingResponse(turn { $0.minorVersion = 0 })),
    (Machine.Head(isKeepAlive: false), .awaitingResponse(turn { $0.persistence = .close })),
    (Machine.Head(framing: .length(65_536)), .receivingBody(plain)),
    (Machine.Head(framing: .length(65_537)), .receivingBody(turn { $0.isBodySmall = false })),
    (Machine.Head(framing: .length(1), expectsContinue: true), .receivingBody(turn { $0.isBodySmall = false })),
    (Machine.Head(framing: .chunked), .receivingBody(turn { $0.isBodySmall = false })),
  ])
  func `a head begins a turn`(head: Machine.Head, expected: State) {
    walk("a head", trapping: others(than: [.awaitingHead]), [Transition(.awaitingHead, expected, true)]) {
      $0.receivedHead(head, now: at(0))
      return true
    }
  }

  @Test func `bytes of a body move its deadline`() {
    let moved = { (turn: Turn) in
      Self.turn {
        $0 = turn; $0.bodyProgress = at(5)
      }
    }
    let table = [
      Transition(.receivingBody(Self.plain), .receivingBody(moved(Self.plain)), true),
      Transition(.receivingBody(Self.streamed), .receivingBody(moved(Self.streamed)), true),
      Transition(Self.discarding, State.discardingBody(bodyProgress: at(5)), true),
    ]
    walk("a body", trapping: others(than: table.map(\.from)), table) {
      $0.receivedBody(now: at(5))
      return true
    }
  }

  @Test func `a piece of a body is delivered until the response is complete`() {
    let delivered = { (turn: Turn) in
      Self.turn {
        $0 = turn; $0.isBodyBegun = true; $0.untakenByteCount = 10
      }
    }
    walk(
      "a piece", trapping: [.awaitingHead, .ended],
      [
        Transition(.receivingBody(Self.plain), .receivingBody(delivered(Self.plain)), .deliver),
        Transition(.receivingBody(Self.streamed), .receivingBody(delivered(Self.streamed)), .deliver),
        Transition(.awaitingResponse(Self.plain), .awaitingResponse(delivered(Self.plain)), .deliver),
        Transition(.awaitingResponse(Self.streamed), .awaitingResponse(delivered(Self.streamed)), .deliver),
      ] + unchanged([Self.discarding, .complete(.keepAlive), .complete(.close)], Machine.BodyAction.discard)
    ) { $0.deliver(byteCount: 10) }
  }

  @Test func `what the handler has taken waits no longer`() {
    for (state, left) in [
      (State.receivingBody(Self.turn { $0.untakenByteCount = 30 }), 20),
      (.awaitingResponse(Self.turn { $0.untakenByteCount = 30 }), 20), (.awaitingHead, 0), (Self.discarding, 0),
      (.complete(.keepAlive), 0), (.ended, 0),
    ] {
      var machine = Machine(state: state)
      machine.taken(byteCount: 10)
      let untaken = machine.untakenByteCount
      #expect(untaken == left)
    }
  }

  @Test func `only a body of which nothing was handed on is handed on as a whole`() {
    for state in Self.every {
      let machine = Machine(state: state)
      let isWhole = machine.mayDeliverWhole
      switch state {
      case .receivingBody, .awaitingResponse: #expect(isWhole)
      case .awaitingHead, .discardingBody, .complete, .ended: #expect(!isWhole)
      }
    }
    let begun = Machine(state: .awaitingResponse(Self.turn { $0.isBodyBegun = true }))
    let isWhole = begun.mayDeliverWhole
    #expect(!isWhole)
  }

  @Test func `the end of a body leaves the response, or nothing`() {
    let table = [
      Transition(.receivingBody(Self.plain), .awaitingResponse(Self.plain), true),
      Transition(.receivingBody(Self.streamed), .awaitingResponse(Self.streamed), true),
      Transition(Self.discarding, State.complete(.keepAlive), true),
    ]
    walk("the end of a body", trapping: others(than: table.map(\.from)), table) {
      $0.receivedEnd()
      return true
    }
  }

  @Test func `what is malformed gets one response and no more`() {
    let close = { (turn: Turn) in
      Self.turn {
        $0 = turn; $0.persistence = .close
      }
    }
    let table = [
      Transition(.awaitingHead, .awaitingHead, Machine.RefusalAction.respond),
      Transition(.receivingBody(Self.plain), .receivingBody(close(Self.plain)), .refuseExchange),
      Transition(.receivingBody(Self.streamed), .receivingBody(close(Self.streamed)), .refuseExchange),
      Transition(Self.discarding, Self.discarding, .end),
    ]
    walk("a malformed message", trapping: others(than: table.map(\.from)), table) { $0.refused() }
  }

  @Test func `a turn that is complete makes room for the next`() {
    walk(
      "settling",
      [
        Transition(.complete(.keepAlive), .awaitingHead, Machine.SettleAction.readNextHead),
        Transition(.complete(.close), .ended, .finish),
      ] + unchanged(others(than: [.complete(.keepAlive), .complete(.close)]), .wait)
    ) { $0.settle() }
  }

  /// States in which a response may be given.
  static let pending: [State] = [
    .receivingBody(plain), .receivingBody(streamed), .awaitingResponse(plain), .awaitingResponse(streamed),
  ]

  @Test func `a whole response completes the turn, unless a small body is still to come`() {
    for (isDraining, left, field, persistence) in [
      (false, Self.discarding, Machine.ConnectionField.none, Machine.Persistence.keepAlive),
      (true, .complete(.close), .close, .close),
    ] {
      walk(
        "a response", trapping: others(than: Self.pending),
        [
          Transition(Self.pending[0], left, field), Transition(Self.pending[1], left, field),
          Transition(Self.pending[2], .complete(persistence), field),
          Transition(Self.pending[3], .complete(persistence), field),
        ]
      ) { $0.respond(isDraining: isDraining) }
    }
  }

  @Test(arguments: [
    // A large body that is still to come ends the connection.
    (State.receivingBody(turn { $0.isBodySmall = false }), Machine.ConnectionField.close, State.complete(.close)),
    (.awaitingResponse(turn { $0.isBodySmall = false }), .none, .complete(.keepAlive)),
    (.awaitingResponse(turn { $0.persistence = .close }), .close, .complete(.close)),
    // A client of HTTP/1.0 expects the connection to end unless the response says otherwise.
    (.awaitingResponse(turn { $0.minorVersion = 0 }), .keepAlive, .complete(.keepAlive)),
  ])
  func `the head of a response says what becomes of the connection`(
    state: State, field: Machine.ConnectionField, next: State
  ) {
    var machine = Machine(state: state)
    let said = machine.respond(isDraining: false)
    #expect(said == field)
    let reached = machine.state
    #expect(reached == next)
  }

  @Test func `a streamed response is framed as the version and its fields allow`() {
    for (minorVersion, length, hasBody, framing, isChunked, field) in [
      (UInt8(1), Int?.none, true, Machine.StreamFraming.chunked, true, Machine.ConnectionField.none),
      (1, nil, false, .chunked, false, .none), (1, 7, true, .length(7), false, .none),
      (0, nil, true, .untilClose, false, .close), (0, 7, true, .length(7), false, .keepAlive),
    ] {
      var machine = Machine(state: .awaitingResponse(Self.turn { $0.minorVersion = minorVersion }))
      let head = machine.beginStreaming(contentLength: length, hasBody: hasBody, isDraining: false)
      #expect(head.framing == framing)
      #expect(head.connection == field)
      let chunked = machine.isChunked
      #expect(chunked == isChunked)
      machine.finishStreaming()
      let state = machine.state
      #expect(state == .complete(field == .close ? .close : .keepAlive))
    }
  }

  @Test func `a streamed response begins once, and ends the turn`() {
    let begin: (inout Machine) -> Bool = {
      _ = $0.beginStreaming(contentLength: nil, hasBody: true, isDraining: false)
      return true
    }
    let begun: [State] = [.receivingBody(Self.plain), .awaitingResponse(Self.plain)]
    walk(
      "the head of a response", trapping: others(than: begun),
      [
        Transition(begun[0], .receivingBody(Self.streamed), true),
        Transition(begun[1], .awaitingResponse(Self.streamed), true),
      ], begin)
    let streaming: [State] = [.receivingBody(Self.streamed), .awaitingResponse(Self.streamed)]
    walk(
      "the end of a response", trapping: others(than: streaming),
      [Transition(streaming[0], Self.discarding, true), Transition(streaming[1], .complete(.keepAlive), true)]
    ) {
      $0.finishStreaming()
      return true
    }
  }

  @Test func `a client that ends its side still gets its response`() {
    for hasOutput in [false, true] {
      walk(
        "the end of the client's side",
        unchanged([.awaitingResponse(Self.plain), .awaitingResponse(Self.streamed)], .keepOpen)
          + unchanged(
            [.awaitingHead, .complete(.keepAlive), .complete(.close), .ended],
            hasOutput ? Machine.ClientEndAction.keepOpen : .close)
          + [.receivingBody(Self.plain), .receivingBody(Self.streamed), Self.discarding].map {
            Transition($0, .ended, hasOutput ? .closeWhenFlushed : .close)
          }
      ) { $0.clientEnded(hasOutput: hasOutput, now: at(0)) }
    }
  }

  @Test func `what a deadline leads to depends on what is waited for`() {
    let close = { (turn: Turn) in
      Self.turn {
        $0 = turn; $0.persistence = .close
      }
    }
    for isDraining in [false, true] {
      walk(
        "a deadline",
        [
          Transition(.awaitingHead, .ended, Machine.TimeoutAction.close(isCounted: !isDraining)),
          Transition(.receivingBody(Self.plain), .receivingBody(close(Self.plain)), .timeOutExchange),
          Transition(.receivingBody(Self.streamed), .receivingBody(close(Self.streamed)), .timeOutExchange),
          Transition(.awaitingResponse(Self.plain), .awaitingResponse(close(Self.plain)), .timeOutExchange),
          Transition(.awaitingResponse(Self.streamed), .awaitingResponse(close(Self.streamed)), .timeOutExchange),
        ]
          + [Self.discarding, .complete(.keepAlive), .complete(.close), .ended].map {
            Transition($0, .ended, .close(isCounted: false))
          }
      ) {
        $0.timedOut(
          now: at(5), limits: HTTPServerLimits(), isDraining: isDraining, exchange: at(5), lastActivity: at(0))
      }
    }
  }

  @Test func `every state has its deadline`() {
    var limits = HTTPServerLimits()
    limits.bodyTimeout = .milliseconds(100)
    limits.drainIdleTimeout = .milliseconds(200)
    for exchange in [at(50), at(400)] {
      for head in [nil, at(300)] {
        for state in Self.every {
          let machine = Machine(state: state)
          let deadline = machine.deadline(
            limits: limits, idle: at(9000), head: head, exchange: exchange, lastActivity: at(0))
          switch state {
          case .awaitingHead: #expect(deadline == head ?? at(9000))
          case .receivingBody: #expect(deadline == min(exchange, at(100)))
          case .awaitingResponse: #expect(deadline == exchange)
          case .discardingBody: #expect(deadline == at(200))
          case .complete, .ended: #expect(deadline == at(9000))
          }
        }
      }
    }
  }
}

// MARK: - Scenarios

extension HTTP1ExchangeStateMachineTests {
  private static func answered(_ machine: inout Machine, isDraining: Bool = false) -> [String] {
    ["\(machine.respond(isDraining: isDraining))", "\(machine.settle())"]
  }

  @Test func `requests that come at once are answered one after the other`() {
    var machine = Machine()
    for isLast in [false, false, true] {
      machine.receivedHead(Machine.Head(isKeepAlive: !isLast, framing: .length(1)), now: at(0))
      machine.receivedBody(now: at(0))
      machine.receivedEnd()
      let said = Self.answered(&machine)
      #expect(said == (isLast ? ["close", "finish"] : ["none", "readNextHead"]))
    }
  }

  @Test func `a body that is refused before it comes ends the connection when it waits for 100 Continue`() {
    for (expectsContinue, said) in [(true, ["close", "finish"]), (false, ["none", "wait"])] {
      var machine = Machine()
      machine.receivedHead(Machine.Head(framing: .length(4), expectsContinue: expectsContinue), now: at(0))
      let answered = Self.answered(&machine)
      #expect(answered == said)
    }
  }

  @Test func `a small body that is refused is read off, and the connection goes on`() {
    var machine = Machine()
    machine.receivedHead(Machine.Head(framing: .length(4)), now: at(0))
    _ = Self.answered(&machine)
    machine.receivedBody(now: at(1))
    let action = machine.deliver(byteCount: 4)
    machine.receivedEnd()
    let next = machine.settle()
    #expect(action == .discard)
    #expect(next == .readNextHead)
  }

  @Test func `a body beyond the limit is refused in the middle`() {
    var machine = Machine()
    machine.receivedHead(Machine.Head(framing: .chunked), now: at(0))
    machine.receivedBody(now: at(1))
    let delivered = machine.deliver(byteCount: 100)
    let refused = machine.refused()
    let said = Self.answered(&machine)
    #expect(delivered == .deliver)
    #expect(refused == .refuseExchange)
    #expect(said == ["close", "finish"])
  }

  @Test func `a head that is too large is answered without an exchange, behind the responses before it`() {
    var machine = Machine()
    machine.receivedHead(Machine.Head(), now: at(0))
    _ = Self.answered(&machine)
    let refused = machine.refused()
    machine.end()
    let next = machine.settle()
    let state = machine.state
    #expect(refused == .respond)
    #expect(next == .wait)
    #expect(state == .ended)
  }

  @Test func `a request that a drain finds under way is the last`() {
    var machine = Machine()
    machine.receivedHead(Machine.Head(), now: at(0))
    let said = Self.answered(&machine, isDraining: true)
    #expect(said == ["close", "finish"])
  }

  @Test func `a client that is silent is probed once when its response takes long`() {
    let limits = HTTPServerLimits()
    var machine = Machine()
    machine.receivedHead(Machine.Head(), now: at(0))
    let ended = machine.clientEnded(hasOutput: false, now: at(100))
    #expect(ended == .keepOpen)
    var deadline = machine.deadline(
      limits: limits, idle: at(9000), head: nil, exchange: at(5000), lastActivity: at(100))
    #expect(deadline == at(1100))
    var seen: [Machine.TimeoutAction] = []
    for time in [1099, 1100, 1101, 4999, 5000] {
      seen.append(
        machine.timedOut(
          now: at(Int64(time)), limits: limits, isDraining: false, exchange: at(5000), lastActivity: at(100)))
    }
    #expect(seen == [.wait, .probe, .wait, .wait, .timeOutExchange])
    deadline = machine.deadline(limits: limits, idle: at(9000), head: nil, exchange: at(5000), lastActivity: at(100))
    #expect(deadline == at(5000))
  }

  @Test func `no client of HTTP 1.0 is probed, and no streamed response is disturbed`() {
    let limits = HTTPServerLimits()
    var old = Machine()
    old.receivedHead(Machine.Head(minorVersion: 0), now: at(0))
    _ = old.clientEnded(hasOutput: false, now: at(0))
    let first = old.timedOut(now: at(2000), limits: limits, isDraining: false, exchange: at(5000), lastActivity: at(0))
    #expect(first == .wait)

    var streaming = Machine()
    streaming.receivedHead(Machine.Head(), now: at(0))
    _ = streaming.beginStreaming(contentLength: nil, hasBody: true, isDraining: false)
    _ = streaming.clientEnded(hasOutput: true, now: at(0))
    let idle = at(0) + limits.idleTimeout
    let deadline = streaming.deadline(
      limits: limits, idle: at(9000), head: nil, exchange: .distantFuture, lastActivity: at(0))
    #expect(deadline == idle)
    // Silence on both sides for so long means that nobody can find out whether the client is there.
    var seen: [Machine.TimeoutAction] = []
    for time in [at(2000), idle] {
      seen.append(
        streaming.timedOut(
          now: time, limits: limits, isDraining: false, exchange: .distantFuture, lastActivity: at(0)))
    }
    #expect(seen == [.wait, .close(isCounted: true)])
  }

  @Test func `a request that waited behind another is probed in its own time`() {
    var machine = Machine()
    machine.receivedHead(Machine.Head(), now: at(0))
    _ = machine.clientEnded(hasOutput: false, now: at(0))
    _ = Self.answered(&machine)
    machine.receivedHead(Machine.Head(), now: at(900))
    let deadline = machine.deadline(
      limits: HTTPServerLimits(), idle: at(9000), head: nil, exchange: at(60_000), lastActivity: at(900))
    #expect(deadline == at(1900))
  }

  @Test func `a second response traps`() async {
    await #expect(processExitsWith: .failure) {
      var machine = HTTP1ExchangeStateMachine(state: .complete(.keepAlive))
      _ = machine.respond(isDraining: false)
    }
  }
}
