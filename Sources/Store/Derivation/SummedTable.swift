/// A table of sums whose rows are added up from those of another one, not from spans.
struct SummedTable: Sendable {
  let name: String
  /// The table of sums that has the same in more detail.
  let source: String
  private let columns: String
  private let from: @Sendable (_ rows: String) -> String
  private let groupBy: String

  /// The statement that adds up rows of the source: a table's name, or a subquery.
  func select(from rows: String) -> String { "SELECT \(columns) FROM \(from(rows)) GROUP BY \(groupBy)" }

  static let all = [labelDurations, gpuHourSums]

  /// The table of a name; nil for one whose rows come from spans.
  static func named(_ name: String) -> SummedTable? { all.first { $0.name == name } }

  /// By service and by model, by the half hour and by four hours: a day has mostly whole ones of those.
  private static let labelDurations = SummedTable(
    name: "label_durations", source: "span_half_hours",
    columns: """
      tenant, dimension, minutes, toDateTime(intDiv(toUnixTimestamp(half_hour), minutes * 60) * minutes * 60, 'UTC') AS time, \
      label, duration_bucket, sum(spans) AS spans, sum(calls) AS calls, max(rolled_until) AS rolled_until
      """,
    from: { rows in
      """
      (SELECT tenant, half_hour, duration_bucket, spans, calls, rolled_until, \
      arrayJoin([('service', 30), ('service', 240), ('model', 30), ('model', 240)]) AS level, level.1 AS dimension, \
      toUInt32(level.2) AS minutes, \
      if(dimension = 'service', service_name, if(request_model != '', request_model, response_model)) AS label \
      FROM \(rows) WHERE dimension = 'service' OR label != '')
      """
    },
    groupBy: "tenant, dimension, minutes, time, label, duration_bucket")

  private static let gpuHourSums = SummedTable(
    name: "gpu_hour_sums", source: "gpu_hours",
    columns: """
      tenant, hour, gpu, sum(spans) AS spans, sum(errors) AS errors, sum(calls) AS calls, \
      sum(duration_ns_sum) AS duration_ns_sum, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, \
      max(rolled_until) AS rolled_until
      """,
    from: { $0 }, groupBy: "tenant, hour, gpu")
}
