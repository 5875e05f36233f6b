/// What the columns of the tables mean that the store computes itself; their types are in the migrations.
package struct DerivedTableReference: Sendable {
  package let table: String
  package let columns: [(name: String, meaning: String)]

  package static let all = [
    DerivedTableReference(
      table: "traces",
      columns: [
        ("tenant", "Whose trace it is."),
        ("ten_minutes", "The beginning of the ten minutes in which the spans start."),
        ("trace_id", "The trace's id."),
        ("start_ns", "When the first of the spans begins, in nanoseconds since 1970."),
        ("end_ns", "When the last of the spans ends."),
        ("last_start_ns", "When the last of the spans begins."),
        ("root_name", "The name of the root span; empty text while none is stored."),
        ("root_service", "The service of the root span; empty text while none is stored."),
      ]),
    DerivedTableReference(
      table: "operations",
      columns: [
        ("tenant", "Whose spans they are."), ("service_name", "The service of the spans."),
        ("name", "The name of the spans."), ("kind", "The kind of the spans, as in `spans`."),
        ("last_seen", "The latest commit that had one."),
      ]),
    DerivedTableReference(
      table: "span_minutes",
      columns: [
        ("tenant", "Whose spans they are."), ("minute", "The beginning of the minute in which the spans start."),
      ] + dimensions + [
        ("node_id", "As in `spans`."), ("kind", "As in `spans`."), ("status_code", "As in `spans`."),
        ("spans", "How many spans, copies left out."), ("root_spans", "How many of them have no parent."),
        ("duration_ns_sum", "Their durations, those below 0 as 0."), ("duration_ns_max", "The longest duration."),
        ("input_tokens", sum("input_tokens")), ("output_tokens", sum("output_tokens")),
        ("cached_tokens", sum("cached_tokens")), ("reasoning_tokens", sum("reasoning_tokens")),
        ("calls", "How many spans are calls of a model."), ("call_duration_ns_sum", "The durations of the calls."),
        ("rolled_until", rolledUntil),
      ]),
    DerivedTableReference(
      table: "span_half_hours",
      columns: [
        ("tenant", "Whose spans they are."), ("half_hour", "The beginning of the half hour in which the spans start."),
      ] + dimensions + [
        ("duration_bucket", "The bucket of the durations; see below."), ("spans", "How many spans, copies left out."),
        ("calls", "How many spans are calls of a model."), ("rolled_until", rolledUntil),
      ]),
    DerivedTableReference(
      table: "gpu_hours",
      columns: [
        ("tenant", "Whose spans they are."), ("hour", "The beginning of the hour in which the spans start."),
        ("gpu", "One of the `gpu_ids` of the spans."), ("duration_bucket", "The bucket of the durations."),
        ("spans", "How many spans, copies left out."), ("errors", "How many of them failed."),
        ("calls", "How many spans are calls of a model."),
        ("duration_ns_sum", "Their durations, those below 0 as 0."), ("input_tokens", sum("input_tokens")),
        ("output_tokens", sum("output_tokens")), ("rolled_until", rolledUntil),
      ]),
    DerivedTableReference(
      table: "label_durations",
      columns: [
        ("tenant", "Whose spans they are."), ("dimension", "What the label is: `service` or `model`."),
        ("minutes", "How many minutes the row is of: 30 or 240."), ("time", "The beginning of these minutes."),
        ("label", "The service, or the model that was asked for or else the one that answered."),
        ("duration_bucket", "The bucket of the durations."), ("spans", "How many spans, copies left out."),
        ("calls", "How many spans are calls of a model."), ("rolled_until", rolledUntil),
      ]),
    DerivedTableReference(
      table: "gpu_hour_sums",
      columns: [
        ("tenant", "Whose spans they are."), ("hour", "The beginning of the hour in which the spans start."),
        ("gpu", "One of the `gpu_ids` of the spans."), ("spans", "How many spans, copies left out."),
        ("errors", "How many of them failed."), ("calls", "How many spans are calls of a model."),
        ("duration_ns_sum", "Their durations, those below 0 as 0."), ("input_tokens", sum("input_tokens")),
        ("output_tokens", sum("output_tokens")), ("rolled_until", rolledUntil),
      ]),
    DerivedTableReference(
      table: "trace_owners",
      columns: [
        ("tenant", "Whose trace it is."), ("hour", "The beginning of the hour in which the spans start."),
        ("trace_id", "The trace's id."), ("session_id", "The session that the spans name; empty text for none."),
        ("user_id", "The user that the spans name; empty text for none."),
        ("first_ns", "When the first of these spans begins, in nanoseconds since 1970."),
        ("last_ns", "When the last of these spans begins."),
      ]),
    DerivedTableReference(
      table: "schema_migrations",
      columns: [
        ("number", "The number of a step among those of its feature."), ("name", "The name of its file."), ("applied_at", "When all its statements had run."),
      ]),
  ]

  private static let dimensions = ["service_name", "provider", "operation", "request_model", "response_model"]
    .map { (name: $0, meaning: "As in `spans`.") }

  private static func sum(_ column: String) -> String { "The sum of `\(column)` over the spans that count." }

  private static let rolledUntil = "The time of the latest commit that the row is made of."
}
