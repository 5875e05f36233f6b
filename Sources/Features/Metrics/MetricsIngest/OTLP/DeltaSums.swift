import System

/// Running sums of what comes as deltas, in memory.
///
/// Sums begin at 0 with the process, and again where a series was forgotten; PromQL takes that for the reset of a
/// counter.
final class DeltaSums: @unchecked Sendable {  // the sums are used by whoever has taken them
  /// A running sum, of points up to a time.
  struct Sum<Value> {
    var value: Value
    /// Milliseconds since 1970.
    var time: Int64
  }

  /// What of a tenant is remembered by the id of a series.
  ///
  /// At least the `countMax` that changed last are, at most twice as many.
  struct Recent<Value> {
    let countMax: Int
    private var newer: [UInt64: Sum<Value>] = [:]
    private var older: [UInt64: Sum<Value>] = [:]

    init(countMax: Int) { self.countMax = countMax }

    var count: Int { newer.count + older.count }

    subscript(id: UInt64) -> Sum<Value>? {
      get { newer[id] ?? older[id] }
      set {
        older[id] = nil
        guard let newValue else {
          newer[id] = nil
          return
        }
        if newer.count >= countMax, newer[id] == nil {
          // What has not changed while `countMax` others did.
          older = newer
          newer.removeAll(keepingCapacity: true)
        }
        newer[id] = newValue
      }
    }
  }

  /// The sums of a tenant.
  struct Tenant {
    var numbers: Recent<Double>
    var histograms: Recent<ExponentialBuckets>

    init(seriesMax: Int) {
      numbers = Recent(countMax: seriesMax)
      // Each takes the memory of its buckets.
      histograms = Recent(countMax: max(1, seriesMax / ExponentialBuckets.countMax))
    }
  }

  private let seriesMax: Int
  private var tenants: [UInt32: Tenant] = [:]
  private let isTaken = Monitor(false)

  /// - Parameter seriesMax: the series of a tenant whose sums are remembered.
  init(seriesMax: Int) { self.seriesMax = seriesMax }

  /// Waits until no other request changes sums.
  ///
  /// It is called under the lock of a lane and given back under it, so whoever has taken the sums waits for no lane.
  fileprivate func take() {
    isTaken.wait { isTaken, _, _ -> Void? in
      if isTaken { return nil }
      isTaken = true
      return ()
    }
  }

  fileprivate func giveBack() {
    isTaken.withLock { $0 = false }
    isTaken.notifyAll()
  }

  /// Calls a function with the sums of a tenant; the caller has taken them.
  fileprivate func with<Result>(_ tenant: UInt32, _ body: (inout Tenant) -> Result) -> Result {
    body(&tenants[tenant, default: Tenant(seriesMax: seriesMax)])
  }
}

/// What one request changes in the running sums, which counts once its rows are kept.
///
/// A request that is refused, found to be a repeat, or put into the spool leaves the sums as they were; from the spool
/// it is decoded again. From its first change to its end, no other request changes sums.
final class DeltaChanges {
  private typealias Undo = (inout DeltaSums.Tenant) -> Void

  private let sums: DeltaSums
  private let tenant: UInt32
  private var isTaken = false
  private var undos: [Undo] = []

  init(_ sums: DeltaSums, tenant: UInt32) {
    self.sums = sums
    self.tenant = tenant
  }

  /// Adds a number to the sum of a series and returns the sum; nil where the point is not later than the one before.
  func add(_ number: Double, to id: UInt64, at time: Int64) -> Double? {
    add(number, to: id, at: time, in: \.numbers) { $0 + $1 }
  }

  /// Adds buckets to those of a histogram and returns the sum; nil where the point is not later than the one before.
  func add(_ buckets: ExponentialBuckets, to id: UInt64, at time: Int64) -> ExponentialBuckets? {
    add(buckets, to: id, at: time, in: \.histograms) { $0 + $1 }
  }

  private func add<Value>(
    _ value: Value, to id: UInt64, at time: Int64, in part: WritableKeyPath<DeltaSums.Tenant, DeltaSums.Recent<Value>>,
    _ sum: (Value, Value) -> Value
  ) -> Value? {
    if !isTaken {
      sums.take()
      isTaken = true
    }
    let (before, after) = sums.with(tenant) { tenant -> (DeltaSums.Sum<Value>?, Value?) in
      let before = tenant[keyPath: part][id]
      if let before, time <= before.time { return (before, nil) }
      let after = before.map { sum($0.value, value) } ?? value
      tenant[keyPath: part][id] = DeltaSums.Sum(value: after, time: time)
      return (before, after)
    }
    if after != nil { undos.append { $0[keyPath: part][id] = before } }
    return after
  }

  /// Ends the changes; unless the rows are kept, they are undone.
  func end(areRowsKept: Bool) {
    guard isTaken else { return }
    if !areRowsKept { sums.with(tenant) { tenant in for undo in undos.reversed() { undo(&tenant) } } }
    undos.removeAll()
    isTaken = false
    sums.giveBack()
  }
}
