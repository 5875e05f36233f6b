import Testing

@testable import HTTPServer

@Suite struct RequestBodyStateMachineTests {
  private typealias Machine = RequestBodyStateMachine

  private enum Event { case piece(UInt8), end, failure }

  private static func machine(_ events: [Event]) -> Machine {
    var machine = Machine()
    for event in events {
      switch event {
      case .piece(let byte): machine.received([byte])
      case .end: machine.ended()
      case .failure: machine.failed()
      }
    }
    return machine
  }

  @Test(
    arguments: [
      ([], .receiving, [.wait]), ([.end], .complete, [.end, .end]), ([.failure], .failed, [.fail, .fail]),
      ([.piece(1)], .receiving, [.deliver([1]), .wait]),
      ([.piece(1), .piece(2), .end], .complete, [.deliver([1, 2]), .end]),
      ([.piece(1), .failure], .failed, [.deliver([1]), .fail]),
      // The first end counts.
      ([.end, .failure], .complete, [.end]), ([.failure, .end], .failed, [.fail]),
    ] as [([Event], RequestBodyStateMachine.Phase, [RequestBodyStateMachine.NextAction])])
  private func `a reader gets what came, then how it ended`(
    events: [Event], phase: RequestBodyStateMachine.Phase, actions: [RequestBodyStateMachine.NextAction]
  ) {
    var machine = Self.machine(events)
    #expect(machine.phase == phase)
    #expect(actions.map { _ in machine.next() } == actions)
  }

  @Test func `a piece after the end is a defect`() async {
    await #expect(processExitsWith: .failure) {
      var machine = RequestBodyStateMachine()
      machine.ended()
      machine.received([1])
    }
  }
}
