extension Migration {
  /// What is derived from spans as they arrive: traces, operations, aggregates per minute; and the keys of attributes.
  static let derived = Migration(
    number: 2, name: "derived",
    statements: [
      """
      CREATE TABLE IF NOT EXISTS traces
      (
        tenant UInt32 CODEC(ZSTD(1)),
        trace_id FixedString(16) CODEC(ZSTD(1)),
        start_ns SimpleAggregateFunction(min, Int64) CODEC(ZSTD(1)),
        end_ns SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1)),
        last_start_ns SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1)),
        root_name SimpleAggregateFunction(max, LowCardinality(String)) CODEC(ZSTD(1)),
        root_service SimpleAggregateFunction(max, LowCardinality(String)) CODEC(ZSTD(1))
      )
      ENGINE = AggregatingMergeTree
      ORDER BY (tenant, trace_id)
      SETTINGS min_bytes_for_wide_part = 268435456, merge_selector_base = 12
      """,
      """
      CREATE MATERIALIZED VIEW IF NOT EXISTS traces_of_spans TO traces AS
      \(DerivedRows.traces())
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
      CREATE MATERIALIZED VIEW IF NOT EXISTS operations_of_spans TO operations AS
      \(DerivedRows.operations())
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
        duration_quantiles AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Int64),
        input_tokens SimpleAggregateFunction(sum, UInt64),
        output_tokens SimpleAggregateFunction(sum, UInt64),
        cached_tokens SimpleAggregateFunction(sum, UInt64),
        reasoning_tokens SimpleAggregateFunction(sum, UInt64),
        ttft_quantiles AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Nullable(Int64))
      )
      ENGINE = AggregatingMergeTree
      PARTITION BY toYYYYMM(minute)
      ORDER BY
        (tenant, minute, service_name, provider, operation, request_model, response_model, node_id, kind, status_code)
      """,
      """
      CREATE MATERIALIZED VIEW IF NOT EXISTS span_minutes_of_spans TO span_minutes AS
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
        quantilesTDigestState(0.5, 0.95, 0.99)(s.duration_ns) AS duration_quantiles,
        sum(ifNull(s.input_tokens, 0)) AS input_tokens,
        sum(ifNull(s.output_tokens, 0)) AS output_tokens,
        sum(ifNull(s.cached_tokens, 0)) AS cached_tokens,
        sum(ifNull(s.reasoning_tokens, 0)) AS reasoning_tokens,
        quantilesTDigestState(0.5, 0.95, 0.99)(s.ttft_ns) AS ttft_quantiles
      FROM spans AS s
      GROUP BY
        tenant, minute, service_name, provider, operation, request_model, response_model, node_id, kind, status_code
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
}
