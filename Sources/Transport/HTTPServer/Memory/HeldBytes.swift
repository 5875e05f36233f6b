import Synchronization

/// How many bytes a server holds for its peers, over all loops: heads, bodies, and responses that wait to be read.
final class HeldBytesTotal: Sendable {
  let bytesMax: Int
  /// What loops take from the total at a time, so that they rarely meet here: at most a quarter of it all together.
  let leaseBytes: Int
  private let leased = Atomic<Int>(0)

  init(bytesMax: Int, loopCount: Int) {
    self.bytesMax = bytesMax
    leaseBytes = min(1 << 20, max(1, bytesMax / (8 * loopCount)))
  }

  /// Takes from the total unless more than `bytesMax` would be taken then.
  func lease(_ byteCount: Int, upTo bytesMax: Int) -> Bool {
    if leased.wrappingAdd(byteCount, ordering: .relaxed).newValue <= bytesMax { return true }
    giveBack(byteCount)
    return false
  }

  func giveBack(_ byteCount: Int) { leased.wrappingSubtract(byteCount, ordering: .relaxed) }
}

/// The part of ``HeldBytesTotal`` that one loop has.
///
/// Confined to the loop.
final class HeldBytes {
  private let total: HeldBytesTotal
  private let counter: LoopCounters
  private var leasedByteCount = 0
  private(set) var byteCount = 0

  init(_ total: HeldBytesTotal, counter: LoopCounters) {
    self.total = total
    self.counter = counter
  }

  /// The most bytes that all peers together may hold.
  var bytesMax: Int { total.bytesMax }

  /// Counts bytes unless the peers of all loops would hold more than `bytesMax` then.
  func hold(_ count: Int, upTo bytesMax: Int) -> Bool {
    let missing = byteCount + count - leasedByteCount
    if missing > 0 {
      let wanted = max(missing, total.leaseBytes)
      if total.lease(wanted, upTo: bytesMax) {
        leasedByteCount += wanted
      } else if total.lease(missing, upTo: bytesMax) {
        leasedByteCount += missing
      } else {
        return false
      }
    }
    byteCount += count
    counter.held.add(count)
    return true
  }

  func release(_ count: Int) {
    precondition(count >= 0 && count <= byteCount, "\(count) bytes released of \(byteCount)")
    byteCount -= count
    counter.held.add(-count)
    // One lease stays, so that a loop at work does not take and give back all the time.
    let spare = leasedByteCount - byteCount - total.leaseBytes
    guard spare >= total.leaseBytes else { return }
    leasedByteCount -= spare
    total.giveBack(spare)
  }
}
