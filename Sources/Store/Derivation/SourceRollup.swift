import Base
import Columns
import Engine
import Schema
import Synchronization
import System

/// Brings the tables that are derived from one source up to its latest commit, by one statement for each instead of views
/// that run in every commit.
///
/// Some of the tables hold sums, so each commit must reach them exactly once. Their rows are computed into staging tables
/// and moved over in one step each, which is atomic; the newest `rolled_until` in a table says how far it is. A process
/// that is killed loses at most the staging tables' rows, which are computed again.
final class SourceRollup: DerivedTables {
  private struct Progress {
    var until: Int64
    /// Counts the moves; a query that saw it change has to run again.
    var moves = 0
    var isMoving = false
    /// The latest commit that stored rows of the source or corrections, or tried to.
    var changedAt: Int64
    /// The latest commit that found rows not to count which count already.
    var correctedAt: Int64 = 0
    var rowCount = 0
    /// Rows of the source that are not derived; nil where that is not known.
    var waitingCount: Int?
    /// When the last roll-up that derived something began.
    var rolledAt = Instant(nanoseconds: 0)
  }

  /// How far the tables of a source are, by what they hold themselves.
  struct Times {
    /// The newest `rolled_until` of each table of sums.
    let tables: [String: Int64]
    /// Up to which commit the first of them is complete.
    ///
    /// It moves first, so no other is further; it is behind the others where retention has removed its newest rows.
    let rolledUntil: Int64
    /// The latest commit of the source that is stored.
    let lastCommit: Int64

    var isComplete: Bool { lastCommit <= rolledUntil }
  }

  private let plan: RollUpPlan
  private let statements: RollupStatements
  private let clock: CommitClock
  private let demand: RollupDemand
  private let schedule: RollupSchedule
  private let progress: Monitor<Progress>
  private let minuteCounts = Mutex(MinuteCounts())
  /// What is in the staging tables.
  private struct Staged {
    /// The tables whose rows are still to be moved.
    var unmoved: [String] = []
    /// Whether all of them are empty otherwise: after a move, not at the start nor after a failure.
    var isClean = false
  }

  /// Held by whoever changes the tables.
  private let turn = Mutex(Staged())

  /// Derives what a killed process left half-way.
  ///
  /// The schema MUST be up to date.
  ///
  /// - Parameter retention: How long the derived tables are kept.
  init(
    _ plan: RollUpPlan, times: Times, retention: RetentionPolicy, clock: CommitClock, demand: RollupDemand,
    schedule: RollupSchedule, statements: RollupStatements
  ) throws(EngineError) {
    self.plan = plan
    self.statements = statements
    self.clock = clock
    self.demand = demand
    self.schedule = schedule
    // When nothing is left to derive, the tables are complete up to now.
    progress = Monitor(
      Progress(until: times.isComplete ? clock.latest : times.rolledUntil, changedAt: times.lastCommit))
    for table in plan.sums {
      _ = try statements.run("CREATE TABLE IF NOT EXISTS \(table)_staging AS \(table)")
      // A merge there would remove rows that are older than the table keeps before the next level has them.
      _ = try statements.run("SYSTEM STOP MERGES \(table)_staging")
      try complete(table, after: times.tables[table] ?? 0, until: times.rolledUntil, retention: retention)
    }
    guard let corrections = plan.source.corrections else { return }
    let corrected = try statements.run("SELECT toUnixTimestamp64Nano(max(received_at)) AS time FROM \(corrections)")
    noteCorrection(at: corrected["time"].int(0) ?? 0)
  }

  /// Reads how far the tables are.
  static func times(of plan: RollUpPlan, run: SchemaRunner.Run) throws(EngineError) -> Times {
    func time(_ sql: String) throws(EngineError) -> Int64 { try run(sql)["time"].int(0) ?? 0 }
    var tables: [String: Int64] = [:]
    for table in plan.sums {
      tables[table] = try time("SELECT toUnixTimestamp64Nano(max(rolled_until)) AS time FROM \(table)")
    }
    let rolled = tables.values.max() ?? 0
    let last = try time(
      """
      SELECT toUnixTimestamp64Nano(max(received_at)) AS time FROM \(plan.source.table)
      WHERE received_at > fromUnixTimestamp64Nano(toInt64(\(rolled)), 'UTC')
      """)
    return Times(tables: tables, rolledUntil: rolled, lastCommit: max(rolled, last))
  }

