import Synchronization

/// How much memory the evaluations of a process take together, by estimate.
package final class EvaluationMemory: Sendable {
  package let bytesMax: Int
  private let taken = Atomic<Int>(0)

  package init(bytesMax: Int) { self.bytesMax = bytesMax }

  /// Bytes that are taken at present.
  package var byteCount: Int { taken.load(ordering: .relaxed) }

  /// Takes bytes until ``release(_:)``; false, with nothing taken, where there are too few.
  func take(_ byteCount: Int) -> Bool {
    if taken.add(byteCount, ordering: .relaxed).newValue <= bytesMax { return true }
    taken.subtract(byteCount, ordering: .relaxed)
    return false
  }

  func release(_ byteCount: Int) { taken.subtract(byteCount, ordering: .relaxed) }
}

/// What one evaluation has of the memory; given back when it ends.
final class EvaluationShare {
  private let memory: EvaluationMemory
  private var byteCount = 0

  /// As much is taken at once, so that threads seldom meet: 1 MiB.
  private static let leaseBytes = 1 << 20

  init(_ memory: EvaluationMemory) { self.memory = memory }

  deinit { memory.release(byteCount) }

  /// Takes what is missing to so many bytes; false where others have it.
  func grow(to wanted: Int) -> Bool {
    guard wanted > byteCount else { return true }
    for missing in [max(wanted - byteCount, Self.leaseBytes), wanted - byteCount] where memory.take(missing) {
      byteCount += missing
      return true
    }
    return false
  }

  var problem: String {
    "the queries that run take the \(memory.bytesMax >> 20) MiB of memory that all may take together; try again, or "
      + "select fewer series, a shorter time or a longer step"
  }
}
