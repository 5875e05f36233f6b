package import Schema
import Telemetry

/// What is derived from spans (docs/adr/0012).
extension TelemetryTables {
  /// Outer spans that come before the calls inside them no longer count (docs/adr/0013).
  package static let spans = RollUpSource(
    SpanBlock.table.declaration.name, corrections: TableDeclaration.lateOuterSpans.name,
    minutes: RollUpSource.MinuteColumns("span_minutes", time: "minute", count: "spans"))

  static let derived: [StoredTable] = [
    StoredTable(
      "traces", .extremes(of: spans),
      retention: StoredTable.Retention(.traces, by: "toDateTime(fromUnixTimestamp64Nano(end_ns))"),
      [
        DerivedColumn("tenant", "Whose trace it is."),
        DerivedColumn("ten_minutes", "The beginning of the ten minutes in which the spans start."),
        DerivedColumn("trace_id", "The trace's id."),
        DerivedColumn("start_ns", "When the first of the spans begins, in nanoseconds since 1970."),
        DerivedColumn("end_ns", "When the last of the spans ends."),
        DerivedColumn("last_start_ns", "When the last of the spans begins."),
        DerivedColumn("root_name", "The name of the root span; empty text while none is stored."),
        DerivedColumn("root_service", "The service of the root span; empty text while none is stored."),
      ]),
    StoredTable(
      "operations", .extremes(of: spans), retention: StoredTable.Retention(.traces, by: "last_seen"),
      [
        DerivedColumn("tenant", "Whose spans they are."), DerivedColumn("service_name", "The service of the spans."),
        DerivedColumn("name", "The name of the spans."), DerivedColumn("kind", "The kind of the spans, as in `spans`."),
        DerivedColumn("last_seen", "The latest commit that had one."),
      ]),
    StoredTable(
      "trace_owners", .extremes(of: spans), retention: StoredTable.Retention(.traces, by: "hour"),
      [
        DerivedColumn("tenant", "Whose trace it is."),
        DerivedColumn("hour", "The beginning of the hour in which the spans start."),
        DerivedColumn("trace_id", "The trace's id."),
        DerivedColumn("session_id", "The session that the spans name; empty text for none."),
        DerivedColumn("user_id", "The user that the spans name; empty text for none."),
        DerivedColumn("first_ns", "When the first of these spans begins, in nanoseconds since 1970."),
        DerivedColumn("last_ns", "When the last of these spans begins."),
      ]),
    StoredTable(
      "span_minutes", .sums(of: spans), retention: StoredTable.Retention(.aggregates, by: "minute"),
      [
        DerivedColumn("tenant", "Whose spans they are."),
        DerivedColumn("minute", "The beginning of the minute in which the spans start."),
      ] + dimensions + [
        DerivedColumn("node_id", "As in `spans`."), DerivedColumn("kind", "As in `spans`."),
        DerivedColumn("status_code", "As in `spans`."),
        DerivedColumn("spans", "How many spans, copies left out."),
        DerivedColumn("root_spans", "How many of them have no parent."),
        DerivedColumn("duration_ns_sum", "Their durations, those below 0 as 0."),
        DerivedColumn("duration_ns_max", "The longest duration."),
        DerivedColumn("input_tokens", sum("input_tokens")), DerivedColumn("output_tokens", sum("output_tokens")),
        DerivedColumn("cached_tokens", sum("cached_tokens")),
        DerivedColumn("reasoning_tokens", sum("reasoning_tokens")),
        DerivedColumn("calls", "How many spans are calls of a model."),
        DerivedColumn("call_duration_ns_sum", "The durations of the calls."),
        DerivedColumn("rolled_until", rolledUntil),
      ]),
    StoredTable(
      "span_half_hours", .sums(of: spans), retention: StoredTable.Retention(.aggregates, by: "half_hour"),
      [
        DerivedColumn("tenant", "Whose spans they are."),
        DerivedColumn("half_hour", "The beginning of the half hour in which the spans start."),
      ] + dimensions + [
        DerivedColumn("duration_bucket", "The bucket of the durations; see below."),
        DerivedColumn("spans", "How many spans, copies left out."),
        DerivedColumn("calls", "How many spans are calls of a model."), DerivedColumn("rolled_until", rolledUntil),
      ]),
    StoredTable(
      "gpu_hours", .sums(of: spans), retention: StoredTable.Retention(.aggregates, by: "hour"),
      [
        DerivedColumn("tenant", "Whose spans they are."),
        DerivedColumn("hour", "The beginning of the hour in which the spans start."),
        DerivedColumn("gpu", "One of the `gpu_ids` of the spans."),
        DerivedColumn("duration_bucket", "The bucket of the durations."),
        DerivedColumn("spans", "How many spans, copies left out."), DerivedColumn("errors", "How many of them failed."),
        DerivedColumn("calls", "How many spans are calls of a model."),
        DerivedColumn("duration_ns_sum", "Their durations, those below 0 as 0."),
        DerivedColumn("input_tokens", sum("input_tokens")),
        DerivedColumn("output_tokens", sum("output_tokens")), DerivedColumn("rolled_until", rolledUntil),
      ]),
    StoredTable(
      "label_durations", .added(labelDurations), retention: StoredTable.Retention(.aggregates, by: "time"),
      [
        DerivedColumn("tenant", "Whose spans they are."),
        DerivedColumn("dimension", "What the label is: `service` or `model`."),
        DerivedColumn("minutes", "How many minutes the row is of: 30 or 240."),
        DerivedColumn("time", "The beginning of these minutes."),
        DerivedColumn("label", "The service, or the requested model, or else the one that responded."),
        DerivedColumn("duration_bucket", "The bucket of the durations."),
        DerivedColumn("spans", "How many spans, copies left out."),
        DerivedColumn("calls", "How many spans are calls of a model."), DerivedColumn("rolled_until", rolledUntil),
      ]),
    StoredTable(
      "gpu_hour_sums", .added(gpuHourSums), retention: StoredTable.Retention(.aggregates, by: "hour"),
      [
        DerivedColumn("tenant", "Whose spans they are."),
        DerivedColumn("hour", "The beginning of the hour in which the spans start."),
        DerivedColumn("gpu", "One of the `gpu_ids` of the spans."),
        DerivedColumn("spans", "How many spans, copies left out."),
        DerivedColumn("errors", "How many of them failed."),
        DerivedColumn("calls", "How many spans are calls of a model."),
        DerivedColumn("duration_ns_sum", "Their durations, those below 0 as 0."),
        DerivedColumn("input_tokens", sum("input_tokens")),
        DerivedColumn("output_tokens", sum("output_tokens")), DerivedColumn("rolled_until", rolledUntil),
      ]),
  ]

  private static let dimensions = ["service_name", "provider", "operation", "request_model", "response_model"]
    .map { DerivedColumn($0, "As in `spans`.") }

  private static func sum(_ column: String) -> String { "The sum of `\(column)` over the spans that count." }

  private static let rolledUntil = "The time of the latest commit that the row is made of."
}
