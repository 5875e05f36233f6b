import Synchronization

/// A number that goes up and down.
///
/// No lock, no allocation.
package final class Gauge: Sendable {
  private let current = Atomic<Double>(0)

  package init() {}

  package func set(_ value: Double) { current.store(value, ordering: .relaxed) }

  package func set(_ value: Int) { set(Double(value)) }

  package func add(_ difference: Double) { current.accumulate(difference) }

  package var value: Double { current.load(ordering: .relaxed) }
}

extension Atomic where Value == Double {
  /// Adds to a floating-point number by compare and exchange.
  func accumulate(_ difference: Double) {
    var old = load(ordering: .relaxed)
    while true {
      let (exchanged, found) = weakCompareExchange(expected: old, desired: old + difference, ordering: .relaxed)
      if exchanged { return }
      old = found
    }
  }
}
