import System
import Testing

@testable import HTTPServer

@Suite struct ConnectionLifeStateMachineTests {
  typealias Machine = ConnectionLifeStateMachine
  typealias Phase = Machine.Phase

  static let lingering = Phase.lingering(until: at(2000), discardedByteCount: 0)
  /// One of every kind.
  static let every: [Phase] = [
    .handshaking(until: at(1000)), .choosingProtocol, .open, .finishing, lingering, .closed,
  ]
  static let readings: [Machine.Reading] = [
    .flowing, .paused(.body), .paused(.backlog), .paused([.body, .backlog]), .ended,
  ]

  private func walk<Action: Equatable>(
    _ event: String, reading: Machine.Reading = .flowing, trapping: [Phase] = [], _ table: [Transition<Phase, Action>],
    sourceLocation: SourceLocation = #_sourceLocation, _ perform: (inout Machine) -> Action
  ) {
    check(
      event, .life, every: Self.every, trapping: trapping, table,
      perform: {
        var machine = Machine(phase: $0, reading: reading, lastActivity: at(0))
        let action = perform(&machine)
        return (machine.phase, action)
      }, sourceLocation: sourceLocation)
  }

  private func unchanged<Action: Equatable>(_ phases: [Phase], _ action: Action) -> [Transition<Phase, Action>] {
    phases.map { Transition($0, $0, action) }
  }

  private func others(than phases: [Phase]) -> [Phase] { Self.every.filter { !phases.contains($0) } }

  private func machine(
    _ phase: Phase, _ reading: Machine.Reading = .flowing, _ writing: Machine.Writing = .flowing
  ) -> Machine {
    Machine(phase: phase, reading: reading, writing: writing, lastActivity: at(0))
  }

  // MARK: Every event in every phase

  @Test func `a connection begins with the handshake, or with the first bytes`() {
    var limits = HTTPServerLimits()
    limits.headTimeout = .milliseconds(300)
    for (isTLS, expected) in [(true, Phase.handshaking(until: at(300))), (false, .choosingProtocol)] {
      let machine = Machine(isTLS: isTLS, now: at(0), limits: limits)
      let phase = machine.phase
      #expect(phase == expected)
    }
    walk(
      "the end of a handshake", trapping: Array(Self.every.dropFirst()),
      [Transition(Self.every[0], .choosingProtocol, true)]
    ) {
      $0.handshakeDone()
      return true
    }
    walk(
      "the choice of a protocol", trapping: others(than: [.choosingProtocol]),
      [Transition(.choosingProtocol, .open, true)]
    ) {
      $0.protocolChosen()
      return true
    }
  }

  @Test func `bytes are processed, or thrown away once the end has begun`() {
    walk(
      "bytes", trapping: [Self.every[0]],
      unchanged([.choosingProtocol, .open], Machine.ReceiveAction.process)
        + unchanged([.finishing, .closed], .discard)
        + [Transition(Self.lingering, .lingering(until: at(2000), discardedByteCount: 10), .discard)]
    ) { $0.received(byteCount: 10, now: at(5)) }
    var machine = machine(.open)
    _ = machine.received(byteCount: 1, now: at(5))
    let activity = machine.lastActivity
    #expect(activity == at(5))
  }

  @Test func `how much a refused client may still send is bounded`() {
    var machine = machine(Self.lingering)
    let before = machine.received(byteCount: Machine.lingerBytesMax, now: at(5))
    let after = machine.received(byteCount: 1, now: at(5))
    #expect(before == .discard)
    #expect(after == .close)
  }

  @Test func `only a connection with requests or responses outlives the client's end`() {
    for reading in Self.readings {
      walk(
        "the client's end", reading: reading,
        unchanged([.open, .finishing], Machine.ClientEndAction.askProtocol)
          + unchanged(others(than: [.open, .finishing]), .close)
      ) {
        let action = $0.clientEnded()
        let hasEnded = $0.hasClientEnded
        #expect(hasEnded)
        return action
      }
    }
  }

