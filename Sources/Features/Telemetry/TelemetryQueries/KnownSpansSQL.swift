import Base
import Columns
import Engine
import Feature
import SQLBuilder

/// The statements that read what other slices may know of spans.
enum KnownSpansSQL {
  private static let columns: [SQLFragment] = [
    "trace_id", "span_id", "parent_span_id", "toUnixTimestamp64Nano(start_time) AS start_ns",
    "\(SpanColumns.durationNanoseconds) AS duration", "name", "status_code", "service_name",
    "\(AnalyticsRows.model) AS model", "provider", "operation", "input_tokens", "output_tokens", "gpu_ids", "node_id",
    "counting = 0 AS counts",
  ]

  static func trace(_ id: TraceID, _ place: [SQLFragment], limit: Int) -> Select {
    var select = Select(
      columns, from: .spans, where: [TenantTelemetry.isTrace(id)] + place,
      orderBy: ["start_time", "span_id", "duration DESC"],
      limit: limit)
    select.limitBy = (1, ["span_id"])
    select.threadCount = 1
    return select
  }

  /// Spans on GPUs that start in a range and end after a time.
  static func overlapping(_ gpuIDs: [String], starting range: TimeRange, after time: Int64, limit: Int) -> Select {
    Select(
      columns, from: .spans,
      where: range.conditions(on: "start_time") + [
        "hasAny(gpu_ids, \(gpuIDs))",
        "toUnixTimestamp64Nano(start_time) + \(SpanColumns.durationNanoseconds) > \(time)",
      ], limit: limit)
  }

  /// The minutes of a range in which spans start that end after a time: their first seconds since 1970.
  static func minutes(_ range: TimeRange, reaching time: Int64) -> Select {
    let minute: SQLFragment = "toInt64(toUnixTimestamp(minute))"
    return Select(
      ["\(minute) AS second"],
      from: .completeSums(
        .spanMinutes, columns: ["minute", "duration_ns_max"], where: range.conditions(on: "minute")),
      groupBy: ["minute"],
      having: ["(\(minute) + 60) * 1000000000 + toInt64(max(duration_ns_max)) > \(time)"], orderBy: ["minute"])
  }

  static func list(
    _ gpuIDs: [String]?, _ range: TimeRange, newestFirst: Bool, after place: KnownSpanPlace?, limit: Int
  ) -> Select {
    var conditions = range.conditions(on: "start_time")
    conditions.append(gpuIDs.map { "hasAny(gpu_ids, \($0))" } ?? "notEmpty(gpu_ids)")
    if let place {
      let behind =
        """
        (fromUnixTimestamp64Nano(\(place.start.rawValue), 'UTC'), \
        toFixedString(unhex(\(place.traceID.description)), 16), \(place.spanID.rawValue))
        """ as SQLFragment
      conditions.append(
        newestFirst
          ? "(start_time, trace_id, span_id) < \(behind)" : "(start_time, trace_id, span_id) > \(behind)")
    }
    var select = Select(
      columns, from: .spans, where: conditions,
      orderBy: newestFirst
        ? ["start_time DESC", "trace_id DESC", "span_id DESC"] : ["start_time", "trace_id", "span_id"], limit: limit)
    select.limitBy = (1, ["trace_id", "span_id"])
    return select
  }

  /// One span that starts in a range and was stored after a commit; the skip index of `received_at` leads to it.
  static func stored(after commit: Int64, starting range: TimeRange) -> Select {
    var select = Select(
      ["1 AS found"], from: .spans,
      where: range.conditions(on: "start_time") + ["received_at > fromUnixTimestamp64Nano(\(commit), 'UTC')"], limit: 1)
    select.threadCount = 1
    return select
  }

  static func links(_ ids: [TraceID], _ range: TimeRange, limit: Int) -> Select {
    Select(
      ["trace_id", "span_id", "parent_span_id"], from: .spans,
      where: range.conditions(on: "start_time") + [TenantTelemetry.isAnyTrace(ids)], limit: limit)
  }
}
