import API
import Base
import TelemetryQueries

extension JSONObjectShape<SpanStatistics> {
  fileprivate mutating func addCounts() {
    member("span_count", .integer) { $0.spanCount }
    member("error_count", .integer) { $0.errorCount }
    member("error_rate", .number) { $0.errorRate }
    member("call_count", .integer) { $0.callCount }
  }

  fileprivate mutating func addTokens() {
    member("input_tokens", .exactInteger) { $0.inputTokens }
    member("output_tokens", .exactInteger) { $0.outputTokens }
  }
}

extension SpanStatistics {
  fileprivate var errorRate: Double { spanCount == 0 ? 0 : Double(errorCount) / Double(spanCount) }
}

extension JSONShape where Value == SpanStatistics {
  /// The durations in milliseconds; null when there is no span.
  fileprivate static var durations: JSONShape {
    object { durations in
      durations.member("mean", .orNull(.number)) { $0.spanCount == 0 ? nil : $0.durationMeanNanoseconds / 1e6 }
      for (index, name) in ["p50", "p95", "p99"].enumerated() {
        durations.member(name, .orNull(.number)) { statistics in
          let quantiles = statistics.durationQuantilesNanoseconds
          let isKnown = statistics.spanCount > 0 && index < quantiles.count && quantiles[index].isFinite
          return isKnown ? quantiles[index] / 1e6 : nil
        }
      }
    }
    .named("Durations")
  }

  fileprivate static var total: JSONShape {
    object { total in
      total.addCounts()
      total.member("duration_ms", .durations) { $0 }
      total.addTokens()
    }
  }

  fileprivate static var group: JSONShape {
    object { group in
      group.member("group", .string) { $0.group ?? "" }
      group.addCounts()
      group.member("duration_ms", .durations) { $0 }
      group.addTokens()
    }
  }
}

/// An overview, and what was requested.
struct OverviewResult: Sendable {
  let query: AnalyticsQuery
  let overview: AnalyticsOverview
}

extension JSONShape where Value == OverviewResult {
  static var overview: JSONShape {
    object { overview in
      overview.member("start", .dateTime) { $0.query.range.start }
      overview.member("end", .dateTime) { $0.query.range.end }
      overview.member("group_by", .orNull(.string)) { $0.query.groupingName }
      overview.member("total", .total) { $0.overview.total ?? SpanStatistics.none }
      overview.member("group_count", .integer.described("How many groups there are, those beyond `limit` too.")) {
        $0.overview.groupCount
      }
      overview.member("groups", .list(.group)) { $0.overview.groups }
    }
  }
}

/// Statistics over time by group, and what was requested.
struct SeriesResult: Sendable {
  struct Group: Sendable {
    let name: String?
    let points: [Point]
  }

  /// The statistics of one step.
  struct Point: Sendable {
    let time: UnixNanoseconds
    let stepSeconds: Int64
    let statistics: SpanStatistics
  }

  let query: AnalyticsQuery
  let stepSeconds: Int64
  let groups: [Group]
}

extension JSONShape where Value == SeriesResult {
  static var latency: JSONShape {
    series { point in
      point.member("duration_ms", .durations) { $0.statistics }
    }
  }

  static var throughput: JSONShape {
    series { point in
      point.member("input_tokens", .exactInteger) { $0.statistics.inputTokens }
      point.member("output_tokens", .exactInteger) { $0.statistics.outputTokens }
      point.member("spans_per_second", .number) { Double($0.statistics.spanCount) / Double($0.stepSeconds) }
      point.member("output_tokens_per_second", .number) {
        Double($0.statistics.outputTokens) / Double($0.stepSeconds)
      }
    }
  }

  /// - Parameter addMembers: adds the members of a point other than its time and counts.
  private static func series(_ addMembers: (inout JSONObjectShape<SeriesResult.Point>) -> Void) -> JSONShape {
    let point = JSONShape<SeriesResult.Point>.object { point in
      point.member("time", .dateTime) { $0.time }
      point.member("span_count", .integer) { $0.statistics.spanCount }
      point.member("error_count", .integer) { $0.statistics.errorCount }
      point.member("error_rate", .number) { $0.statistics.errorRate }
      point.member("call_count", .integer) { $0.statistics.callCount }
      addMembers(&point)
    }
    let group = JSONShape<SeriesResult.Group>.object { group in
      group.member("group", .orNull(.string)) { $0.name }
      group.member("points", .list(point)) { $0.points }
    }
    return object { series in
      series.member("start", .dateTime) { $0.query.range.start }
      series.member("end", .dateTime) { $0.query.range.end }
      series.member("group_by", .orNull(.string)) { $0.query.groupingName }
      series.member("step_seconds", .integer) { $0.stepSeconds }
      series.member("series", .list(group)) { $0.groups }
    }
  }
}