  @Test func `reading goes on when the last reason to pause is gone`() {
    for reason in [Machine.Pauses.body, .backlog] {
      for reading in Self.readings {
        var paused = machine(.open, reading)
        let changed = paused.pause(reason)
        let after = paused.reading
        var resumed = machine(.open, reading)
        let goesOn = resumed.resume(reason)
        let left = resumed.reading
        switch reading {
        case .flowing:
          #expect(after == .paused(reason))
          #expect(left == .flowing)
        case .paused(let pauses):
          #expect(after == .paused(pauses.union(reason)))
          #expect(left == (pauses == reason ? .flowing : .paused(pauses.subtracting(reason))))
        case .ended:
          #expect(after == .ended)
          #expect(left == .ended)
        }
        #expect(changed == (reading == .flowing))
        #expect(goesOn == (reading == .paused(reason)))
      }
    }
    // What a refused client sends must be read, or it never sees the refusal.
    var lingering = machine(Self.lingering)
    let changed = lingering.pause(.body)
    #expect(!changed)
  }

  @Test func `the socket is read and written as phase and client allow`() {
    for phase in Self.every {
      for reading in Self.readings {
        let machine = machine(phase, reading)
        let (mayRead, mayWrite, isDiscarding) = (machine.mayRead, machine.mayWrite, machine.isDiscarding)
        #expect(mayRead == (phase != .closed && reading == .flowing))
        switch phase {
        case .handshaking: #expect((mayWrite, isDiscarding) == (false, false))
        case .choosingProtocol, .open: #expect((mayWrite, isDiscarding) == (true, false))
        case .finishing, .lingering: #expect((mayWrite, isDiscarding) == (true, true))
        case .closed: #expect((mayWrite, isDiscarding) == (false, true))
        }
      }
    }
  }

  @Test func `a socket that is full stalls from the first refusal to the next byte`() {
    var machine = machine(.open)
    var seen = [machine.writing]
    machine.stalled(now: at(5))
    seen.append(machine.writing)
    machine.stalled(now: at(9))
    seen.append(machine.writing)
    machine.sent(byteCount: 1, now: at(12))
    seen.append(machine.writing)
    machine.stalled(now: at(13))
    seen.append(machine.writing)
    #expect(seen == [.flowing, .stalled(since: at(5)), .stalled(since: at(5)), .flowing, .stalled(since: at(13))])
    let activity = machine.lastActivity
    #expect(activity == at(12))
  }

  @Test func `an end lets the client read the last response, unless it reads no more`() {
    let after = Phase.lingering(until: at(2005), discardedByteCount: 0)
    for reading in Self.readings {
      for isProtocolDone in [false, true] {
        let ends: [Phase] = isProtocolDone ? [.open, .finishing] : [.finishing]
        walk(
          "everything sent", reading: reading,
          ends.map {
            reading == .ended ? Transition($0, .finishing, Machine.SentAllAction.close) : Transition($0, after, .linger)
          } + unchanged(others(than: ends), .goOn)
        ) { $0.sentAll(isProtocolDone: isProtocolDone, now: at(5)) }
      }
    }
    // The rest is read and thrown away.
    var machine = machine(.finishing, .paused([.body, .backlog]), .stalled(since: at(0)))
    _ = machine.sentAll(isProtocolDone: false, now: at(5))
    let (reading, writing) = (machine.reading, machine.writing)
    #expect(reading == .flowing)
    #expect(writing == .flowing)
  }

  @Test func `an end that was asked for comes once everything is sent`() {
    walk(
      "an end", trapping: [Self.every[0], .choosingProtocol],
      [Transition(.open, .finishing, true)] + unchanged([.finishing, Self.lingering, .closed], true)
    ) {
      $0.finish()
      return true
    }
  }

  @Test func `a connection is closed once`() {
    walk("a close", others(than: [.closed]).map { Transition($0, .closed, true) } + unchanged([.closed], false)) {
      $0.close()
    }
  }

