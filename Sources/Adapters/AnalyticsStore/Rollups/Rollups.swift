import Ground
import Platform
import StorePorts
import Synchronization

/// Brings the derived tables up to the latest commit, by one statement for each instead of views that run in every commit.
///
/// Two of the tables hold sums, so each commit must reach them exactly once. Their rows are computed into staging tables
/// and moved over in one step each, which is atomic; the newest `rolled_until` in a table says how far it is. A process
/// that is killed loses at most the staging tables' rows, which are computed again.
final class Rollups: DerivedTables {
  private struct Progress {
    var until: Int64
    /// Counts the moves; a query that saw it change has to run again.
    var moves = 0
    var isMoving = false
    var figures = StoreFigures()
  }

  /// The tables of sums, which each commit reaches exactly once.
  private static let sums = ["span_minutes", "span_durations"]

  private let run: MigrationRunner.Run
  private let clock: CommitClock
  private let progress: Monitor<Progress>
  private let minuteCounts = Mutex(MinuteCounts())
  /// Held by whoever changes the tables; the tables whose staged rows are still to be moved.
  private let turn = Mutex<[String]>([])

  /// Reads how far the tables are. The schema MUST be up to date.
  ///
  /// - Parameters:
  ///   - rolledUntil: What the tables themselves say.
  ///   - completeUntil: The same, or now when no later commit is stored.
  init(
    clock: CommitClock, rolledUntil: Int64, completeUntil: Int64, run: @escaping MigrationRunner.Run
  ) throws(EngineError) {
    self.run = run
    self.clock = clock
    progress = Monitor(Progress(until: completeUntil))
    for table in Self.sums {
      _ = try run("CREATE TABLE IF NOT EXISTS \(table)_staging AS \(table)")
    }
    try completeDurations(until: rolledUntil)
    try readFigures()
  }

  /// Up to which commit `span_minutes` is complete, and the latest commit that is stored.
  static func lastTimes(run: MigrationRunner.Run) throws(EngineError) -> (rolledUntil: Int64, lastCommit: Int64) {
    func time(_ sql: String) throws(EngineError) -> Int64 { try run(sql)["time"].int(0) ?? 0 }
    let rolled = try time("SELECT toUnixTimestamp64Nano(max(rolled_until)) AS time FROM span_minutes")
    let last = try time(
      """
      SELECT toUnixTimestamp64Nano(max(received_at)) AS time FROM spans
      WHERE received_at > fromUnixTimestamp64Nano(toInt64(\(rolled)), 'UTC')
      """)
    return (rolled, max(rolled, last))
  }

  var hasNewerCommits: Bool { clock.latest > derivedUntil }
  var derivedUntil: Int64 { progress.withLock { $0.until } }
  var spanCount: Int { figures.spanCount }
  var figures: StoreFigures { progress.withLock { $0.figures } }

  func density(of tenant: TenantID) -> SpanDensity { minuteCounts.withLock { $0.density(of: tenant) } }

  /// Counts the minutes that are stored already. Until then readers take longer, no more.
  func countMinutes() throws(EngineError) {
    let counts = try run(MinuteCounts.select(from: "span_minutes"))
    minuteCounts.withLock { $0.begin(with: counts) }
  }

  func read<Result, Failure: Error>(
    _ body: (_ derivedUntil: Int64) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // A query is much shorter than the time between two roll-ups, so the first attempt mostly holds.
    for _ in 0..<3 {
      let (moves, until) = progress.wait { progress, _, _ in
        progress.isMoving ? nil : (progress.moves, progress.until)
      }
      let result = try body(until)
      if progress.withLock({ $0.moves == moves && !$0.isMoving }) { return result }
    }
    // A long query: no roll-up until it is done.
    return try turn.withLock { _ throws(Failure) in try body(derivedUntil) }
  }

  /// Derives the rows of the commits that came since the last roll-up.
  func roll() throws(EngineError) {
    try turn.withLock { unmoved throws(EngineError) in
      // A move that failed last time comes first: its rows wait in staging, and their minutes are counted already.
      try moveStaged(&unmoved)
      let after = derivedUntil
      let until = clock.settled
      guard until > after else { return }
      // These two keep extremes only: a row that comes again changes nothing.
      for table in ["traces", "operations"] { try insert(into: table, from: table, after, until) }
      for table in Self.sums { _ = try run("TRUNCATE TABLE \(table)_staging") }
      for table in Self.sums { try insert(into: "\(table)_staging", from: table, after, until) }
      let counts = try run(MinuteCounts.select(from: "span_minutes_staging"))
      progress.withLock { $0.isMoving = true }
      defer {
        progress.withLock { $0.isMoving = false }
        progress.notifyAll()
      }
      try move("span_minutes")
      // From here on the commits count as derived, whatever becomes of the durations: quantiles may miss some for a
      // while, but no sum counts twice.
      minuteCounts.withLock { $0.add(counts) }
      progress.withLock { progress in
        progress.until = until
        progress.moves += 1
      }
      unmoved = ["span_durations"]
      try moveStaged(&unmoved)
    }
    try readFigures()
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

  /// Derives the durations of commits whose minutes were moved when the process was killed before it moved the others.
  private func completeDurations(until rolledUntil: Int64) throws(EngineError) {
    let last = try run("SELECT toUnixTimestamp64Nano(max(rolled_until)) AS time FROM span_durations")
    let after = last["time"].int(0) ?? 0
    if after < rolledUntil { try insert(into: "span_durations", from: "span_durations", after, rolledUntil) }
  }

  /// Has an insert make one part, so that its rows appear together; a group-by beyond 128 MiB goes on in files.
  private static let onePart = """
    SETTINGS max_threads = 1, min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 100000000000, \
    max_bytes_before_external_group_by = 134217728
    """

  private func insert(into table: String, from view: String, _ after: Int64, _ until: Int64) throws(EngineError) {
    _ = try run(
      "INSERT INTO \(table) SELECT * FROM \(view)_of_commits(after = \(after), until = \(until)) \(Self.onePart)")
  }

  private func readFigures() throws(EngineError) {
    let figures = StoreFigures(try run(StoreFigures.sql))
    progress.withLock { $0.figures = figures }
  }
}
