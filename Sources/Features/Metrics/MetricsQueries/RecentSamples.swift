package import Base
package import Columns
package import Metrics
import Synchronization

/// The newest minutes of metrics that are asked for again and again, for rules and the newest values of dashboards.
///
/// A metric is watched from its second question within some minutes on: it is loaded once, and every row that is stored
/// from then on is added when the engine has it, so it has what the engine has. Questions about its last minutes are then
/// answered without a statement. What is not asked for any more goes, and so does the metric that was asked for the longest ago
/// where there is too little room.
package final class RecentSamples: Sendable {
  struct Key: Hashable {
    let tenant: UInt32
    let metric: UInt32
  }

  /// How far back a watched metric reaches, in milliseconds: ranges of 10 minutes, with a minute for questions about a moment
  /// ago.
  static let window: Int64 = 660_000
  /// How long a metric is watched that nobody asks for, and within which time the second question has to come: rules are
  /// seldom evaluated less often.
  static let idleMax: Int64 = 300_000
  /// A metric that was asked for within this time does not make room for another one.
  static let keptMin: Int64 = 60_000
  /// Watched metrics; each is looked at now and then.
  static let metricCountMax = 1_000
  /// Metrics of which it is known when they were asked for: 64 bytes each.
  private static let askedCountMax = 4_096
  private static let sweepInterval: Int64 = 30_000

  private struct State {
    var metrics: [Key: RecentMetric] = [:]
    /// When metrics that are not watched were asked for; of those without room, when they may be again.
    var askedAt: [Key: Int64] = [:]
    var refusedUntil: [Key: Int64] = [:]
    var sweptAt: Int64 = 0
  }

  private let state = Mutex(State())
  private let watchedCount = Atomic<Int>(0)
  private let byteCount = Atomic<Int>(0)
  private let reads = Counter()
  private let bytesMax: Int
  private let now: @Sendable () -> UnixNanoseconds

  /// - Parameter bytesMax: Of all metrics, by estimate; 0 for none.
  package init(bytesMax: Int, now: @escaping @Sendable () -> UnixNanoseconds) {
    self.bytesMax = bytesMax
    self.now = now
  }

  private var milliseconds: Int64 { now().rawValue / 1_000_000 }

  /// The most samples of one metric, so that one does not take the room of all others.
  var sampleCountMax: Int { bytesMax / 2 / 16 }

  // MARK: Storing

  /// Adds rows of `samples`; call it when the engine has stored them.
  package func note(_ block: ColumnBlock, _ rows: Range<Int>) {
    guard watchedCount.load(ordering: .relaxed) > 0 else { return }
    let metrics = state.withLock { $0.metrics }
    var grown = 0
    RecentRows(block, rows).forEachMetric { key, rows in
      if let metric = metrics[key] { grown += metric.append(rows) }
    }
    byteCount.add(grown, ordering: .relaxed)
    sweep()
  }

  // MARK: Asking

  /// A metric that is to be loaded now, because it was asked for again; nil for any other.
  func ask(_ key: Key) -> RecentMetric? {
    sweep()
    let now = milliseconds
    return state.withLock { state in
      if let metric = state.metrics[key] {
        metric.askedAt.store(now, ordering: .relaxed)
        return nil
      }
      if let until = state.refusedUntil[key] {
        guard now >= until else { return nil }
        state.refusedUntil[key] = nil
      }
      guard bytesMax > 0, let askedAt = state.askedAt[key], now - askedAt <= Self.idleMax else {
        if state.askedAt.count >= Self.askedCountMax { state.askedAt.removeAll() }
        state.askedAt[key] = now
        return nil
      }
      state.askedAt[key] = nil
      guard state.metrics.count < Self.metricCountMax || drop(from: &state, askedBefore: now - Self.keptMin) else {
        refuse(key, in: &state)
        return nil
      }
      let metric = RecentMetric(since: now - Self.window, now: now)
      state.metrics[key] = metric
      watchedCount.store(state.metrics.count, ordering: .relaxed)
      return metric
    }
  }

  /// The watched metric of a key.
  func metric(_ key: Key) -> RecentMetric? {
    guard watchedCount.load(ordering: .relaxed) > 0 else { return nil }
    return state.withLock { $0.metrics[key] }
  }

  /// Whether a question that begins after a time may be one for the newest minutes.
  func mayHave(after time: Int64) -> Bool { bytesMax > 0 && time >= milliseconds - Self.window }

  func countRead() { reads.add() }
  var readCount: UInt64 { reads.value }
  var heldBytes: Int { byteCount.load(ordering: .relaxed) }

  /// A metric was loaded and grew; makes room, of metrics that were not asked for a moment ago, or else of it.
  func didLoad(_ key: Key, grewBy bytes: Int) {
    byteCount.add(bytes, ordering: .relaxed)
    let before = milliseconds - Self.keptMin
    state.withLock { state in
      while byteCount.load(ordering: .relaxed) > bytesMax {
        guard drop(from: &state, askedBefore: before) else { return refuse(key, in: &state) }
      }
    }
  }

  /// Watches a metric no longer that cannot be loaded or is too large, for some minutes.
  func refuse(_ key: Key) { state.withLock { refuse(key, in: &$0) } }

  private func refuse(_ key: Key, in state: inout State) {
    remove(key, from: &state)
    if state.refusedUntil.count >= Self.askedCountMax { state.refusedUntil.removeAll() }
    state.refusedUntil[key] = milliseconds + Self.idleMax
  }

  // MARK: Making room

  /// Drops the metric that was asked for the longest ago, if that was before a time; false where there is none.
  private func drop(from state: inout State, askedBefore time: Int64) -> Bool {
    let oldest = state.metrics.min { left, right in
      left.value.askedAt.load(ordering: .relaxed) < right.value.askedAt.load(ordering: .relaxed)
    }
    guard let oldest, oldest.value.askedAt.load(ordering: .relaxed) < time else { return false }
    remove(oldest.key, from: &state)
    return true
  }

  private func remove(_ key: Key, from state: inout State) {
    guard let metric = state.metrics.removeValue(forKey: key) else { return }
    watchedCount.store(state.metrics.count, ordering: .relaxed)
    byteCount.subtract(metric.drop(), ordering: .relaxed)
  }

  /// Now and then forgets what is too old and what nobody asks for; and always what has no room.
  private func sweep() {
    let now = milliseconds
    let due = state.withLock { state -> [RecentMetric] in
      // The clock may have been set back.
      let isDue = abs(now - state.sweptAt) >= Self.sweepInterval
      if isDue {
        state.sweptAt = now
        for (key, metric) in state.metrics where metric.askedAt.load(ordering: .relaxed) < now - Self.idleMax {
          remove(key, from: &state)
        }
        state.refusedUntil = state.refusedUntil.filter { $0.value > now }
      }
      return isDue ? Array(state.metrics.values) : []
    }
    for metric in due { byteCount.subtract(metric.trim(through: now - Self.window), ordering: .relaxed) }
    guard byteCount.load(ordering: .relaxed) > bytesMax else { return }
    state.withLock { state in
      while byteCount.load(ordering: .relaxed) > bytesMax, drop(from: &state, askedBefore: .max) {}
    }
  }

  package func register(in metrics: MetricRegistry) {
    metrics.gauge("axonize_recent_samples_bytes", help: "Memory of the newest samples of watched metrics, by estimate.")
    {
      Double(self.heldBytes)
    }
    metrics.gauge("axonize_recent_metrics", help: "Metrics whose newest samples are in memory.") {
      Double(self.watchedCount.load(ordering: .relaxed))
    }
    metrics.counter(
      "axonize_recent_reads_total", help: "Reads of a metric's newest samples that needed no statement."
    ) { Double(self.readCount) }
  }
}