  // MARK: Time

  static let limits = {
    var limits = HTTPServerLimits()
    limits.headTimeout = .milliseconds(100)
    limits.writeTimeout = .milliseconds(300)
    limits.idleTimeout = .milliseconds(900)
    limits.drainIdleTimeout = .milliseconds(20)
    return limits
  }()

  @Test func `every phase has its deadline, and a stalled socket its own`() {
    for phase in Self.every {
      for inputSince in [nil, at(50)] {
        let flowing = Machine(phase: phase, lastActivity: at(0), inputSince: inputSince)
        let deadline = flowing.deadline(limits: Self.limits, idle: at(5000))
        switch phase {
        case .handshaking: #expect(deadline == at(1000))
        case .choosingProtocol: #expect(deadline == (inputSince == nil ? at(5000) : at(150)))
        case .open: #expect(deadline == nil)
        case .finishing: #expect(deadline == at(5000))
        case .lingering: #expect(deadline == at(2000))
        case .closed: #expect(deadline == .distantFuture)
        }
        let stalled = machine(phase, .flowing, .stalled(since: at(10)))
        let write = stalled.deadline(limits: Self.limits, idle: at(5000))
        #expect(write == (phase == Self.lingering ? at(2000) : at(310)))
      }
    }
  }

  @Test func `what a deadline leads to depends on the phase`() {
    let nobody = Machine.Surroundings(isDraining: true)
    for isResting in [false, true] {
      walk(
        "a deadline",
        [
          Transition(Self.every[0], Self.every[0], Machine.TimeoutAction.close(isCounted: true)),
          Transition(.open, .open, .askProtocol),
        ] + unchanged([.choosingProtocol, .finishing, Self.lingering, .closed], .close(isCounted: false))
      ) { $0.timedOut(now: at(5), limits: Self.limits, isResting: isResting, nobody) }
    }
    for phase in Self.every {
      let stalled = machine(phase, .flowing, .stalled(since: at(0)))
      let action = stalled.timedOut(now: at(300), limits: Self.limits, isResting: true, Machine.Surroundings())
      #expect(action == .close(isCounted: ![Self.lingering, .closed].contains(phase)))
    }
  }

  @Test(
    arguments: [
      // Nothing taken; a second's worth; half of one more; everything.
      ([], 300), ([1_000], 1_300), ([1_000, 500], 1_800), ([400, 100, 1], 801),
    ] as [([Int], Int64)])
  func `a client that reads too slowly is closed, however often it reads`(taken: [Int], until: Int64) {
    var limits = Self.limits
    limits.writeBytesPerSecondMin = 1_000
    for phase in Self.every where phase != Self.every[0] {
      var machine = machine(phase)
      machine.backlogChanged(isEmpty: false, now: at(0))
      for (index, byteCount) in taken.enumerated() {
        machine.sent(byteCount: byteCount, now: at(Int64(index)))
        machine.stalled(now: at(Int64(index)))
        machine.backlogChanged(isEmpty: false, now: at(Int64(index)))
      }
      let deadline = machine.backlogDeadline(limits: limits)
      #expect(deadline == at(until))
      let isEnding = [Self.lingering, .closed].contains(phase)
      // The socket took a byte just now, so nothing else is late.
      machine.sent(byteCount: 0, now: at(until))
      let action = machine.timedOut(now: at(until), limits: limits, isResting: false, Machine.Surroundings())
      #expect(action == .close(isCounted: !isEnding))
      machine.backlogChanged(isEmpty: true, now: at(until))
      let none = machine.backlogDeadline(limits: limits)
      #expect(none == nil)
    }
  }

