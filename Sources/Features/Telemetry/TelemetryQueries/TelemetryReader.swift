package import Base
package import Engine
package import SQLBuilder
package import TraceQL

/// Reads telemetry. Nothing can be read before a tenant is named.
///
/// Every call below blocks its thread while the engine works: callers run a whole request on one worker thread
/// (``BlockingWorkers``), never on an event loop.
package struct TelemetryReader: Sendable {
  private let engine: any AnalyticsEngine
  private let derived: any DerivedTables
  private let limits: QueryLimits
  private let references = ReferenceCache()
  private let yields = SearchYields()

  /// - Parameter derived: How far the derived tables are.
  package init(engine: any AnalyticsEngine, derived: any DerivedTables, limits: QueryLimits) {
    self.engine = engine
    self.derived = derived
    self.limits = limits
  }

  /// The telemetry of one tenant, for the time of one request.
  package func telemetry(of tenant: TenantID, during activity: QueryActivity) -> TenantTelemetry {
    TenantTelemetry(
      engine: engine, derived: derived, limits: limits, references: references, yields: yields, tenant: tenant,
      activity: activity)
  }
}

/// The stored telemetry of one tenant. Every query of the APIs goes through here.
package struct TenantTelemetry: Sendable {
  private let engine: any AnalyticsEngine
  let derived: any DerivedTables
  private let limits: QueryLimits
  let references: ReferenceCache
  let yields: SearchYields
  let tenant: TenantID
  private let activity: QueryActivity

  fileprivate init(
    engine: any AnalyticsEngine, derived: any DerivedTables, limits: QueryLimits, references: ReferenceCache,
    yields: SearchYields, tenant: TenantID, activity: QueryActivity
  ) {
    self.engine = engine
    self.derived = derived
    self.limits = limits
    self.references = references
    self.yields = yields
    self.tenant = tenant
    self.activity = activity
  }

  /// The rows of a select.
  package func rows(_ select: Select) throws(QueryFailure) -> QueryResult {
    // In this order: what is newer than the tables when it is asked must not be taken for derived.
    let until = derived.derivedUntil
    return try rows(select, derivedUntil: derived.hasNewerCommits ? until : nil)
  }

  private func rows(_ select: Select, derivedUntil: Int64?) throws(QueryFailure) -> QueryResult {
    let hasCorrections = derivedUntil.map { derived.hasCorrections(after: $0) } ?? false
    do {
      var limits = limits
      limits.timeout = min(limits.timeout, try activity.timeLeft())
      let statement = select.statement(
        for: tenant, limits: limits, derivedUntil: derivedUntil, hasCorrections: hasCorrections)
      return try engine.query(statement, during: activity)
    } catch {
      throw QueryFailure(error)
    }
  }

  /// The rows of a select over sums of a derived table: every span counts once, also when a roll-up comes between.
  func sums(_ select: Select) throws(QueryFailure) -> QueryResult {
    try derived.read { (derivedUntil) throws(QueryFailure) in
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

/// Why a query gave no answer.
package struct QueryFailure: Error, Sendable, CustomStringConvertible {
  package enum Reason: Sendable, Hashable {
    /// The query ran past its time limit.
    case timeout
    /// The query needed more memory, or more rows, than it may have.
    case tooLarge
    /// A regular expression that RE2 refuses; the text is RE2's own.
    case invalidRegex(String, SourcePosition?)
    /// The store cannot answer at present; the same query may succeed later.
    case unavailable
    /// Too many queries wait.
    case overloaded
    /// The caller went away.
    case cancelled
    /// A defect of ours: the engine refused the statement.
    case defect
  }

  package let reason: Reason
  /// The error below; safe to log, not to answer with.
  package let cause: any Error

  package init(reason: Reason, cause: any Error) {
    self.reason = reason
    self.cause = cause
  }

  package init(_ error: any Error) {
    cause = error
    reason =
      switch error {
      case let error as EngineError: Self.reason(of: error)
      case is CancellationError: .cancelled
      case let interruption as QueryInterruption: interruption == .deadline ? .timeout : .cancelled
      case let error as ErrorReport where error.code == "overloaded": .overloaded
      default: .unavailable
      }
  }

  /// ClickHouse's error numbers: `src/Common/ErrorCodes.cpp`.
  private static func reason(of error: EngineError) -> Reason {
    switch (error.kind, error.code) {
    case (_, 159), (_, 160): .timeout
    case (_, 427): .invalidRegex(reasonOfRE2(in: error.message), nil)
    case (.limitExceeded, _): .tooLarge
    case (.interrupted, _): .cancelled
    case (.unavailable, _): .unavailable
    case (.rejected, _): .defect
    }
  }

  /// RE2's own words, which ClickHouse wraps: `… cannot compile re2: (, error: missing ): (. Look at https://…`.
  private static func reasonOfRE2(in message: String) -> String {
    guard let start = message.firstRange(of: "error: ") else { return "the expression is not valid" }
    let rest = message[start.upperBound...]
    return String(rest[..<(rest.firstRange(of: ". Look at")?.lowerBound ?? rest.endIndex)])
  }

  package var description: String { "\(reason): \(cause)" }
}
