package import Base
package import Columns
package import Engine
package import Feature
package import SQLBuilder
package import TraceQL

/// Reads telemetry.
///
/// Nothing can be read before a tenant is named.
///
/// Every call below blocks its thread while the engine works: callers run a whole request on one worker thread
/// (``BlockingWorkers``), never on an event loop.
package struct TelemetryReader: Sendable {
  private let engine: any AnalyticsEngine
  private let derived: any DerivedTables
  private let pending: any PendingRows
  private let scores: ScorePort
  private let limits: QueryLimits
  private let references = ReferenceCache()
  private let yields = SearchYields()

  /// - Parameters:
  ///   - derived: How far the derived tables are.
  ///   - pending: What was acknowledged and is not in the engine yet.
  ///   - scores: Where scores are read.
  package init(
    engine: any AnalyticsEngine, derived: any DerivedTables, pending: any PendingRows = NothingPending(),
    scores: ScorePort = ScorePort(), limits: QueryLimits
  ) {
    self.engine = engine
    self.scores = scores
    self.derived = derived
    self.pending = pending
    self.limits = limits
  }

  /// The telemetry of one tenant, for the time of one request.
  package func telemetry(of tenant: TenantID, during activity: QueryActivity) -> TenantTelemetry {
    TenantTelemetry(
      engine: engine, derived: derived, pending: pending, scores: scores, limits: limits, references: references,
      yields: yields,
      tenant: tenant,
      activity: activity)
  }
}

/// The stored telemetry of one tenant.
///
/// Every query of the APIs goes through here.
package struct TenantTelemetry: Sendable {
  private let engine: any AnalyticsEngine
  let derived: any DerivedTables
  private let pending: any PendingRows
  private let scorePort: ScorePort
  private let settled = SettledTables()
  private let limits: QueryLimits
  let references: ReferenceCache
  let yields: SearchYields
  let tenant: TenantID
  private let activity: QueryActivity
  /// The times that the question is about; nil for any.
  private(set) var questionRange: TimeRange?

  fileprivate init(
    engine: any AnalyticsEngine, derived: any DerivedTables, pending: any PendingRows, scores: ScorePort,
    limits: QueryLimits, references: ReferenceCache, yields: SearchYields, tenant: TenantID, activity: QueryActivity
  ) {
    self.engine = engine
    self.derived = derived
    self.pending = pending
    scorePort = scores
    self.limits = limits
    self.references = references
    self.yields = yields
    self.tenant = tenant
    self.activity = activity
  }

  /// The same for a question about a time range: rows that wait and are of other times are not stored for it.
  ///
  /// The range is widened by an hour, since derived tables hold times in steps.
  func asked(about range: TimeRange) -> TenantTelemetry {
    var copy = self
    copy.questionRange = range.widened(by: 3_600_000_000_000)
    return copy
  }

  /// The scores of the tenant; nil where no slice stores scores.
  var scores: (any TenantScores)? { scorePort.reader?.scores(of: tenant, during: activity) }

  /// The rows of a select.
  package func rows(_ select: Select) throws(QueryFailure) -> QueryResult {
    try settle(select.exportedTables)
    // In this order: what is newer than the tables when it is asked must not be taken for derived.
    let until = derived.derivedUntil
    return try rows(select, derivedUntil: derived.hasNewerCommits ? until : nil)
  }

  /// The time of a commit of which, and of all before it, every row can be read; see ``DerivedTables/visibleUntil``.
  ///
  /// What was acknowledged before the request is stored first.
  func visibleUntil(of table: SQLTable) throws(QueryFailure) -> Int64 {
    try settle([table])
    return derived.visibleUntil
  }

  /// Has what was acknowledged before the request, and that a select may read, stored first.
  private func settle(_ exportedTables: Set<SQLTable>) throws(QueryFailure) {
    let tables = settled.take(exportedTables, in: questionRange)
    guard !tables.isEmpty else { return }
    do {
      for table in tables {
        let timeout = min(limits.timeout, try activity.timeLeft())
        if !pending.settle(table.name, of: tenant, in: questionRange, within: timeout) { settled.didFail() }
      }
    } catch {
      throw QueryFailure(error)
    }
  }

  private func rows(_ select: Select, derivedUntil: Int64?) throws(QueryFailure) -> QueryResult {
    let hasCorrections = derivedUntil.map { derived.hasCorrections(after: $0) } ?? false
    do {
      var limits = limits
      limits.timeout = min(limits.timeout, try activity.timeLeft())
      let statement = select.statement(
        for: tenant, limits: limits, derivedUntil: derivedUntil, hasCorrections: hasCorrections)
      if derivedUntil != nil, select.computesNewerRows { derived.didComputeNewerRows() }
      return try engine.query(statement, during: activity)
    } catch {
      throw QueryFailure(error)
    }
  }

  /// The rows of a select over sums of a derived table: every span counts once, also when a roll-up comes between.
  func sums(_ select: Select) throws(QueryFailure) -> QueryResult {
    try settle(select.exportedTables)
    return try derived.read { (derivedUntil) throws(QueryFailure) in
      try rows(select, derivedUntil: derivedUntil.flatMap { derived.hasNewerCommits ? $0 : nil })
    }
  }
}

extension TenantTelemetry {
  /// Has the engine compile a query's regular expressions, which it would not do over no rows.
  package func check(_ query: TraceQLQuery) throws(QueryFailure) {
    for comparison in query.comparisons where comparison.comparison.isRegex {
      guard case .string(let pattern) = comparison.value else { continue }
      do {
        _ = try rows(Select(["match('', \(ComparisonSQL.anchored(pattern)))"], from: .operations, limit: 1))
      } catch {
        guard case .invalidRegex(let text, _) = error.reason else { throw error }
        throw QueryFailure(reason: .invalidRegex(text, comparison.position), cause: error.cause)
      }
    }
  }
}

extension TenantTelemetry {
  /// Whether what was read lacks rows that were acknowledged, because the store cannot take them at present.
  package var isIncomplete: Bool { settled.isIncomplete }
}

extension QueryFailure {
  /// Something was not found among the stored rows, and others wait that cannot be stored.
  package static var unstoredRows: QueryFailure {
    QueryFailure(
      reason: .unavailable,
      cause: ErrorReport(code: "rows_waiting", message: "acknowledged rows cannot be stored now"))
  }
}
