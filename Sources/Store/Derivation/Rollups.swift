package import Base
import Columns
package import Engine
package import Schema
package import Synchronization
import System

/// Brings the derived tables up to the latest commit, by one statement for each instead of views that run in every commit.
///
/// Some of the tables hold sums, so each commit must reach them exactly once. Their rows are computed into staging tables
/// and moved over in one step each, which is atomic; the newest `rolled_until` in a table says how far it is. A process
/// that is killed loses at most the staging tables' rows, which are computed again.
package final class Rollups: DerivedTables {
  private struct Progress {
    var until: Int64
    /// Counts the moves; a query that saw it change has to run again.
    var moves = 0
    var isMoving = false
    /// The latest commit that found spans not to count which count already.
    var correctedAt: Int64 = 0
    var statistics = StoreStatistics()
  }

  /// The table of sums whose `rolled_until` says which commits count as derived.
  private static let first = "span_minutes"
  /// The tables of extremes.
  private let extremes: [String]
  /// The tables of sums, which each commit reaches exactly once; ``first`` comes first, and a table after its source.
  private let sums: [String]
  /// Those of them whose rows are added up from another one's.
  private let added: [String: AddedRows]

  private let run: SchemaRunner.Run
  private let clock: CommitClock
  private let progress: Monitor<Progress>
  /// Called for a question that has computed newer rows than the tables hold.
  package let wasAsked = Mutex<@Sendable () -> Void>({})
  private let minuteCounts = Mutex(MinuteCounts())
  /// Held by whoever changes the tables; the tables whose staged rows are still to be moved.
  private let turn = Mutex<[String]>([])

  /// Reads how far the tables are. The schema MUST be up to date.
  ///
  /// - Parameters:
  ///   - tables: Those that are derived from spans are rolled up.
  ///   - rolledUntil: What the tables themselves say.
  ///   - completeUntil: The same, or now when no later commit is stored.
  package init(
    of tables: [StoredTable], clock: CommitClock, rolledUntil: Int64, completeUntil: Int64,
    run: @escaping SchemaRunner.Run
  ) throws(EngineError) {
    var (extremes, sums): ([String], [String]) = ([], [])
    var added: [String: AddedRows] = [:]
    for table in tables {
      switch table.rollUp {
      case nil: break
      case .extremes: extremes.append(table.name)
      case .sums: sums.append(table.name)
      case .added(let rows): added[table.name] = rows
      }
    }
    precondition(sums.contains(Self.first), "no table \(Self.first) is declared")
    for (name, rows) in added { precondition(sums.contains(rows.source), "\(name) is added up from no table of sums") }
    self.extremes = extremes
    self.sums = [Self.first] + sums.filter { $0 != Self.first } + added.keys.sorted()
    self.added = added
    self.run = run
    self.clock = clock
    progress = Monitor(Progress(until: completeUntil))
    for table in self.sums {
      _ = try run("CREATE TABLE IF NOT EXISTS \(table)_staging AS \(table)")
    }
    for table in self.sums where table != Self.first { try complete(table, until: rolledUntil) }
    let corrected = try run("SELECT toUnixTimestamp64Nano(max(received_at)) AS time FROM late_outer_spans")
    noteCorrection(at: corrected["time"].int(0) ?? 0)
    try readStatistics()
  }

  /// Up to which commit `span_minutes` is complete, and the latest commit that is stored.
  package static func lastTimes(run: @escaping SchemaRunner.Run) throws(EngineError) -> (
    rolledUntil: Int64, lastCommit: Int64
  ) {
    func time(_ sql: String) throws(EngineError) -> Int64 { try run(sql)["time"].int(0) ?? 0 }
    let rolled = try time("SELECT toUnixTimestamp64Nano(max(rolled_until)) AS time FROM span_minutes")
    let last = try time(
      """
      SELECT toUnixTimestamp64Nano(max(received_at)) AS time FROM spans
      WHERE received_at > fromUnixTimestamp64Nano(toInt64(\(rolled)), 'UTC')
      """)
    return (rolled, max(rolled, last))
  }

  package func didComputeNewerRows() { wasAsked.withLock { $0 }() }

  package var hasNewerCommits: Bool { clock.latest > derivedUntil }
  package var visibleUntil: Int64 { clock.settled }
  package var derivedUntil: Int64 { progress.withLock { $0.until } }
  package func hasCorrections(after until: Int64) -> Bool { progress.withLock { $0.correctedAt > until } }

  /// Notes that a commit has stored rows of `late_outer_spans`.
  package func noteCorrection(at time: Int64) { progress.withLock { $0.correctedAt = max($0.correctedAt, time) } }

  package var spanCount: Int { statistics.spanCount }
  package var statistics: StoreStatistics { progress.withLock { $0.statistics } }

  package func density(of tenant: TenantID) -> SpanDensity { minuteCounts.withLock { $0.density(of: tenant) } }

  /// Counts the minutes that are stored already. Until then readers take longer, no more.
  func countMinutes() throws(EngineError) {
    let counts = try run(MinuteCounts.select(from: "span_minutes"))
    minuteCounts.withLock { $0.begin(with: counts) }
  }

  package func read<Result, Failure: Error>(
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
  package func roll() throws(EngineError) {
    try turn.withLock { unmoved throws(EngineError) in
      // A move that failed last time comes first: its rows wait in staging, and their minutes are counted already.
      try moveStaged(&unmoved)
      let after = derivedUntil
      let until = clock.settled
      guard until > after else { return }
      // These keep extremes only: a row that comes again changes nothing.
      for table in extremes { try insert(into: table, from: table, after, until) }
      let isCorrected = hasCorrections(after: after)
      for table in self.sums { _ = try run("TRUNCATE TABLE \(table)_staging") }
      for table in self.sums {
        if let summed = added[table] {
          let rows = summed.select(from: "\(summed.source)_staging")
          _ = try run("INSERT INTO \(table)_staging \(rows) \(Self.onePart)")
        } else {
          try insert(into: "\(table)_staging", from: table, after, until, withCorrections: isCorrected)
        }
      }
      let counts = try run(MinuteCounts.select(from: "span_minutes_staging"))
      progress.withLock { $0.isMoving = true }
      defer {
        progress.withLock { $0.isMoving = false }
        progress.notifyAll()
      }
      try move(Self.first)
      // From here on the commits count as derived, whatever becomes of the other tables: these may miss some for a while,
      // but no sum counts twice.
      minuteCounts.withLock { $0.add(counts) }
      progress.withLock { progress in
        progress.until = until
        progress.moves += 1
      }
      unmoved = sums.filter { $0 != Self.first }
      try moveStaged(&unmoved)
    }
    try readStatistics()
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

  /// Derives the rows of commits whose minutes were moved when the process was killed before it moved the others.
  private func complete(_ table: String, until rolledUntil: Int64) throws(EngineError) {
    let last = try run("SELECT toUnixTimestamp64Nano(max(rolled_until)) AS time FROM \(table)")
    let after = last["time"].int(0) ?? 0
    guard after < rolledUntil else { return }
    if let summed = added[table] {
      let rows = Self.rows(of: summed.source, after, rolledUntil, withCorrections: true)
      _ = try run("INSERT INTO \(table) \(summed.select(from: "(\(rows))")) \(Self.onePart)")
      return
    }
    try insert(into: table, from: table, after, rolledUntil, withCorrections: true)
  }

  /// Makes an insert create one part, so that its rows appear together; a group-by beyond 128 MiB spills to files.
  private static let onePart = """
    SETTINGS max_threads = 1, min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 100000000000, \
    max_bytes_before_external_group_by = 134217728
    """

  private func insert(
    into table: String, from view: String, _ after: Int64, _ until: Int64, withCorrections: Bool = false
  ) throws(EngineError) {
    let rows = Self.rows(of: view, after, until, withCorrections: withCorrections)
    _ = try run("INSERT INTO \(table) \(rows) \(Self.onePart)")
  }

  /// The statement that computes a table's rows from spans.
  private static func rows(of view: String, _ after: Int64, _ until: Int64, withCorrections: Bool) -> String {
    let suffixes = withCorrections ? ["commits", "corrections"] : ["commits"]
    return suffixes.map { "SELECT * FROM \(view)_of_\($0)(after = \(after), until = \(until))" }
      .joined(separator: " UNION ALL ")
  }

  private func readStatistics() throws(EngineError) {
    let statistics = StoreStatistics(try run(StoreStatistics.sql))
    progress.withLock { $0.statistics = statistics }
  }
}
