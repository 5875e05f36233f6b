import Engine

extension Migration {
  /// Durations by service and by model alone, and sums by GPU without durations: a sixth of the rows of the tables that
  /// know more, or fewer.
  ///
  /// Their rows are added up from those of `span_half_hours` and `gpu_hours`, see ``SummedTable``.
  static let labels = Migration(
    number: 8, name: "durations by label",
    statements: halfHourViews + [
      """
      CREATE TABLE IF NOT EXISTS label_durations
      (
        tenant UInt32,
        dimension Enum8('service' = 1, 'model' = 2),
        minutes UInt16,
        time DateTime('UTC'),
        label LowCardinality(String),
        duration_bucket UInt16,
        spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
        calls SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
        rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
      )
      ENGINE = AggregatingMergeTree
      ORDER BY (tenant, dimension, minutes, time, label, duration_bucket)
      SETTINGS auto_statistics_types = ''
      """,
      """
      CREATE TABLE IF NOT EXISTS gpu_hour_sums
      (
        tenant UInt32,
        hour DateTime('UTC'),
        gpu LowCardinality(String),
        spans SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
        errors SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
        calls SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
        duration_ns_sum SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
        input_tokens SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
        output_tokens SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
        rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
      )
      ENGINE = AggregatingMergeTree
      ORDER BY (tenant, hour, gpu)
      SETTINGS auto_statistics_types = ''
      """,
    ]
      + SummedTable.all.flatMap { table in
        [
          "TRUNCATE TABLE \(table.name)",
          """
          INSERT INTO \(table.name) \(table.select(from: table.source))
          SETTINGS max_bytes_before_external_group_by = 134217728
          """,
        ]
      })
}

/// A table of sums whose rows are added up from those of another one, not from spans.
package struct SummedTable: Sendable {
  package let name: String
  /// The table of sums that has the same in more detail.
  package let source: String
  private let columns: String
  private let from: @Sendable (_ rows: String) -> String
  private let groupBy: String

  /// The statement that adds up rows of the source: a table's name, or a subquery.
  package func select(from rows: String) -> String { "SELECT \(columns) FROM \(from(rows)) GROUP BY \(groupBy)" }

  package static let all = [labelDurations, gpuHourSums]

  /// The table of a name; nil for one whose rows come from spans.
  package static func named(_ name: String) -> SummedTable? { all.first { $0.name == name } }

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
