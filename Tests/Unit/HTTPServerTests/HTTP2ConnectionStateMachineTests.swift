import System
import Testing

@testable import HTTPServer

@Suite struct HTTP2ConnectionStateMachineTests {
  typealias Machine = HTTP2ConnectionStateMachine
  typealias State = Machine.State

  static let every: [State] = [
    .serving, .drainScheduled(at: at(1000)), .announced(goAwayAt: at(1000)), .goneAway, .terminating, .broken,
  ]

  private func walk<Action: Equatable>(
    _ event: String, _ table: [Transition<State, Action>], sourceLocation: SourceLocation = #_sourceLocation,
    _ perform: (inout Machine) -> Action
  ) {
    check(
      event, .http2, every: Self.every, table,
      perform: {
        var machine = Machine(now: at(0), state: $0)
        let action = perform(&machine)
        return (machine.state, action)
      }, sourceLocation: sourceLocation)
  }

  private func unchanged<Action: Equatable>(_ states: [State], _ action: Action) -> [Transition<State, Action>] {
    states.map { Transition($0, $0, action) }
  }

  @Test func `a drain is announced once, and not before a new client had a moment`() {
    let others = Array(Self.every.dropFirst())
    walk("a drain", [Transition(.serving, .announced(goAwayAt: at(400)), true)] + unchanged(others, false)) {
      $0.drain(now: at(200))
    }
    walk("a drain", [Transition(.serving, .drainScheduled(at: at(200)), false)] + unchanged(others, false)) {
      $0.drain(now: at(199))
    }
  }

  @Test func `a deadline leads to the next step of an end`() {
    for isIdle in [false, true] {
      walk(
        "a deadline before its time",
        [
          isIdle
            ? Transition(.serving, .announced(goAwayAt: at(1199)), .announce) : Transition(.serving, .serving, .ignore)
        ] + unchanged([.drainScheduled(at: at(1000)), .announced(goAwayAt: at(1000))], .ignore)
          + unchanged([.goneAway, .terminating, .broken], isIdle ? Machine.TimeoutAction.close : .ignore)
      ) { $0.timedOut(now: at(999), isIdle: isIdle) }
      walk(
        "a deadline",
        [
          isIdle
            ? Transition(.serving, .announced(goAwayAt: at(1200)), .announce) : Transition(.serving, .serving, .ignore),
          Transition(.drainScheduled(at: at(1000)), .announced(goAwayAt: at(1200)), .announce),
          Transition(.announced(goAwayAt: at(1000)), .goneAway, .goAway),
        ] + unchanged([.goneAway, .terminating, .broken], isIdle ? .close : .ignore)
      ) { $0.timedOut(now: at(1000), isIdle: isIdle) }
    }
  }

  @Test func `a broken session stays broken`() {
    walk("a failure", Self.every.map { Transition($0, .broken, true) }) {
      $0.failed()
      return $0.isBroken
    }
  }

  @Test func `too many overlarge heads end the connection once`() {
    walk(
      "overlarge heads",
      [.serving, .drainScheduled(at: at(1000)), .announced(goAwayAt: at(1000)), .goneAway].map {
        Transition($0, .terminating, [false, true, false])
      } + unchanged([.terminating, .broken], [false, false, false])
    ) { machine in
      machine.receivedOverlargeHead()
      let allowed = machine.received(overlargeHeadCountMax: 1)
      machine.receivedOverlargeHead()
      return [allowed, machine.received(overlargeHeadCountMax: 1), machine.received(overlargeHeadCountMax: 1)]
    }
  }

  @Test func `streams are looked at often, an end is taken on time, idleness lasts`() {
    for state in Self.every {
      let machine = Machine(now: at(0), state: state)
      let busy = machine.deadline(now: at(500), isIdle: false, idle: at(9000))
      let idle = machine.deadline(now: at(500), isIdle: true, idle: at(9000))
      switch state {
      case .drainScheduled, .announced:
        #expect(busy == at(1000))
        #expect(idle == at(1000))
      case .serving, .goneAway, .terminating, .broken:
        #expect(busy == at(700))
        #expect(idle == at(9000))
      }
    }
  }

  @Test func `a drain goes through its steps`() {
    var machine = Machine(now: at(0))
    var seen: [String] = []
    seen.append("\(machine.drain(now: at(50)))")
    for time in [100, 200, 300, 400, 500] {
      seen.append("\(machine.timedOut(now: at(Int64(time)), isIdle: time == 500))")
    }
    #expect(seen == ["false", "ignore", "announce", "ignore", "goAway", "close"])
  }
}
