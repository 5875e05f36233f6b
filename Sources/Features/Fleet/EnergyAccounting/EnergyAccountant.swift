package import AttributionReading
package import Base
import Columns
package import Engine
import Feature
import FleetTables
package import Metrics
import Synchronization
import System

/// Computes minute by minute what spans did to GPUs, and stores the sums.
///
/// Each minute is one insert with a revision, which replaces what was stored of it before. So a process that is killed has stored
/// a minute or not; the newest one that is stored says where to go on. A minute that is due again is computed again only where
/// samples or spans came that it may lack.
package final class EnergyAccountant: Service {
  private let reader: AttributionReader
  private let store: EnergyStore
  private let delay: Duration
  private let tenants: @Sendable () throws -> [TenantID]
  private let now: @Sendable () -> UnixNanoseconds
  private let logger: Logger
  private let stopping = Monitor(false)
  private let activity = QueryActivity.background
  private let thread = Mutex<Thread?>(nil)
  private let until = Mutex<UnixNanoseconds?>(nil)
  private let failure = Mutex<String?>(nil)
  /// Tenants whose newest minutes could not be looked at, and why.
  private let leftOut = Mutex<[TenantID: String]>([:])
  /// By minute, of those that may be computed again: what this process computed them from.
  private let bases = Mutex<[Int64: MinuteBasis]>([:])
  /// For the GPUs of each tenant.
  private let partLengths = Mutex<[TenantID: PartLength]>([:])
  private let computedCount = Counter()
  private let unchangedCount = Counter()
  private let workMicroseconds = Counter()
  private let skippedCount = Counter()
  private let cutCount = Counter()

  /// What is read of a minute at once: 4,096 GPUs with eight series each second, in three minutes with those around it.
  package static let limits: AttributionLimits = {
    var limits = AttributionLimits()
    limits.gpuCountMax = 4_096
    limits.sampleCountMax = 20_000_000
    return limits
  }()

  /// How often it looks whether a minute is due.
  private static let interval = Duration.seconds(5)
  /// After a failure.
  private static let retryInterval = Duration.seconds(30)

  /// - Parameters:
  ///   - delay: how long after the end of a minute it is computed first.
  ///   - tenants: all of them.
  package init(
    reader: AttributionReader, engine: any AnalyticsEngine, inserter: any BlockInserter, delay: Duration,
    tenants: @escaping @Sendable () throws -> [TenantID], now: @escaping @Sendable () -> UnixNanoseconds, logger: Logger
  ) {
    self.reader = reader
    store = EnergyStore(engine: engine, inserter: inserter)
    self.delay = delay
    self.tenants = tenants
    self.now = now
    self.logger = logger
  }

  /// Minutes before this time are computed; nil before the first.
  package var completeUntil: UnixNanoseconds? { until.withLock { $0 } }

  /// How long ago the newest minute ended that is computed, less the delay after which it is due, in seconds.
  ///
  /// Nil before the first.
  package var lagSeconds: Int64? {
    completeUntil.map { max(0, seconds - $0.rawValue / 1_000_000_000 - delay.components.seconds) }
  }

  /// Why minutes, or those of some tenants, cannot be computed at present; nil when all is well.
  package var problem: String? {
    failure.withLock { $0 }
      ?? leftOut.withLock { $0.min { $0.key.rawValue < $1.key.rawValue } }.map { "tenant \($0.key): \($0.value)" }
  }

  package func start() throws {
    try thread.withLock { thread throws(SystemError) in thread = try Thread(name: "energy") { [self] in run() } }
  }

  package func stop() {
    stopping.withLock { $0 = true }
    stopping.notifyAll()
    activity.cancel()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }

  package func register(in metrics: MetricRegistry) {
    metrics.counter("axonize_energy_windows_computed_total", help: "Minutes whose energy of GPUs was computed.") {
      [computedCount] in Double(computedCount.value)
    }
    metrics.counter(
      "axonize_energy_windows_unchanged_total",
      help: "Times at which a minute was due again and not computed, because no samples or spans had come for it."
    ) { [unchangedCount] in Double(unchangedCount.value) }
    metrics.counter(
      "axonize_energy_work_seconds_total", help: "How long the energy of GPUs was computed, and what it needs read."
    ) { [workMicroseconds] in Double(workMicroseconds.value) / 1e6 }
    metrics.gauge(
      "axonize_energy_lag_seconds",
      help: "How long ago the newest minute ended whose energy of GPUs is computed, less the delay of that."
    ) { [self] in Double(lagSeconds ?? 0) }
    metrics.counter(
      "axonize_energy_windows_skipped_total",
      help: "Minutes whose energy of GPUs was never computed, because they were more than a day ago."
    ) { [skippedCount] in Double(skippedCount.value) }
    metrics.counter(
      "axonize_energy_seconds_cut_total",
      help: "Seconds with more spans on GPUs than are looked at, whose energy was shared among some of them."
    ) { [cutCount] in Double(cutCount.value) }
  }

  private func run() {
    var schedule: MinuteSchedule?
    let beganAt = seconds
    repeat {
      do {
        guard var current = try schedule ?? loaded(since: beganAt) else { continue }
        defer { schedule = current }
        try computeDue(&current)
        failure.withLock { $0 = nil }
      } catch {
        if isStopping { return }
        note(error)
        guard wait(Self.retryInterval) else { return }
      }
    } while wait(Self.interval)
  }

  private func note(_ error: any Error) {
    let text = "\(error)"
    let before = failure.withLock { failure in
      defer { failure = text }
      return failure
    }
    if before != text {
      logger.warning("the energy of GPUs cannot be computed at present; it is tried again", .init("error", text))
    }
  }

  private var isStopping: Bool { stopping.withLock { $0 } }

  private var seconds: Int64 { now().rawValue / 1_000_000_000 }

  /// False at the end.
  private func wait(_ pause: Duration) -> Bool {
    let end = Instant.now + pause
    return stopping.wait { isStopping, now, wakeAt in
      if isStopping { return false }
      wakeAt = end
      return now >= end ? true : nil
    }
  }

  /// The minutes that are due; nil while what was kept of the past may still be on its way into a store without sums.
  ///
  /// - Parameter start: when this began, in seconds since 1970.
  private func loaded(since start: Int64) throws -> MinuteSchedule? {
    let computed = try store.computed(after: seconds - 2 * MinuteSchedule.missedSecondsMax)
    if computed.isEmpty, seconds < start + delay.components.seconds { return nil }
    return MinuteSchedule(delay: delay.components.seconds, computed: computed, now: seconds)
  }

  /// Computes the minutes that are due, one after the other.
  func computeDue(_ schedule: inout MinuteSchedule) throws {
    let skipped = schedule.skip(at: seconds)
    if skipped > 0 {
      skippedCount.add(Int(skipped))
      logger.warning("energy of GPUs is not computed for minutes of more than a day ago", .init("minutes", skipped))
    }
    while !isStopping, let (minute, pass) = schedule.due(at: seconds) {
      let begin = Instant.now
      defer { workMicroseconds.add(Int(max(0, (Instant.now - begin) / .microseconds(1)))) }
      if try pass == 0 || !isUnchanged(minute, pass: pass) { try compute(minute, pass: pass) }
      schedule.computed(minute, pass: pass, at: seconds)
      if schedule.open[minute] == nil { bases.withLock { $0[minute] = nil } }
      until.withLock { $0 = UnixNanoseconds(schedule.next * 1_000_000_000) }
    }
    until.withLock { $0 = UnixNanoseconds(schedule.next * 1_000_000_000) }
  }

  /// Computes a minute and stores it.
  ///
  /// A minute without GPUs stores nothing.
  func compute(_ minute: Int64, pass: Int) throws {
    bases.withLock { $0[minute] = nil }
    let tenants = try tenants()
    var sums = MinuteSums()
    var basis = MinuteBasis(tenants: tenants)
    for owner in tenants {
      let problem = try add(owner, Self.range(of: minute), to: &sums, &basis)
      leftOut.withLock { $0[owner] = problem }
    }
    let rows = sums.all
    if !rows.isEmpty {
      let time = now()
      try store.replace(minute, with: rows, pass: pass, at: time)
      basis.revision = time
      computedCount.add(1)
    }
    bases.withLock { $0[minute] = basis }
  }

  /// Whether a minute would be the same if it were computed again; when it is not due another time, that is stored.
  private func isUnchanged(_ minute: Int64, pass: Int) throws -> Bool {
    guard let basis = bases.withLock({ $0[minute] }), try basis.tenants == tenants() else { return false }
    let range = Self.range(of: minute)
    for owner in basis.tenants {
      guard try isUnchanged(owner, range, basis) else { return false }
    }
    // Else a process that starts would compute it again, of a whole day.
    if let revision = basis.revision, pass == MinuteSchedule.repeatsAfter.count {
      try store.note(minute, pass: pass, revision: revision)
    }
    unchangedCount.add(1)
    return true
  }

  private func isUnchanged(_ owner: TenantID, _ range: TimeRange, _ basis: MinuteBasis) throws -> Bool {
    do throws(AttributionFailure) {
      let shared = try shared(owner, among: basis.tenants)
      let boards = try shared.boards(in: range)
      guard basis.samples[owner] == MinuteBasis.hash(of: boards) else { return false }
      if boards.isEmpty { return true }
      return try !shared.hasSpans(for: range, storedAfter: basis.spansReadableUntil)
    } catch {
      guard case .limitExceeded = error else { throw error }
      return basis.samples[owner] == nil
    }
  }

  private static func range(of minute: Int64) -> TimeRange {
    TimeRange(start: UnixNanoseconds(minute * 1_000_000_000), end: UnixNanoseconds((minute + 60) * 1_000_000_000))
  }

  /// GPUs of the first tenant, the operator's, are there for all; those of others for themselves.
  private func shared(_ owner: TenantID, among tenants: [TenantID]) throws(AttributionFailure) -> SharedAttribution {
    try reader.sharedAttribution(on: owner, of: owner == .default ? tenants : [owner], during: activity)
  }

  /// Adds what was done to the GPUs of a tenant in a time; gives why it could not be looked at and will not be, nil where it was.
  private func add(
    _ owner: TenantID, _ range: TimeRange, to sums: inout MinuteSums, _ basis: inout MinuteBasis
  ) throws -> String? {
    do throws(AttributionFailure) {
      let shared = try shared(owner, among: basis.tenants)
      // Before spans are read: what comes meanwhile is looked at again.
      basis.spansReadableUntil = min(basis.spansReadableUntil, shared.spansReadableUntil)
      let boards = try shared.boards(in: range)
      basis.samples[owner] = MinuteBasis.hash(of: boards)
      guard !boards.isEmpty else { return nil }
      var length = partLengths.withLock { $0[owner] } ?? PartLength(spanCountMax: reader.spanCountMax)
      for part in length.parts(of: range) { try add(shared, boards, owner, part, to: &sums, &length) }
      length.endMinute()
      partLengths.withLock { $0[owner] = length }
      return nil
    } catch {
      // It would be the same the next time, and must not hold up the others.
      guard case .limitExceeded(let reason) = error else { throw error }
      basis.samples[owner] = nil
      return reason
    }
  }

  /// Adds a time, in halves where it has too many spans to be looked at together.
  private func add(
    _ shared: SharedAttribution, _ boards: [GPUSamples], _ owner: TenantID, _ range: TimeRange,
    to sums: inout MinuteSums, _ length: inout PartLength
  ) throws(AttributionFailure) {
    let use = try shared.everything(on: boards, in: range)
    let second: Int64 = 1_000_000_000
    if use.spans.isCut, range.durationNanoseconds > second {
      length.noteHalved(range)
      let middle = UnixNanoseconds(
        range.start.rawValue + (range.durationNanoseconds / 2 + second - 1) / second * second)
      try add(shared, boards, owner, TimeRange(start: range.start, end: middle), to: &sums, &length)
      return try add(shared, boards, owner, TimeRange(start: middle, end: range.end), to: &sums, &length)
    }
    length.note(spanCount: use.spans.count)
    if use.spans.isCut { cutCount.add(1) }
    sums.add(use, on: owner, in: range.start.rawValue..<range.end.rawValue)
  }
}
