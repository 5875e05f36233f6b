import Base
import Feature
import Metrics
import Synchronization
import System
import TestSupport
import Testing

@testable import FleetFeature

struct SampleQueueTests {
  /// Responds as it is told, then with success.
  private final class Store: SampleSink {
    private let state: Mutex<(outcomes: [SampleOutcome], bodies: [[UInt8]])>

    /// Called for each request, while it is under way.
    private let during: @Sendable () -> Void

    init(_ outcomes: [SampleOutcome], during: @escaping @Sendable () -> Void = {}) {
      state = Mutex((outcomes, []))
      self.during = during
    }

    func store(_ request: [UInt8], sampleCount: Int, of tenant: TenantID) -> SampleOutcome {
      during()
      return state.withLock { state in
        state.bodies.append(request)
        return state.outcomes.isEmpty ? .stored() : state.outcomes.removeFirst()
      }
    }

    var bodies: [[UInt8]] { state.withLock { $0.bodies } }
  }

  @Test(arguments: [
    ([SampleOutcome.stored()], 4, 0), ([.stored(rejectedCount: 1, reason: "too old")], 3, 1),
    ([.refused(reason: "no")], 0, 4), ([.retry(reason: "full")], 0, 4),
  ])
  func `samples that wait at the end are stored in one request, or counted as lost`(
    outcomes: [SampleOutcome], stored: Int, lost: Int
  ) {
    let queue = SampleQueue(logger: .disabled)
    let store = Store(outcomes)
    queue.add([1, 2], sampleCount: 1)
    queue.add([3], sampleCount: 3)
    queue.add([], sampleCount: 0)
    queue.stop()
    queue.drain(into: store, of: .default)
    #expect(store.bodies == [[1, 2, 3]])
    #expect(queue.storedCount.value == stored)
    #expect(queue.lostCount.value == lost)
  }

  @Test func `what the store cannot take at present is offered again, before what came later`() throws {
    let queue = SampleQueue(logger: .disabled)
    let isFirst = Atomic(true)
    let store = Store([.retry(reason: "full")]) {
      if isFirst.exchange(false, ordering: .relaxed) { queue.add([2], sampleCount: 1) }
    }
    queue.add([1], sampleCount: 1)
    let thread = try Thread(name: "drain") { queue.drain(into: store, of: .default) }
    #expect(eventually { store.bodies.count == 2 })
    queue.stop()
    thread.join()
    #expect(store.bodies == [[1], [1, 2]])
    #expect(queue.storedCount.value == 2)
    #expect(queue.lostCount.value == 0)
  }

  @Test func `beyond its bound the oldest requests are lost`() {
    let queue = SampleQueue(logger: .disabled)
    let store = Store([])
    for number in 0..<SampleQueue.requestCountMax + 2 { queue.add([UInt8(number)], sampleCount: 10) }
    queue.stop()
    queue.drain(into: store, of: .default)
    #expect(store.bodies.first?.first == 2)
    #expect(queue.lostCount.value == 20)
  }
}
