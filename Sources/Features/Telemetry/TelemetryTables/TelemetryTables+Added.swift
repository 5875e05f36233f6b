import Schema

/// Sums without some of the detail: a sixth of the rows of the tables that know more, or fewer.
extension TelemetryTables {
  /// By service and by model, by the half hour and by four hours: a day has mostly whole ones of those.
  static let labelDurations = AddedRows(
    from: "span_half_hours",
    columns: """
      tenant, dimension, minutes, toDateTime(intDiv(toUnixTimestamp(half_hour), minutes * 60) * minutes * 60, 'UTC') AS time, \
      label, duration_bucket, sum(spans) AS spans, sum(calls) AS calls, max(rolled_until) AS rolled_until
      """,
    of: { rows in
      """
      (SELECT tenant, half_hour, duration_bucket, spans, calls, rolled_until, \
      arrayJoin([('service', 30), ('service', 240), ('model', 30), ('model', 240)]) AS level, level.1 AS dimension, \
      toUInt32(level.2) AS minutes, \
      if(dimension = 'service', service_name, if(request_model != '', request_model, response_model)) AS label \
      FROM \(rows) WHERE dimension = 'service' OR label != '')
      """
    },
    groupBy: "tenant, dimension, minutes, time, label, duration_bucket")

  static let gpuHourSums = AddedRows(
    from: "gpu_hours",
    columns: """
      tenant, hour, gpu, sum(spans) AS spans, sum(errors) AS errors, sum(calls) AS calls, \
      sum(duration_ns_sum) AS duration_ns_sum, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, \
      max(rolled_until) AS rolled_until
      """,
    groupBy: "tenant, hour, gpu")
}