  /// The name of the source.
  var source: String { plan.source.name }

  func didComputeNewerRows() {
    // One with an interval of its own is not rolled up earlier because somebody reads it.
    if plan.source.interval == nil { demand.asked() }
  }

  var hasNewerCommits: Bool { progress.withLock { $0.changedAt > $0.until } }
  var visibleUntil: Int64 { clock.settled }
  var derivedUntil: Int64 { progress.withLock { $0.until } }
  func hasCorrections(after until: Int64) -> Bool { progress.withLock { $0.correctedAt > until } }
  var rowCount: Int { progress.withLock { $0.rowCount } }

  func density(of tenant: TenantID) -> SpanDensity { minuteCounts.withLock { $0.density(of: tenant) } }

  /// Notes that a commit begins to store rows of a table, of whatever source.
  ///
  /// One that fails may have stored a part.
  func begins(at time: Int64, into table: String) {
    guard table == plan.source.table || table == plan.source.corrections else { return }
    progress.withLock { $0.changedAt = max($0.changedAt, time) }
  }

  /// Notes that a commit has stored rows of a table, of whatever source.
  func inserted(rowCount: Int, into table: String, at time: Int64) {
    if table == plan.source.table {
      progress.withLock { progress in progress.waitingCount? += rowCount }
      if plan.source.interval == nil {
        demand.added(rowCount: rowCount)
      } else if let dueAt {
        demand.due(at: dueAt)
      }
    }
    if table == plan.source.corrections { noteCorrection(at: time) }
  }

  private func noteCorrection(at time: Int64) { progress.withLock { $0.correctedAt = max($0.correctedAt, time) } }

  func note(_ statistics: StoreStatistics) {
    progress.withLock { $0.rowCount = statistics.rowCounts[plan.source.table] ?? 0 }
  }

  /// Counts the minutes that are stored already.
  ///
  /// Until then readers take longer, no more.
  func countMinutes() throws(EngineError) {
    guard let minutes = plan.source.minutes else { return }
    let counts = try statements.run(MinuteCounts.select(minutes, from: minutes.table))
    minuteCounts.withLock { $0.begin(with: counts) }
  }

