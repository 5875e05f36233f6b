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
  private let run: SchemaRunner.Run
  private let clock: CommitClock
  private let demand: RollupDemand
  private let progress: Monitor<Progress>
  private let minuteCounts = Mutex(MinuteCounts())
  /// Held by whoever changes the tables; the tables whose staged rows are still to be moved.
  private let turn = Mutex<[String]>([])

  /// Derives what a killed process left half-way.
  ///
  /// The schema MUST be up to date.
  init(
    _ plan: RollUpPlan, times: Times, clock: CommitClock, demand: RollupDemand, run: @escaping SchemaRunner.Run
  ) throws(EngineError) {
    self.plan = plan
    self.run = run
    self.clock = clock
    self.demand = demand
    // When nothing is left to derive, the tables are complete up to now.
    progress = Monitor(
      Progress(until: times.isComplete ? clock.latest : times.rolledUntil, changedAt: times.lastCommit))
    for table in plan.sums {
      _ = try run("CREATE TABLE IF NOT EXISTS \(table)_staging AS \(table)")
      try complete(table, after: times.tables[table] ?? 0, until: times.rolledUntil)
    }
    guard let corrections = plan.source.corrections else { return }
    let corrected = try run("SELECT toUnixTimestamp64Nano(max(received_at)) AS time FROM \(corrections)")
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

  /// The name of the table.
  var source: String { plan.source.table }

  func didComputeNewerRows() { demand.asked() }

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
    guard table == source || table == plan.source.corrections else { return }
    progress.withLock { $0.changedAt = max($0.changedAt, time) }
  }

  /// Notes that a commit has stored rows of a table, of whatever source.
  func inserted(rowCount: Int, into table: String, at time: Int64) {
    if table == source { demand.added(rowCount: rowCount) }
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
    let counts = try run(MinuteCounts.select(minutes, from: minutes.table))
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

  /// Derives the rows of the commits that came since the last roll-up.
  func roll() throws(EngineError) {
    try turn.withLock { unmoved throws(EngineError) in
      // A move that failed last time comes first: its rows wait in staging, and their minutes are counted already.
      try moveStaged(&unmoved)
      let after = derivedUntil
      let until = clock.settled
      guard until > after else { return }
      guard progress.withLock({ $0.changedAt > after }) else {
        // All commits since were of other tables.
        progress.withLock { $0.until = until }
        return
      }
      // These keep extremes only: a row that comes again changes nothing.
      for table in plan.extremes { try insert(into: table, plan.rows(of: table, after: after, until: until)) }
      try stage(after: after, until: until)
      let counts = try plan.source.minutes.map { (minutes) throws(EngineError) in
        try run(MinuteCounts.select(minutes, from: "\(minutes.table)_staging"))
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
      unmoved = Array(plan.sums.dropFirst())
      try moveStaged(&unmoved)
    }
  }

  /// Computes the new rows of each table of sums into its staging table.
  private func stage(after: Int64, until: Int64) throws(EngineError) {
    let isCorrected = hasCorrections(after: after)
    for table in plan.sums { _ = try run("TRUNCATE TABLE \(table)_staging") }
    for table in plan.sums {
      let rows =
        plan.addedRows(of: table).map { $0.select(from: "\($0.source)_staging") }
        ?? plan.rows(of: table, after: after, until: until, withCorrections: isCorrected)
      try insert(into: "\(table)_staging", rows)
    }
  }

  private func moveStaged(_ tables: inout [String]) throws(EngineError) {
    while let table = tables.first {
      try move(table)
      tables.removeFirst()
    }
  }

  private func move(_ table: String) throws(EngineError) {
    _ = try run("ALTER TABLE \(table)_staging MOVE PARTITION tuple() TO TABLE \(table)")
  }

  /// Derives the rows of commits that had reached another table when the process was killed, and all of a new table.
  private func complete(_ table: String, after: Int64, until: Int64) throws(EngineError) {
    guard after < until else { return }
    try insert(into: table, plan.rows(of: table, after: after, until: until, withCorrections: true))
  }

  /// The insert makes one part, so that its rows appear together; a group-by beyond 128 MiB spills to files.
  private func insert(into table: String, _ rows: String) throws(EngineError) {
    _ = try run(
      """
      INSERT INTO \(table) \(rows) \
      SETTINGS max_threads = 1, min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 100000000000, \
      max_bytes_before_external_group_by = 134217728
      """)
  }
}
