import Base
import Columns
package import Engine
import SQLBuilder

extension TenantTelemetry {
  /// The statistics of a query by group and time; every minute that the range touches counts whole.
  ///
  /// - Parameter withQuantiles: Whether to compute quantiles of durations, which cost more than everything else.
  package func statistics(_ query: AnalyticsQuery, withQuantiles: Bool = true) throws(QueryFailure) -> [SpanStatistics]
  {
    guard questionRange != nil else {
      return try asked(about: query.range).statistics(query, withQuantiles: withQuantiles)
    }
    let query = try withGroupValue(query)
    let statements = statements(query)
    if withQuantiles, let both = statements.sumsAndDurations() { return try groups(of: both, query).groups }
    let (sums, keys) = try sums(query, statements)
    return withQuantiles ? try statistics(sums, keys, query, statements) : statistics(sums, keys, quantiles: [:])
  }

  private func statistics(
    _ sums: QueryResult, _ keys: [FigureKey], _ query: AnalyticsQuery, _ statements: AnalyticsSQL
  ) throws(QueryFailure) -> [SpanStatistics] {
    guard !keys.isEmpty else { return [] }
    let durations = try self.sums(statements.durations(groups: Set(keys.compactMap(\.group)).sorted()))
    return statistics(sums, keys, quantiles: quantiles(durations, query))
  }

  /// Up to this many rows of time buckets, 1 MB, are read to see whether there are too many groups.
  private static let sumRowCountMax = 10_000

  private func sums(
    _ query: AnalyticsQuery, _ statements: AnalyticsSQL
  ) throws(QueryFailure) -> (QueryResult, [FigureKey]) {
    if query.isGrouped, query.stepMinutes != nil {
      // Mostly all groups are wanted: to find those with the most spans first takes as long again.
      let all = try self.sums(statements.sums(rowCountMax: Self.sumRowCountMax + 1))
      let keys = FigureKey.all(of: all, query)
      if all.rowCount <= Self.sumRowCountMax, Set(keys.map(\.group)).count <= query.groupCountMax { return (all, keys) }
    }
    let sums = try self.sums(statements.sums())
    return (sums, FigureKey.all(of: sums, query))
  }

  /// The query with the value of a span that it groups by.
  private func withGroupValue(_ query: AnalyticsQuery) throws(QueryFailure) -> AnalyticsQuery {
    var query = query
    query.groupValue =
      switch query.spanGrouping {
      case .user: "user_id"
      case .session: "session_id"
      case .attribute(let attribute): try value(of: attribute)
      case nil: nil
      }
    return query
  }

  private func statements(_ query: AnalyticsQuery) -> AnalyticsSQL {
    AnalyticsSQL(query, newest: newestDerived, hasLateOuterSpans: derived.hasCorrections(after: 0))
  }

  /// The statistics that one statement has, quantiles included, and how many groups there are.
  private func groups(
    of both: Select, _ query: AnalyticsQuery
  ) throws(QueryFailure) -> (groups: [SpanStatistics], groupCount: UInt64) {
    let rows = try sums(both)
    let keys = FigureKey.all(of: rows, query)
    let groupCount = !query.isGrouped || keys.isEmpty ? 0 : rows["group_count"].unsigned(0) ?? 0
    return (statistics(rows, keys, quantiles: quantiles(rows, query)), groupCount)
  }

  /// The statistics of the query's groups, and of all its spans together.
  package func overview(_ query: AnalyticsQuery) throws(QueryFailure) -> AnalyticsOverview {
    guard questionRange != nil else { return try asked(about: query.range).overview(query) }
    let query = try withGroupValue(query)
    let statements = statements(query)
    if query.isGrouped, let both = statements.sumsAndDurations() {
      let (groups, groupCount) = try groups(of: both, query)
      return AnalyticsOverview(total: try statistics(query.ungrouped).first, groups: groups, groupCount: groupCount)
    }
    let sums = try self.sums(statements.sums())
    let keys = FigureKey.all(of: sums, query)
    let groupCount = keys.isEmpty ? 0 : sums["group_count"].unsigned(0) ?? 0
    // Spans without a model, say, are in no group by model, but they are in the total; and what lies beyond the groups
    // that may be counts for the total only.
    guard query.grouping == .service, keys.count < query.groupCountMax else {
      let groups = try statistics(sums, keys, query, statements)
      return AnalyticsOverview(total: try statistics(query.ungrouped).first, groups: groups, groupCount: groupCount)
    }
    guard !keys.isEmpty else { return AnalyticsOverview(total: nil, groups: [], groupCount: 0) }
    let durations = try self.sums(statements.durations(groups: [], withTotal: true))
    let quantiles = quantiles(durations, query)
    let groups = statistics(sums, keys, quantiles: quantiles)
    return AnalyticsOverview(
      total: SpanStatistics(sumOf: groups, quantiles: quantiles[.total] ?? []), groups: groups, groupCount: groupCount)
  }