  func read<Result, Failure: Error>(
    _ body: (_ derivedUntil: Int64?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // A query is much shorter than the time between two roll-ups, so the first attempt mostly holds.
    for _ in 0..<3 {
      let (moves, until) = progress.wait { progress, _, _ in
        progress.isMoving ? nil : (progress.moves, progress.until)
      }
      let result = try body(until)
      if progress.withLock({ $0.moves == moves && !$0.isMoving }) { return result }
    }
    // A query as long as a roll-up takes to come: it must not hold up the next ones, or they would hold up all others.
    return try body(nil)
  }

  /// When the next roll-up is due by the interval of the source; nil where the schedule of all says it, or no row waits.
  var dueAt: Instant? {
    guard let interval = plan.source.interval, hasNewerCommits else { return nil }
    return progress.withLock { progress in
      (progress.waitingCount ?? schedule.portionRowsMax) >= schedule.portionRowsMax
        ? Instant(nanoseconds: 0) : progress.rolledAt + interval
    }
  }

  /// Derives the rows of the commits that came since the last roll-up.
  func roll() throws(EngineError) {
    try turn.withLock { staged throws(EngineError) in
      // A move that failed last time comes first: its rows wait in staging, and their minutes are counted already.
      try moveStaged(&staged)
      let after = derivedUntil
      let waitingCount = progress.withLock { progress in
        defer { progress.waitingCount = 0 }
        return progress.waitingCount
      }
      let until = clock.settled
      guard until > after else { return }
      guard progress.withLock({ $0.changedAt > after }) else {
        // All commits since were of other tables.
        progress.withLock { $0.until = until }
        return
      }
      progress.withLock { $0.rolledAt = .now }
      do throws(EngineError) {
        for end in try portionEnds(after: after, until: until, rowCount: waitingCount) {
          try rollPortion(until: end, &staged)
        }
      } catch {
        progress.withLock { $0.waitingCount = nil }
        throw error
      }
    }
  }

  /// - Parameter rowCount: how many rows there are at least; nil where that is not known.
  private func portionEnds(after: Int64, until: Int64, rowCount: Int?) throws(EngineError) -> [Int64] {
    if let rowCount, rowCount < schedule.portionRowsMax { return [until] }
    return try statements.portionEnds(
      of: plan.source.table, after: after, until: until, rowsMax: schedule.portionRowsMax)
  }

  private func rollPortion(until: Int64, _ staged: inout Staged) throws(EngineError) {
    let after = derivedUntil
    // These keep extremes only: a row that comes again changes nothing.
    for table in plan.extremes {
      try statements.insert(into: table, plan.rows(of: table, after: after, until: until))
    }
    try stage(after: after, until: until, &staged)
    let counts = try plan.source.minutes.map { (minutes) throws(EngineError) in
      try statements.run(MinuteCounts.select(minutes, from: "\(minutes.table)_staging"))
    }
    progress.withLock { $0.isMoving = true }
    defer {
      progress.withLock { $0.isMoving = false }
      progress.notifyAll()
    }
    // Where this fails, the next roll-up computes the rows again.
    try move(plan.sums[0])
    // From here on the commits count as derived, whatever becomes of the other tables: these may miss some for a while,
    // but no sum counts twice.
    if let counts { minuteCounts.withLock { $0.add(counts) } }
    progress.withLock { progress in
      progress.until = until
      progress.moves += 1
    }
    staged.unmoved = Array(plan.sums.dropFirst())
    try moveStaged(&staged)
    staged.isClean = true
  }

  /// Computes the new rows of each table of sums into its staging table.
  private func stage(after: Int64, until: Int64, _ staged: inout Staged) throws(EngineError) {
    let isCorrected = hasCorrections(after: after)
    if !staged.isClean {
      for table in plan.sums { _ = try statements.run("TRUNCATE TABLE \(table)_staging") }
    }
    staged.isClean = false
    for table in plan.sums {
      let rows =
        plan.addedRows(of: table).map { $0.select(from: "\($0.source)_staging") }
        ?? plan.rows(of: table, after: after, until: until, withCorrections: isCorrected)
      try statements.insert(into: "\(table)_staging", rows)
    }
  }

  private func moveStaged(_ staged: inout Staged) throws(EngineError) {
    while let table = staged.unmoved.first {
      try move(table)
      staged.unmoved.removeFirst()
    }
  }

  private func move(_ table: String) throws(EngineError) {
    _ = try statements.run("ALTER TABLE \(table)_staging MOVE PARTITION tuple() TO TABLE \(table)")
  }

  /// Derives the rows of commits that had reached another table when the process was killed, and all of a new table.
  ///
  /// A table that has nothing of late may have lost its newest rows to retention: commits that were so long ago have
  /// nothing for it.
  private func complete(
    _ table: String, after: Int64, until: Int64, retention: RetentionPolicy
  ) throws(EngineError) {
    var after = after
    if let kept = plan.retention(of: table, by: retention) {
      let seconds = kept.components.seconds + Self.aheadSecondsMax
      after = max(after, WallClock.now.rawValue - min(seconds, Int64.max / 2_000_000_000) * 1_000_000_000)
    }
    guard after < until else { return }
    for end in try portionEnds(after: after, until: until, rowCount: nil) {
      try statements.insert(
        into: table, plan.rows(of: table, after: after, until: end, withCorrections: true))
      after = end
    }
  }

  /// How far rows may be ahead of their commit: more than ingest takes.
  private static let aheadSecondsMax: Int64 = 7 * 86_400
}
