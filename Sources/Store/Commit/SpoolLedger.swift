import Base
import Synchronization
import Telemetry

/// How many requests of a group commit wait in its spool, and whose.
final class SpoolLedger<Rows: ArrivingRows>: Sendable {
  private struct State: Sendable {
    var spool: (any RequestSpool<Rows>)?
    /// Counts the requests that came into the spool, and those that left it, in about the same order.
    var arrived: UInt64 = 0
    var passed: UInt64 = 0
    /// Whose rows wait, and of when.
    var times = TenantTimes()
  }

  private let state = Mutex(State())
  private let count = Atomic<Int>(0)
  private let isOpen = Atomic<Bool>(false)

  /// Whether requests can be left out of memory.
  var isAttached: Bool { isOpen.load(ordering: .acquiring) }
  /// Whether requests wait.
  ///
  /// Later ones then wait behind them.
  var isInUse: Bool { count.load(ordering: .relaxed) > 0 }
  var arrived: UInt64 { state.withLock(\.arrived) }
  var passed: UInt64 { state.withLock(\.passed) }
  var spool: (any RequestSpool<Rows>)? { state.withLock(\.spool) }

  /// - Parameter foundCount: How many requests of earlier processes wait in the spool.
  func attach(_ spool: any RequestSpool<Rows>, foundCount: Int) {
    state.withLock { state in
      state.spool = spool
      state.arrived = UInt64(foundCount)
      if foundCount > 0 { state.times = .unknown }
    }
    count.store(foundCount, ordering: .relaxed)
    isOpen.store(true, ordering: .releasing)
  }

  /// Releases the spool, which may refer to what holds this.
  ///
  /// From now on, all requests are in memory.
  func detach() {
    isOpen.store(false, ordering: .releasing)
    state.withLock { $0.spool = nil }
  }

  func add(_ tenant: TenantID, _ range: ClosedRange<Int64>) {
    state.withLock { state in
      state.arrived += 1
      state.times.insert(tenant, range)
    }
    count.add(1, ordering: .relaxed)
  }

  /// Notes that requests wait in the spool no longer.
  func pass(_ passedCount: Int) {
    state.withLock { state in
      state.passed += UInt64(passedCount)
      if state.passed == state.arrived { state.times.removeAll() }
    }
    count.subtract(passedCount, ordering: .relaxed)
  }

  /// Whether rows may wait that a question touches; nil stands for any tenant, and for any time.
  func hasRows(of tenant: TenantID?, in range: TimeRange?) -> Bool {
    isInUse && state.withLock { $0.times.overlap(tenant, range) }
  }
}
