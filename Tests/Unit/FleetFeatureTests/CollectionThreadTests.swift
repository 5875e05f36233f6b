import Base
import Collection
import Feature
import System
import TestSupport
import Testing

@testable import FleetFeature

/// Goal: a file that hangs holds up neither the end of the program nor the other threads.
struct CollectionThreadTests {
  /// Hangs until it is told to go on.
  private final class HangingCollector: Collector {
    let name = "hanging"
    private let gate: Monitor<Bool>

    init(_ gate: Monitor<Bool>) { self.gate = gate }

    func collect(into collected: inout Collected) throws(CollectionProblem) {
      gate.wait { isOpen, _, _ in isOpen ? () : nil }
    }
  }

  private func thread(_ collectors: @escaping CollectionThread.Collectors) -> CollectionThread {
    CollectionThread(
      name: "test", collectors: collectors, queue: SampleQueue(logger: .disabled),
      source: SampleSource(instance: "n1", labels: []), now: { UnixNanoseconds(1) }, logger: .disabled)
  }

  @Test func `the end waits for what was begun, and not for what hangs`() throws {
    let gate = Monitor(false)
    let thread = thread { [(HangingCollector(gate), .seconds(3600))] }
    try thread.start(.remoteWrite)
    #expect(!thread.stop(within: .milliseconds(1)))
    #expect(thread.collected == nil)
    gate.withLock { $0 = true }
    gate.notifyAll()
    #expect(thread.stop(within: eventuallyDefault))
    #expect(thread.collected?.statuses.map(\.name) == ["hanging"])
  }

  @Test func `a thread that was not started has ended`() {
    #expect(thread { [] }.stop(within: .zero))
  }
}
