-- The tables of telemetry. docs/schema.md explains them column by column.
--
-- A statement ends with a semicolon at the end of a line. Each MUST be able to run again: a step that was stopped half-way
-- begins anew. Once released, a step is never changed; a new one is added.
--
-- auto_statistics_types: the engine would compute statistics of every column in every merge. Only planning uses them:
-- queries read them part by part and column by column, a thousand small reads for a trace by its id, and find their rows
-- by primary key and skip indexes anyway.
--
-- LZ4 instead of ZSTD: for numbers that are the same in most rows of a block, and for those that T64 has made small. ZSTD
-- makes them no smaller and takes an eighth of an insert's and of a merge's time (docs/adr/0002).

-- What ingest inserts ------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS resources
(
  tenant UInt32,
  resource_id UInt64,
  service_name LowCardinality(String) CODEC(ZSTD(1)),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  attribute_types Array(UInt8) CODEC(ZSTD(1)),
  dropped_attributes UInt32,
  schema_url LowCardinality(String) CODEC(ZSTD(1)),
  last_seen DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(last_seen)
ORDER BY (tenant, resource_id)
SETTINGS auto_statistics_types = '';

CREATE TABLE IF NOT EXISTS scopes
(
  tenant UInt32,
  scope_id UInt64,
  name LowCardinality(String) CODEC(ZSTD(1)),
  version LowCardinality(String) CODEC(ZSTD(1)),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  attribute_types Array(UInt8) CODEC(ZSTD(1)),
  dropped_attributes UInt32,
  schema_url LowCardinality(String) CODEC(ZSTD(1)),
  last_seen DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(last_seen)
ORDER BY (tenant, scope_id)
SETTINGS auto_statistics_types = '';

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
SETTINGS auto_statistics_types = '';

-- `details` holds what most spans have nothing of. `counting` says what of a span counts (docs/adr/0013).
-- merge_max_block_size: a merge holds a block of each of its up to 48 parts: 14 MiB of rows instead of 8 times as many, at
-- the same speed.
CREATE TABLE IF NOT EXISTS spans
(
  tenant UInt32 CODEC(LZ4),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id UInt64 CODEC(NONE),
  parent_span_id UInt64 CODEC(ZSTD(1)),
  flags UInt32 CODEC(LZ4),
  name LowCardinality(String) CODEC(ZSTD(1)),
  kind UInt8 CODEC(LZ4),
  start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  duration_ns Int64 CODEC(ZSTD(1)),
  status_code UInt8 CODEC(ZSTD(1)),
  status_message String CODEC(ZSTD(1)),
  service_name LowCardinality(String) CODEC(ZSTD(1)),
  resource_id UInt64 CODEC(LZ4),
  scope_name LowCardinality(String) CODEC(ZSTD(1)),
  scope_version LowCardinality(String) CODEC(ZSTD(1)),
  scope_id UInt64 CODEC(LZ4),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  attribute_types Array(UInt8) CODEC(LZ4),
  details String CODEC(ZSTD(1)),
  provider LowCardinality(String) CODEC(ZSTD(1)),
  operation LowCardinality(String) CODEC(ZSTD(1)),
  request_model LowCardinality(String) CODEC(ZSTD(1)),
  response_model LowCardinality(String) CODEC(ZSTD(1)),
  input_tokens Nullable(UInt64) CODEC(T64, LZ4),
  output_tokens Nullable(UInt64) CODEC(T64, LZ4),
  cached_tokens Nullable(UInt64) CODEC(T64, LZ4),
  cache_creation_tokens Nullable(UInt64) CODEC(T64, LZ4),
  reasoning_tokens Nullable(UInt64) CODEC(T64, LZ4),
  ttft_ns Nullable(Int64) CODEC(T64, LZ4),
  tpot_ns Nullable(Int64) CODEC(T64, LZ4),
  finish_reason LowCardinality(String) CODEC(ZSTD(1)),
  session_id String CODEC(ZSTD(1)),
  user_id String CODEC(ZSTD(1)),
  error_type LowCardinality(String) CODEC(ZSTD(1)),
  gpu_ids Array(LowCardinality(String)) CODEC(LZ4),
  node_id LowCardinality(String) CODEC(ZSTD(1)),
  batch_id UInt64 CODEC(LZ4),
  promoted UInt32 CODEC(ZSTD(1)),
  received_at DateTime64(9, 'UTC') DEFAULT now64(9) CODEC(LZ4),
  counting UInt8 CODEC(LZ4),
  INDEX trace_id_bloom trace_id TYPE bloom_filter(0.0001) GRANULARITY 1,
  INDEX attribute_values_bloom mapValues(attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX user_id_bloom user_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX session_id_bloom session_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX start_time_range start_time TYPE minmax GRANULARITY 1,
  INDEX received_at_range received_at TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(start_time)
ORDER BY (tenant, toStartOfHour(start_time))
SETTINGS min_bytes_for_wide_part = 268435456, ttl_only_drop_parts = 1, merge_selector_base = 48, old_parts_lifetime = 60,
  index_granularity = 4096, auto_statistics_types = '', merge_max_block_size = 1024;

CREATE TABLE IF NOT EXISTS metric_points
(
  tenant UInt32 CODEC(ZSTD(1)),
  resource_id UInt64 CODEC(ZSTD(1)),
  service_name LowCardinality(String) CODEC(ZSTD(1)),
  scope_name LowCardinality(String) CODEC(ZSTD(1)),
  scope_version LowCardinality(String) CODEC(ZSTD(1)),
  scope_id UInt64 CODEC(ZSTD(1)),
  name LowCardinality(String) CODEC(ZSTD(1)),
  description LowCardinality(String) CODEC(ZSTD(1)),
  unit LowCardinality(String) CODEC(ZSTD(1)),
  type UInt8 CODEC(ZSTD(1)),
  temporality UInt8 CODEC(ZSTD(1)),
  is_monotonic UInt8 CODEC(ZSTD(1)),
  start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  attribute_types Array(UInt8) CODEC(ZSTD(1)),
  flags UInt32 CODEC(ZSTD(1)),
  value_double Nullable(Float64) CODEC(ZSTD(1)),
  value_int Nullable(Int64) CODEC(ZSTD(1)),
  count UInt64 CODEC(ZSTD(1)),
  sum Nullable(Float64) CODEC(ZSTD(1)),
  min Nullable(Float64) CODEC(ZSTD(1)),
  max Nullable(Float64) CODEC(ZSTD(1)),
  bucket_counts Array(UInt64) CODEC(ZSTD(1)),
  explicit_bounds Array(Float64) CODEC(ZSTD(1)),
  scale Int32 CODEC(ZSTD(1)),
  zero_count UInt64 CODEC(ZSTD(1)),
  zero_threshold Float64 CODEC(ZSTD(1)),
  positive_offset Int32 CODEC(ZSTD(1)),
  positive_counts Array(UInt64) CODEC(ZSTD(1)),
  negative_offset Int32 CODEC(ZSTD(1)),
  negative_counts Array(UInt64) CODEC(ZSTD(1)),
  quantiles Array(Float64) CODEC(ZSTD(1)),
  quantile_values Array(Float64) CODEC(ZSTD(1)),
  exemplars String CODEC(ZSTD(1)),
  batch_id UInt64 CODEC(ZSTD(1)),
  received_at DateTime64(9, 'UTC') DEFAULT now64(9) CODEC(ZSTD(1)),
  INDEX received_at_range received_at TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant, name, service_name, time)
SETTINGS min_bytes_for_wide_part = 268435456, ttl_only_drop_parts = 1, merge_selector_base = 48, old_parts_lifetime = 60,
  auto_statistics_types = '';

CREATE TABLE IF NOT EXISTS logs
(
  tenant UInt32 CODEC(ZSTD(1)),
  time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  observed_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  severity_number UInt8 CODEC(ZSTD(1)),
  severity_text LowCardinality(String) CODEC(ZSTD(1)),
  body String CODEC(ZSTD(1)),
  body_type UInt8 CODEC(ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id UInt64 CODEC(ZSTD(1)),
  flags UInt32 CODEC(ZSTD(1)),
  service_name LowCardinality(String) CODEC(ZSTD(1)),
  resource_id UInt64 CODEC(ZSTD(1)),
  scope_name LowCardinality(String) CODEC(ZSTD(1)),
  scope_version LowCardinality(String) CODEC(ZSTD(1)),
  scope_id UInt64 CODEC(ZSTD(1)),
  event_name LowCardinality(String) CODEC(ZSTD(1)),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  attribute_types Array(UInt8) CODEC(ZSTD(1)),
  dropped_attributes UInt32 CODEC(ZSTD(1)),
  batch_id UInt64 CODEC(ZSTD(1)),
  received_at DateTime64(9, 'UTC') DEFAULT now64(9) CODEC(ZSTD(1)),
  INDEX trace_id_bloom trace_id TYPE bloom_filter(0.0001) GRANULARITY 1,
  INDEX attribute_values_bloom mapValues(attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX time_range time TYPE minmax GRANULARITY 1,
  INDEX received_at_range received_at TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant, toStartOfHour(time))
SETTINGS min_bytes_for_wide_part = 268435456, ttl_only_drop_parts = 1, merge_selector_base = 48, old_parts_lifetime = 60,
  auto_statistics_types = '';

-- Outer spans that were stored before the call inside them, and so no longer count (docs/adr/0013).
CREATE TABLE IF NOT EXISTS late_outer_spans
(
  tenant UInt32,
  trace_id FixedString(16),
  span_id UInt64,
  outer_received_at DateTime('UTC'),
  received_at DateTime64(9, 'UTC')
)
ENGINE = MergeTree
ORDER BY received_at
SETTINGS auto_statistics_types = '';

-- The promoted attributes of spans among the others, in the order of their bits; `counting` is for roll-ups only.
CREATE VIEW IF NOT EXISTS spans_with_attributes AS
SELECT
  * EXCEPT (counting),
  CAST((
    arrayConcat(
      arrayFilter((x, bit) -> bitTest(promoted, bit),
        [
          'gen_ai.provider.name', 'gen_ai.operation.name', 'gen_ai.request.model', 'gen_ai.response.model',
          'gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens', 'gen_ai.usage.cache_read.input_tokens',
          'gen_ai.usage.cache_creation.input_tokens', 'gen_ai.usage.reasoning.output_tokens',
          'gen_ai.conversation.id', 'user.id', 'error.type'
        ],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
      mapKeys(attributes)),
    arrayConcat(
      arrayFilter((x, bit) -> bitTest(promoted, bit),
        [
          toString(provider), toString(operation), toString(request_model), toString(response_model),
          toString(ifNull(input_tokens, 0)), toString(ifNull(output_tokens, 0)), toString(ifNull(cached_tokens, 0)),
          toString(ifNull(cache_creation_tokens, 0)), toString(ifNull(reasoning_tokens, 0)), toString(session_id),
          toString(user_id), toString(error_type)
        ],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
      mapValues(attributes))),
    'Map(LowCardinality(String), String)') AS all_attributes,
  arrayConcat(
    arrayFilter((x, bit) -> bitTest(promoted, bit),
      [
        1, 1, 1, 1, 3, 3, 3, 3, 3, 1, 1, 1
      ],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    attribute_types) AS all_attribute_types
FROM spans;

-- What is derived from spans, every few seconds (docs/adr/0012) ----------------------------------------------------------
--
-- A view `…_of_commits` computes the rows of a table from the spans of the commits between two times, `after` and `until`;
-- a roll-up copies its rows to the table, and a reader adds those of newer commits. Bit 0 of `counting` marks copies. A
-- view `…_of_corrections` takes back what outer spans counted for until commits between the two times brought the calls
-- inside them; sums are modulo 2^64, so that rows can be negative.

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
SETTINGS min_bytes_for_wide_part = 268435456, old_parts_lifetime = 60, auto_statistics_types = '';

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
WHERE s.received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC')
  AND s.received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC')
GROUP BY tenant, ten_minutes, trace_id;

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
SETTINGS auto_statistics_types = '';

CREATE VIEW IF NOT EXISTS operations_of_commits AS
SELECT
  s.tenant AS tenant, s.service_name AS service_name, s.name AS name, s.kind AS kind,
  toDateTime(max(s.received_at), 'UTC') AS last_seen
FROM spans AS s
WHERE s.received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC')
  AND s.received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC')
GROUP BY tenant, service_name, name, kind;

CREATE TABLE IF NOT EXISTS trace_owners
(
  tenant UInt32,
  hour DateTime('UTC'),
  trace_id FixedString(16),
  session_id String CODEC(ZSTD(1)),
  user_id String CODEC(ZSTD(1)),
  first_ns SimpleAggregateFunction(min, Int64) CODEC(ZSTD(1)),
  last_ns SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, hour, trace_id, session_id, user_id)
SETTINGS auto_statistics_types = '';

CREATE VIEW IF NOT EXISTS trace_owners_of_commits AS
SELECT
  s.tenant AS tenant, toStartOfHour(s.start_time) AS hour, s.trace_id AS trace_id, s.session_id AS session_id,
  s.user_id AS user_id, min(toUnixTimestamp64Nano(s.start_time)) AS first_ns,
  max(toUnixTimestamp64Nano(s.start_time)) AS last_ns
FROM spans AS s
WHERE (s.session_id != '' OR s.user_id != '')
  AND s.received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC')
  AND s.received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC') AND NOT bitTest(s.counting, 0)
GROUP BY tenant, hour, trace_id, session_id, user_id;

-- By the minute

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
  duration_ns_sum SimpleAggregateFunction(sum, Float64),
  duration_ns_max SimpleAggregateFunction(max, Int64),
  input_tokens SimpleAggregateFunction(sum, UInt64),
  output_tokens SimpleAggregateFunction(sum, UInt64),
  cached_tokens SimpleAggregateFunction(sum, UInt64),
  reasoning_tokens SimpleAggregateFunction(sum, UInt64),
  calls SimpleAggregateFunction(sum, UInt64),
  call_duration_ns_sum SimpleAggregateFunction(sum, Float64),
  rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY
  (tenant, minute, service_name, provider, operation, request_model, response_model, node_id, kind, status_code)
SETTINGS auto_statistics_types = '';

CREATE VIEW IF NOT EXISTS span_minutes_of_commits AS
SELECT
  s.tenant AS tenant, toStartOfMinute(s.start_time) AS minute, s.service_name AS service_name, s.provider AS provider,
  s.operation AS operation, s.request_model AS request_model, s.response_model AS response_model, s.node_id AS node_id,
  s.kind AS kind, s.status_code AS status_code,
  count() AS spans,
  countIf(s.parent_span_id = 0) AS root_spans,
  sum(toFloat64(greatest(s.duration_ns, 0))) AS duration_ns_sum,
  max(greatest(s.duration_ns, 0)) AS duration_ns_max,
  sumIf(ifNull(s.input_tokens, 0), s.counting = 0) AS input_tokens,
  sumIf(ifNull(s.output_tokens, 0), s.counting = 0) AS output_tokens,
  sumIf(ifNull(s.cached_tokens, 0), s.counting = 0) AS cached_tokens,
  sumIf(ifNull(s.reasoning_tokens, 0), s.counting = 0) AS reasoning_tokens,
  countIf(s.counting = 0 AND (s.request_model != '' OR s.response_model != '' OR ifNull(s.input_tokens, 0) > 0
    OR ifNull(s.output_tokens, 0) > 0)) AS calls,
  sumIf(toFloat64(greatest(s.duration_ns, 0)), s.counting = 0 AND (s.request_model != '' OR s.response_model != '' OR ifNull(s.input_tokens, 0) > 0
    OR ifNull(s.output_tokens, 0) > 0)) AS call_duration_ns_sum,
  fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
FROM spans AS s
WHERE s.received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC')
  AND s.received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC') AND NOT bitTest(s.counting, 0)
GROUP BY tenant, minute, service_name, provider, operation, request_model, response_model, node_id, kind, status_code;

CREATE VIEW IF NOT EXISTS span_minutes_of_corrections AS
SELECT
  s.tenant AS tenant, toStartOfMinute(s.start_time) AS minute, s.service_name AS service_name, s.provider AS provider,
  s.operation AS operation, s.request_model AS request_model, s.response_model AS response_model, s.node_id AS node_id,
  s.kind AS kind, s.status_code AS status_code,
  toUInt64(0) AS spans,
  toUInt64(0) AS root_spans,
  toFloat64(0) AS duration_ns_sum,
  toInt64(0) AS duration_ns_max,
  toUInt64(-sum(ifNull(s.input_tokens, 0))) AS input_tokens,
  toUInt64(-sum(ifNull(s.output_tokens, 0))) AS output_tokens,
  toUInt64(-sum(ifNull(s.cached_tokens, 0))) AS cached_tokens,
  toUInt64(-sum(ifNull(s.reasoning_tokens, 0))) AS reasoning_tokens,
  toUInt64(-countIf((s.request_model != '' OR s.response_model != '' OR ifNull(s.input_tokens, 0) > 0
    OR ifNull(s.output_tokens, 0) > 0))) AS calls,
  -sumIf(toFloat64(greatest(s.duration_ns, 0)), (s.request_model != '' OR s.response_model != '' OR ifNull(s.input_tokens, 0) > 0
    OR ifNull(s.output_tokens, 0) > 0)) AS call_duration_ns_sum,
  fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
FROM spans AS s
WHERE s.counting = 0
  AND s.received_at >= (SELECT min(outer_received_at) FROM late_outer_spans
    WHERE received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC') AND received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC'))
  AND (s.tenant, s.trace_id, s.span_id) IN (SELECT tenant, trace_id, span_id FROM late_outer_spans
    WHERE received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC') AND received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC'))
GROUP BY tenant, minute, service_name, provider, operation, request_model, response_model, node_id, kind, status_code;

-- By the half hour and duration. Times beyond 2106, which DateTime cannot hold, give some half hour, but no error.

CREATE TABLE IF NOT EXISTS span_half_hours
(
  tenant UInt32,
  half_hour DateTime('UTC'),
  service_name LowCardinality(String),
  provider LowCardinality(String),
  operation LowCardinality(String),
  request_model LowCardinality(String),
  response_model LowCardinality(String),
  duration_bucket UInt16,
  spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  calls SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, half_hour, service_name, provider, operation, request_model, response_model, duration_bucket)
SETTINGS auto_statistics_types = '';

CREATE VIEW IF NOT EXISTS span_half_hours_of_commits AS
SELECT
  s.tenant AS tenant, toDateTime(intDiv(toUnixTimestamp64Second(s.start_time), 1800) * 1800, 'UTC') AS half_hour,
  s.service_name AS service_name, s.provider AS provider, s.operation AS operation,
  s.request_model AS request_model, s.response_model AS response_model,
  toUInt16(32 * log2(greatest(s.duration_ns, 1024) / 1024)) AS duration_bucket,
  count() AS spans,
  countIf(s.counting = 0 AND (s.request_model != '' OR s.response_model != '' OR ifNull(s.input_tokens, 0) > 0
    OR ifNull(s.output_tokens, 0) > 0)) AS calls,
  fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
FROM spans AS s
WHERE s.received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC')
  AND s.received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC') AND NOT bitTest(s.counting, 0)
GROUP BY tenant, half_hour, service_name, provider, operation, request_model, response_model, duration_bucket;

CREATE VIEW IF NOT EXISTS span_half_hours_of_corrections AS
SELECT
  s.tenant AS tenant, toDateTime(intDiv(toUnixTimestamp64Second(s.start_time), 1800) * 1800, 'UTC') AS half_hour,
  s.service_name AS service_name, s.provider AS provider, s.operation AS operation,
  s.request_model AS request_model, s.response_model AS response_model,
  toUInt16(32 * log2(greatest(s.duration_ns, 1024) / 1024)) AS duration_bucket,
  toUInt64(0) AS spans,
  toUInt64(-countIf((s.request_model != '' OR s.response_model != '' OR ifNull(s.input_tokens, 0) > 0
    OR ifNull(s.output_tokens, 0) > 0))) AS calls,
  fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
FROM spans AS s
WHERE s.counting = 0
  AND s.received_at >= (SELECT min(outer_received_at) FROM late_outer_spans
    WHERE received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC') AND received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC'))
  AND (s.tenant, s.trace_id, s.span_id) IN (SELECT tenant, trace_id, span_id FROM late_outer_spans
    WHERE received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC') AND received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC'))
GROUP BY tenant, half_hour, service_name, provider, operation, request_model, response_model, duration_bucket;

-- By the hour, GPU and duration

CREATE TABLE IF NOT EXISTS gpu_hours
(
  tenant UInt32,
  hour DateTime('UTC'),
  gpu LowCardinality(String),
  duration_bucket UInt16,
  spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  calls SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  duration_ns_sum SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),
  input_tokens SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  output_tokens SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, hour, gpu, duration_bucket)
SETTINGS auto_statistics_types = '';

CREATE VIEW IF NOT EXISTS gpu_hours_of_commits AS
SELECT
  s.tenant AS tenant, toStartOfHour(s.start_time) AS hour, arrayJoin(s.gpu_ids) AS gpu,
  toUInt16(32 * log2(greatest(s.duration_ns, 1024) / 1024)) AS duration_bucket,
  count() AS spans,
  countIf(s.status_code = 2) AS errors,
  countIf(s.counting = 0 AND (s.request_model != '' OR s.response_model != '' OR ifNull(s.input_tokens, 0) > 0
    OR ifNull(s.output_tokens, 0) > 0)) AS calls,
  sum(toFloat64(greatest(s.duration_ns, 0))) AS duration_ns_sum,
  sumIf(ifNull(s.input_tokens, 0), s.counting = 0) AS input_tokens,
  sumIf(ifNull(s.output_tokens, 0), s.counting = 0) AS output_tokens,
  fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
FROM spans AS s
WHERE notEmpty(s.gpu_ids)
  AND s.received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC')
  AND s.received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC') AND NOT bitTest(s.counting, 0)
GROUP BY tenant, hour, gpu, duration_bucket;

CREATE VIEW IF NOT EXISTS gpu_hours_of_corrections AS
SELECT
  s.tenant AS tenant, toStartOfHour(s.start_time) AS hour, arrayJoin(s.gpu_ids) AS gpu,
  toUInt16(32 * log2(greatest(s.duration_ns, 1024) / 1024)) AS duration_bucket,
  toUInt64(0) AS spans,
  toUInt64(0) AS errors,
  toUInt64(-countIf((s.request_model != '' OR s.response_model != '' OR ifNull(s.input_tokens, 0) > 0
    OR ifNull(s.output_tokens, 0) > 0))) AS calls,
  toFloat64(0) AS duration_ns_sum,
  toUInt64(-sum(ifNull(s.input_tokens, 0))) AS input_tokens,
  toUInt64(-sum(ifNull(s.output_tokens, 0))) AS output_tokens,
  fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
FROM spans AS s
WHERE notEmpty(s.gpu_ids)
  AND s.counting = 0
  AND s.received_at >= (SELECT min(outer_received_at) FROM late_outer_spans
    WHERE received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC') AND received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC'))
  AND (s.tenant, s.trace_id, s.span_id) IN (SELECT tenant, trace_id, span_id FROM late_outer_spans
    WHERE received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC') AND received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC'))
GROUP BY tenant, hour, gpu, duration_bucket;

-- Durations by service and by model alone, and sums by GPU without durations: a sixth of the rows of the tables that know
-- more, or fewer. Their rows are added up from those of span_half_hours and gpu_hours.

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
SETTINGS auto_statistics_types = '';

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
SETTINGS auto_statistics_types = '';