  /// No derived span starts later.
  var newestDerived: UnixNanoseconds? {
    derived.density(of: tenant).minutes.first.map { UnixNanoseconds(($0.start + 60) * 1_000_000_000) }
  }

  private func quantiles(_ durations: QueryResult, _ query: AnalyticsQuery) -> [FigureKey: [Double]] {
    var quantiles: [FigureKey: [Double]] = [:]
    for (row, key) in FigureKey.all(of: durations, query).enumerated() {
      let (buckets, range) = durations["quantiles"].list(row)
      quantiles[key] = range.map { DurationBucket.nanoseconds(of: buckets.double($0) ?? 0) }
    }
    return quantiles
  }

  private func statistics(
    _ sums: QueryResult, _ keys: [FigureKey], quantiles: [FigureKey: [Double]]
  ) -> [SpanStatistics] {
    keys.enumerated().map { row, key in
      let count = sums["span_count"].unsigned(row) ?? 0
      let nanoseconds = sums["duration_sum"].double(row) ?? 0
      return SpanStatistics(
        group: key.group, time: key.time.map { UnixNanoseconds($0 &* 1_000_000_000) }, spanCount: count,
        errorCount: sums["error_count"].unsigned(row) ?? 0,
        callCount: sums["call_count"].unsigned(row) ?? 0,
        durationMeanNanoseconds: count == 0 ? 0 : nanoseconds / Double(count),
        durationQuantilesNanoseconds: SpanStatistics.within(
          quantiles[key] ?? [], count: count, nanoseconds: nanoseconds),
        inputTokens: sums["input_tokens_sum"].unsigned(row) ?? 0,
        outputTokens: sums["output_tokens_sum"].unsigned(row) ?? 0)
    }
  }
}

extension SpanStatistics {
  /// The statistics of all groups together.
  fileprivate init(sumOf groups: [SpanStatistics], quantiles: [Double]) {
    self.init(
      group: nil, time: nil, spanCount: groups.reduce(0) { $0 + $1.spanCount },
      errorCount: groups.reduce(0) { $0 + $1.errorCount }, callCount: groups.reduce(0) { $0 + $1.callCount },
      durationMeanNanoseconds: 0,
      durationQuantilesNanoseconds: quantiles, inputTokens: groups.reduce(0) { $0 + $1.inputTokens },
      outputTokens: groups.reduce(0) { $0 + $1.outputTokens })
    let nanoseconds = groups.reduce(0) { $0 + $1.durationMeanNanoseconds * Double($1.spanCount) }
    durationMeanNanoseconds = spanCount == 0 ? 0 : nanoseconds / Double(spanCount)
    durationQuantilesNanoseconds = Self.within(quantiles, count: spanCount, nanoseconds: nanoseconds)
  }

  /// Estimated quantiles of durations, brought to where they must be: a single duration is the sum itself, and none is more.
  fileprivate static func within(_ quantiles: [Double], count: UInt64, nanoseconds: Double) -> [Double] {
    let most = max(0, nanoseconds)
    return quantiles.map { count == 1 ? most : min($0, most) }
  }
}

/// What the statistics of one row are of.
private struct FigureKey: Hashable {
  var group: String?
  /// Seconds since 1970.
  var time: Int64?
  /// Whether these are the statistics of all groups together.
  var isTotal = false

  static let total = FigureKey(isTotal: true)

  /// The key of each row.
  static func all(of result: QueryResult, _ query: AnalyticsQuery) -> [FigureKey] {
    let hasTotal = result.columns.contains { $0.name == "is_total" }
    return (0..<result.rowCount).map { row in
      if hasTotal, result["is_total"].unsigned(row) == 1 { return .total }
      return FigureKey(
        group: query.isGrouped ? result["label"].string(row) : nil,
        time: query.stepMinutes == nil ? nil : result["bucket"].int(row))
    }
  }
}
