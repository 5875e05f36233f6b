package import Base
import Columns
package import Engine
import SQLBuilder

/// How long a span takes among others like it.
package struct SpanPercentile: Sendable, Hashable {
  /// What spans are alike.
  package enum Kind: Sendable, Hashable {
    /// Calls of one service: the same operation, such as `chat`, of the same model.
    case calls(operation: String, model: String)
    /// Spans of one service with the same name.
    case named(String)
  }

  package var service: String
  package var kind: Kind
  package var durationNanoseconds: Int64
  /// The spans are compared that start in it.
  package var range: TimeRange
  package var spanCount: UInt64
  /// The percentage of the spans that take less time, with half of those that take as long; nil for no spans.
  package var percentile: Double?
  /// Estimates as those of analytics; nil for no spans.
  package var medianNanoseconds: Double?
  package var p95Nanoseconds: Double?
}

extension TenantTelemetry {
  private static let day: Int64 = 86_400_000_000_000

  /// How long a span takes among those like it in the 24 hours before a time; nil when it is not stored.
  ///
  /// An older span is compared with those of the 24 hours that end with its half hour.
  package func percentile(
    of spanID: SpanID, in trace: TraceID, now: UnixNanoseconds
  ) throws(QueryFailure) -> SpanPercentile? {
    guard let place = try placeConditions(of: [trace]) else { return nil }
    let span = try rows(PercentileSQL.span(spanID, of: trace, place))
    guard span.rowCount > 0 else { return nil }
    let start = span["start_ns"].time(0)
    let (operation, model) = (span["operation"].text(0), span["model"].text(0))
    let isOld = start.rawValue < now.rawValue - Self.day
    let end = isOld ? UnixNanoseconds(start.rawValue + 1).roundedUp(toMinutes: 30) : now
    var percentile = SpanPercentile(
      service: span["service_name"].text(0),
      kind: operation.isEmpty && model.isEmpty
        ? .named(span["name"].text(0)) : .calls(operation: operation, model: model),
      durationNanoseconds: max(0, span["duration_ns"].int(0) ?? 0),
      range: TimeRange(start: UnixNanoseconds(end.rawValue - Self.day), end: end), spanCount: 0)
    let telemetry = asked(about: percentile.range)
    let counts = try telemetry.sums(
      PercentileSQL.durations(percentile, newest: newestDerived))
    percentile.read(counts)
    return percentile
  }
}

extension SpanPercentile {
  /// Reads how many spans each bucket of durations has, from the shortest on.
  fileprivate mutating func read(_ rows: QueryResult) {
    guard rows.rowCount > 0 else { return }
    let buckets = (0..<rows.rowCount).map { row in
      (bucket: rows["duration_bucket"].double(row) ?? 0, spans: rows["spans"].number(row))
    }
    spanCount = buckets.reduce(0) { $0 + $1.spans }
    let own = DurationBucket.bucket(of: durationNanoseconds)
    let shorter = buckets.reduce(0.0) { sum, row in
      sum + (row.bucket < own ? Double(row.spans) : row.bucket == own ? Double(row.spans) / 2 : 0)
    }
    percentile = 100 * shorter / Double(spanCount)
    func quantile(_ part: Double) -> Double? {
      var passed: UInt64 = 0
      let row = buckets.first { row in
        passed += row.spans
        return Double(passed) >= part * Double(spanCount)
      }
      return row.map { DurationBucket.nanoseconds(of: $0.bucket) }
    }
    medianNanoseconds = quantile(0.5)
    p95Nanoseconds = quantile(0.95)
  }
}

enum PercentileSQL {
  /// The span itself.
  static func span(_ spanID: SpanID, of trace: TraceID, _ place: [SQLFragment]) -> Select {
    var select = Select(
      [
        "service_name", "name", "operation", "\(AnalyticsRows.model) AS model", "duration_ns",
        "toUnixTimestamp64Nano(start_time) AS start_ns",
      ], from: .spans, where: [TenantTelemetry.isTrace(trace), "span_id = \(spanID.rawValue)"] + place,
      orderBy: ["start_time", "duration_ns DESC"], limit: 1)
    select.threadCount = 1
    return select
  }

  /// How many spans like it take how long.
  static func durations(_ percentile: SpanPercentile, newest: UnixNanoseconds?) -> Select {
    let service: SQLFragment = "service_name = \(percentile.service)"
    let rows: DurationRows
    switch percentile.kind {
    case .named(let name):
      // The tables do not know names; those of calls are not alike by their names alone.
      rows = DurationRows(spanConditions: [service, "name = \(name)"], halfHours: nil)
    case .calls(let operation, let model):
      let conditions = [service, "operation = \(operation)", "\(AnalyticsRows.model) = \(model)"]
      rows = DurationRows(
        spanConditions: conditions,
        halfHours: .init(table: .spanHalfHours, conditions: conditions, viewConditions: conditions))
    }
    return Select(
      ["duration_bucket", "sum(weight) AS spans"], from: rows.source(in: percentile.range, newest: newest),
      groupBy: ["duration_bucket"], having: ["spans > 0"], orderBy: ["duration_bucket"])
  }
}
