import Synchronization

/// A number that only grows.
///
/// One relaxed atomic addition an event; no lock, no allocation.
package final class Counter: Sendable {
  private let total = Atomic<UInt64>(0)

  package init() {}

  package func add(_ count: Int = 1) {
    precondition(count >= 0, "a counter cannot go down by \(count)")
    total.add(UInt64(count), ordering: .relaxed)
  }

  package var value: UInt64 { total.load(ordering: .relaxed) }
}
