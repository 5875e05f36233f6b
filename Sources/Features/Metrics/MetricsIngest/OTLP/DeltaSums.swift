import System

/// Running sums of what comes as deltas, in memory.
///
/// Sums begin at 0 with the process, and again where a series was forgotten; PromQL takes that for the reset of a
/// counter.
package final class DeltaSums: @unchecked Sendable {  // the sums are used by whoever has taken them
  /// A running sum, of points up to a time.
  struct Sum<Value> {
    var value: Value
    /// Milliseconds since 1970.
    var time: Int64
    /// Of the latest point that came again from the journal; nil without one.
    var timeAgain: Int64?
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
  package init(seriesMax: Int) { self.seriesMax = seriesMax }

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

/// How the points of a request stand to others of their series.
enum DeltaOrder {
  /// They came just now: each is later than those before it.
  case arrival
  /// They are read again from the journal, while later points may have arrived or, in an earlier process, been stored.
  ///
  /// - Parameter storedTime: of the latest sample of a series that an earlier process stored, in milliseconds since
  ///   1970; its value holds all points up to then.
  case again(storedTime: (_ series: UInt64) -> Int64?)
}

/// What became of a point that was added to a running sum.
enum DeltaAddition<Value> {
  /// The sum and the time of its latest point, which is that of the sample.
  case sum(Value, time: Int64)
  /// A stored sample holds the point already.
  case contained
  /// The point is not later than the one before it.
  case notLater
}

/// What one request changes in the running sums, which counts once its rows are kept.
///
/// A request that is refused, found to be a repeat, or put into the spool leaves the sums as they were; from the spool
/// it is decoded again. From its first change to its end, no other request changes sums.
package final class DeltaChanges {
  private typealias Undo = (inout DeltaSums.Tenant) -> Void

  private let sums: DeltaSums
  private let tenant: UInt32
  private let order: DeltaOrder
  private var isTaken = false
  private var undos: [Undo] = []

  package convenience init(_ sums: DeltaSums, tenant: UInt32) { self.init(sums, tenant: tenant, .arrival) }

  init(_ sums: DeltaSums, tenant: UInt32, _ order: DeltaOrder) {
    self.sums = sums
    self.tenant = tenant
    self.order = order
  }

  /// Adds a number to the sum of a series.
  func add(_ number: Double, to id: UInt64, at time: Int64) -> DeltaAddition<Double> {
    add(number, to: id, storedAs: id, at: time, in: \.numbers) { $0 + $1 }
  }

  /// Adds buckets to those of a histogram.
  ///
  /// - Parameter series: one of its series that is stored with every point.
  func add(
    _ buckets: ExponentialBuckets, to id: UInt64, storedAs series: UInt64, at time: Int64
  ) -> DeltaAddition<ExponentialBuckets> {
    add(buckets, to: id, storedAs: series, at: time, in: \.histograms) { $0 + $1 }
  }

  private func add<Value>(
    _ value: Value, to id: UInt64, storedAs series: UInt64, at time: Int64,
    in part: WritableKeyPath<DeltaSums.Tenant, DeltaSums.Recent<Value>>, _ sum: (Value, Value) -> Value
  ) -> DeltaAddition<Value> {
    if !isTaken {
      sums.take()
      isTaken = true
    }
    let before = sums.with(tenant) { $0[keyPath: part][id] }
    var timeAgain = before?.timeAgain
    switch order {
    case .arrival:
      if let before, time <= before.time { return .notLater }
    case .again(let storedTime):
      if let stored = storedTime(series), time <= stored { return .contained }
      if let timeAgain, time <= timeAgain { return .notLater }
      timeAgain = time
    }
    // A counter only grows: a point that is read after later ones counts from the latest of them on.
    let after = DeltaSums.Sum(
      value: before.map { sum($0.value, value) } ?? value, time: max(time, before?.time ?? time), timeAgain: timeAgain)
    sums.with(tenant) { $0[keyPath: part][id] = after }
    undos.append { $0[keyPath: part][id] = before }
    return .sum(after.value, time: after.time)
  }

  /// Ends the changes; unless the rows are kept, they are undone.
  package func end(areRowsKept: Bool) {
    guard isTaken else { return }
    if !areRowsKept { sums.with(tenant) { tenant in for undo in undos.reversed() { undo(&tenant) } } }
    undos.removeAll()
    isTaken = false
    sums.giveBack()
  }
}
