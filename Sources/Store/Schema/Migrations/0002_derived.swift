import Engine

extension Migration {
  /// What is derived from spans, every few seconds (docs/adr/0012): traces, operations, aggregates per minute; and the
  /// keys of attributes, which commits note.
  ///
  /// The views compute the rows of a table from the spans of some commits: `after` and `until` are times of commits,
  /// `spans.received_at` in nanoseconds. A roll-up copies their rows to the table; a reader adds those of the commits that
  /// came after the last roll-up.
  static let derived = Migration(
    number: 2, name: "rollups",
    statements: [
      """
      CREATE TABLE IF NOT EXISTS traces
      (
        tenant UInt32 CODEC(ZSTD(1)),
        ten_minutes DateTime('UTC') CODEC(ZSTD(1)),
        trace_id FixedString(16) CODEC(ZSTD(1)),
        start_ns SimpleAggregateFunction(min, Int64) CODEC(ZSTD(1)),
        end_ns SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1)),
        last_start_ns SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1)),
        root_name SimpleAggregateFunction(max, LowCardinality(String)) CODEC(ZSTD(1)),
        root_service SimpleAggregateFunction(max, LowCardinality(String)) CODEC(ZSTD(1)),
        INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1
      )
      ENGINE = AggregatingMergeTree
      ORDER BY (tenant, ten_minutes, trace_id)
      SETTINGS min_bytes_for_wide_part = 268435456, old_parts_lifetime = 60
      """,
      """
      CREATE VIEW IF NOT EXISTS traces_of_commits AS
      SELECT
        s.tenant AS tenant,
        toStartOfTenMinutes(s.start_time) AS ten_minutes,
        s.trace_id AS trace_id,
        min(toUnixTimestamp64Nano(s.start_time)) AS start_ns,
        max(toUnixTimestamp64Nano(s.start_time) + s.duration_ns) AS end_ns,
        max(toUnixTimestamp64Nano(s.start_time)) AS last_start_ns,
        maxIf(s.name, s.parent_span_id = 0) AS root_name,
        maxIf(s.service_name, s.parent_span_id = 0) AS root_service
      FROM spans AS s
      WHERE \(Self.ofCommits)
      GROUP BY tenant, ten_minutes, trace_id
      """,
      """
      CREATE TABLE IF NOT EXISTS operations
      (
        tenant UInt32,
        service_name LowCardinality(String),
        name LowCardinality(String),
        kind UInt8,
        last_seen SimpleAggregateFunction(max, DateTime('UTC'))
      )
      ENGINE = AggregatingMergeTree
      ORDER BY (tenant, service_name, name, kind)
      """,
      """
      CREATE VIEW IF NOT EXISTS operations_of_commits AS
      SELECT
        s.tenant AS tenant, s.service_name AS service_name, s.name AS name, s.kind AS kind,
        toDateTime(max(s.received_at), 'UTC') AS last_seen
      FROM spans AS s
      WHERE \(Self.ofCommits)
      GROUP BY tenant, service_name, name, kind
      """,
      """
      CREATE TABLE IF NOT EXISTS span_minutes
      (
        tenant UInt32,
        minute DateTime('UTC'),
        service_name LowCardinality(String),
        provider LowCardinality(String),
        operation LowCardinality(String),
        request_model LowCardinality(String),
        response_model LowCardinality(String),
        node_id LowCardinality(String),
        kind UInt8,
        status_code UInt8,
        spans SimpleAggregateFunction(sum, UInt64),
        root_spans SimpleAggregateFunction(sum, UInt64),
        duration_ns_sum SimpleAggregateFunction(sum, Int64),
        duration_ns_max SimpleAggregateFunction(max, Int64),
        input_tokens SimpleAggregateFunction(sum, UInt64),
        output_tokens SimpleAggregateFunction(sum, UInt64),
        cached_tokens SimpleAggregateFunction(sum, UInt64),
        reasoning_tokens SimpleAggregateFunction(sum, UInt64),
        rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC'))
      )
      ENGINE = AggregatingMergeTree
      ORDER BY
        (tenant, minute, service_name, provider, operation, request_model, response_model, node_id, kind, status_code)
      """,
      """
      CREATE VIEW IF NOT EXISTS span_minutes_of_commits AS
      SELECT
        s.tenant AS tenant,
        toStartOfMinute(s.start_time) AS minute,
        s.service_name AS service_name,
        s.provider AS provider,
        s.operation AS operation,
        s.request_model AS request_model,
        s.response_model AS response_model,
        s.node_id AS node_id,
        s.kind AS kind,
        s.status_code AS status_code,
        count() AS spans,
        countIf(s.parent_span_id = 0) AS root_spans,
        sum(s.duration_ns) AS duration_ns_sum,
        max(s.duration_ns) AS duration_ns_max,
        sum(ifNull(s.input_tokens, 0)) AS input_tokens,
        sum(ifNull(s.output_tokens, 0)) AS output_tokens,
        sum(ifNull(s.cached_tokens, 0)) AS cached_tokens,
        sum(ifNull(s.reasoning_tokens, 0)) AS reasoning_tokens,
        fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
      FROM spans AS s
      WHERE \(Self.ofCommits)
      GROUP BY
        tenant, minute, service_name, provider, operation, request_model, response_model, node_id, kind, status_code
      """,
      """
      CREATE TABLE IF NOT EXISTS span_durations
      (
        tenant UInt32,
        hour DateTime('UTC'),
        service_name LowCardinality(String),
        provider LowCardinality(String),
        operation LowCardinality(String),
        request_model LowCardinality(String),
        response_model LowCardinality(String),
        duration_bucket UInt16,
        spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
        rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
      )
      ENGINE = AggregatingMergeTree
      ORDER BY (tenant, hour, service_name, provider, operation, request_model, response_model, duration_bucket)
      """,
      """
      CREATE VIEW IF NOT EXISTS span_durations_of_commits AS
      SELECT
        s.tenant AS tenant,
        toStartOfHour(s.start_time) AS hour,
        s.service_name AS service_name,
        s.provider AS provider,
        s.operation AS operation,
        s.request_model AS request_model,
        s.response_model AS response_model,
        \(DurationBucket.sql(of: "s.duration_ns")) AS duration_bucket,
        count() AS spans,
        fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
      FROM spans AS s
      WHERE \(Self.ofCommits)
      GROUP BY tenant, hour, service_name, provider, operation, request_model, response_model, duration_bucket
      """,
      """
      CREATE TABLE IF NOT EXISTS attribute_keys
      (
        tenant UInt32,
        source LowCardinality(String),
        key String,
        type UInt8,
        last_seen DateTime('UTC') DEFAULT now()
      )
      ENGINE = ReplacingMergeTree(last_seen)
      ORDER BY (tenant, source, key, type)
      """,
    ])

  private static let ofCommits = """
    s.received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC') \
    AND s.received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC')
    """
}
