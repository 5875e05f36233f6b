import Base
package import Engine
package import Schema
import Synchronization
import System

/// Everything that is derived: for each source its tables, and what asks for the next roll-up.
package final class Rollups: Sendable {
  private let clock: CommitClock
  let demand: RollupDemand
  private let sources: [SourceRollup]
  private let statements: RollupStatements
  private let lastStatistics: Mutex<StoreStatistics>

  /// Reads how far the tables are, and derives what a killed process left half-way.
  ///
  /// The schema MUST be up to date.
  ///
  /// - Parameter retention: How long the tables are kept.
  package init(
    of tables: [StoredTable], retention: RetentionPolicy, schedule: RollupSchedule = RollupSchedule(),
    statements: RollupStatements
  ) throws(EngineError) {
    let plans = RollUpPlan.all(of: tables)
    let run = statements.run
    try StagingTables.dropOutdated(of: plans, run: run)
    var times: [SourceRollup.Times] = []
    for plan in plans { times.append(try SourceRollup.times(of: plan, run: run)) }
    clock = CommitClock(after: max(WallClock.now.rawValue, times.map(\.lastCommit).max() ?? 0))
    demand = RollupDemand(schedule)
    var sources: [SourceRollup] = []
    for (plan, times) in zip(plans, times) {
      sources.append(
        try SourceRollup(
          plan, times: times, retention: retention, clock: clock, demand: demand, schedule: schedule,
          statements: statements))
    }
    self.sources = sources
    self.statements = statements
    lastStatistics = Mutex(StoreStatistics(try run(StoreStatistics.sql)))
    share(statistics)
  }

  /// The tables that are derived from a source.
  ///
  /// It MUST be one of a table that the store's schema declares.
  package func derivedTables(of source: String) -> any DerivedTables {
    guard let rollup = sources.first(where: { $0.source == source }) else {
      preconditionFailure("no table is derived from \(source)")
    }
    return rollup
  }

  /// The time of the latest commit, of whatever table.
  package var latestCommit: Int64 { clock.latest }

  /// What is stored, as of the last roll-up.
  package var statistics: StoreStatistics { lastStatistics.withLock { $0 } }

  /// Begins a commit that stores rows in a table, and gives its time.
  ///
  /// ``end(_:)`` MUST follow, also after a failure.
  package func beginCommit(into table: String) -> Int64 {
    let time = clock.begin()
    for source in sources { source.begins(at: time, into: table) }
    return time
  }

  /// Ends a commit.
  package func end(_ time: Int64) { clock.end(time) }

  /// Notes that a commit has stored rows; before its end.
  package func inserted(rowCount: Int, into table: String, at time: Int64) {
    for source in sources { source.inserted(rowCount: rowCount, into: table, at: time) }
  }

  func countMinutes() throws(EngineError) { for source in sources { try source.countMinutes() } }

  /// Derives the rows of the commits that came since the last roll-up.
  ///
  /// A source whose roll-up fails does not hold up the others; the first failure is thrown at the end.
  package func roll() throws(EngineError) { try roll(sources) }

  /// The same of the sources that are due.
  func rollDue() throws(EngineError) {
    let now = Instant.now
    try roll(sources.filter { source in source.dueAt.map { $0 <= now } ?? true })
  }

  /// When the next source is due that has an interval of its own; nil for none.
  var dueAt: Instant? { sources.compactMap(\.dueAt).min() }

  var isStopped: Bool { statements.isStopped }

  /// Ends the roll-up that runs, and has none begin.
  func stop() {
    statements.stop()
    demand.stop()
  }

  private func roll(_ sources: [SourceRollup]) throws(EngineError) {
    var failure: EngineError?
    for source in sources where !isStopped {
      do throws(EngineError) { try source.roll() } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
    let statistics = StoreStatistics(try statements.run(StoreStatistics.sql))
    lastStatistics.withLock { $0 = statistics }
    share(statistics)
  }

  private func share(_ statistics: StoreStatistics) { for source in sources { source.note(statistics) } }
}