  @Test func `who may rest, and for how long`() {
    for isDraining in [false, true] {
      for isCrowded in [false, true] {
        for isKnown in [false, true] {
          let around = Machine.Surroundings(isDraining: isDraining, isCrowded: isCrowded, isKnown: isKnown)
          // A stranger goes first when it is crowded.
          let restsUntil = isDraining ? 0 : isCrowded && !isKnown ? 100 : 900
          for time in [0, 99, 100, 899, 900] {
            let rests = time < restsUntil
            let choosing = machine(.choosingProtocol)
            let open = machine(.open)
            let first = choosing.timedOut(now: at(Int64(time)), limits: Self.limits, isResting: true, around)
            let second = open.timedOut(now: at(Int64(time)), limits: Self.limits, isResting: true, around)
            let busy = open.timedOut(now: at(Int64(time)), limits: Self.limits, isResting: false, around)
            #expect(first == (rests ? .rest : .close(isCounted: false)))
            #expect(second == (rests ? .rest : .askProtocol))
            #expect(busy == .askProtocol)
          }
        }
      }
    }
    // A client that has begun a head does not rest.
    let begun = Machine(phase: .open, lastActivity: at(0), inputSince: at(0))
    let action = begun.timedOut(now: at(1), limits: Self.limits, isResting: true, Machine.Surroundings())
    #expect(action == .askProtocol)
  }

  @Test func `an idle connection is looked at again before it may go`() {
    for (isDraining, isKnown, now, expected) in [
      (true, true, 50, 70), (false, true, 50, 900), (false, false, 50, 150), (false, false, 850, 900),
    ] {
      let machine = machine(.open)
      let deadline = machine.idleDeadline(
        now: at(Int64(now)), limits: Self.limits, Machine.Surroundings(isDraining: isDraining, isKnown: isKnown))
      #expect(deadline == at(Int64(expected)))
    }
  }

  @Test func `the time of a head counts from its first byte`() {
    var machine = machine(.choosingProtocol)
    var seen: [Instant?] = [machine.inputSince]
    for (isEmpty, time) in [(false, 5), (false, 9), (true, 12), (false, 20)] {
      machine.inputChanged(isEmpty: isEmpty, now: at(Int64(time)))
      seen.append(machine.inputSince)
    }
    #expect(seen == [nil, at(5), at(5), nil, at(20)])
  }

  // MARK: Scenarios

  @Test func `a connection with TLS goes from the handshake to the last byte`() {
    var machine = Machine(isTLS: true, now: at(0), limits: Self.limits)
    var phases = [machine.phase]
    machine.handshakeDone()
    phases.append(machine.phase)
    // The first bytes do not show the protocol, the next do.
    _ = machine.received(byteCount: 3, now: at(10))
    machine.inputChanged(isEmpty: false, now: at(10))
    phases.append(machine.phase)
    _ = machine.received(byteCount: 30, now: at(20))
    machine.protocolChosen()
    machine.inputChanged(isEmpty: true, now: at(20))
    phases.append(machine.phase)
    // The response does not fit into the socket at once.
    machine.finish()
    machine.stalled(now: at(30))
    phases.append(machine.phase)
    machine.sent(byteCount: 1, now: at(40))
    let ends = machine.sentAll(isProtocolDone: false, now: at(40))
    phases.append(machine.phase)
    let last = machine.clientEnded()
    #expect(
      phases == [
        .handshaking(until: at(100)), .choosingProtocol, .choosingProtocol, .open, .finishing,
        .lingering(until: at(2040), discardedByteCount: 0),
      ])
    #expect(ends == .linger)
    #expect(last == .close)
  }

  @Test func `a client that ended its side while the last response goes out gets all of it`() {
    var machine = machine(.finishing, .flowing, .stalled(since: at(0)))
    let asked = machine.clientEnded()
    let ends = machine.sentAll(isProtocolDone: false, now: at(5))
    #expect(asked == .askProtocol)
    #expect(ends == .close)
  }

  @Test func `bytes before the handshake is done trap`() async {
    await #expect(processExitsWith: .failure) {
      var machine = ConnectionLifeStateMachine(
        phase: .handshaking(until: Instant(nanoseconds: 0)), lastActivity: Instant(nanoseconds: 0))
      _ = machine.received(byteCount: 1, now: Instant(nanoseconds: 0))
    }
  }
}
