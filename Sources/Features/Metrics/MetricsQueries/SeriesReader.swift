package import Base
package import Engine
package import MetricsIndex
package import Schema

/// Limits of a question about series.
package struct SeriesQueryLimits: Sendable {
  /// Series that one selector may find.
  ///
  /// Default 100,000: ten labels of each take 40 MB for the time of the question.
  package var seriesCountMax = 100_000
  /// Samples that one selector may read.
  ///
  /// Default 50 million, as in Prometheus; each takes some 40 bytes of one portion.
  package var samplesMax = 50_000_000
  /// Samples that one statement is to read, by estimate.
  ///
  /// Default 2 million: 80 MB.
  package var portionSamples = 2_000_000

  package init() {}
}

/// Reads series.
///
/// Nothing can be read before a tenant is named.
package struct SeriesReader: Sendable {
  package let index: SeriesIndex
  private let engine: any AnalyticsEngine
  private let pending: any PendingRows
  private let derived: any DerivedTables
  private let retention: RetentionPolicy?
  private let now: @Sendable () -> UnixNanoseconds
  private let queryLimits: QueryLimits
  private let limits: SeriesQueryLimits
  private let recent: RecentSamples?

  /// - Parameters:
  ///   - pending: What was acknowledged and is not in the engine yet.
  ///   - derived: How far the roll-ups of samples are.
  ///   - recent: The newest minutes in memory; nil for none.
  ///   - retention: How long samples and their roll-ups are kept; nil to read samples alone.
  package init(
    index: SeriesIndex, engine: any AnalyticsEngine, pending: any PendingRows, derived: any DerivedTables,
    retention: RetentionPolicy?, now: @escaping @Sendable () -> UnixNanoseconds, queryLimits: QueryLimits,
    limits: SeriesQueryLimits = SeriesQueryLimits(), recent: RecentSamples? = nil
  ) {
    self.index = index
    self.engine = engine
    self.pending = pending
    self.derived = derived
    self.retention = retention
    self.now = now
    self.queryLimits = queryLimits
    self.limits = limits
    self.recent = recent
  }

  /// The series of one tenant, for the time of one request.
  package func series(of tenant: TenantID, during activity: QueryActivity) -> TenantSeriesSource {
    TenantSeriesSource(
      index: index, engine: engine, pending: pending, derived: derived, queryLimits: queryLimits, limits: limits,
      planner: retention.map { SegmentPlanner(retention: $0, now: now().rawValue / 1_000_000) }, tenant: tenant,
      activity: activity, recent: recent)
  }
}
