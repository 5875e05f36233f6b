-- Feedback on spans, traces and sessions, few and small.
--
-- Of the rows of one id, that of the greatest version counts; a deleted score is a row that says so. Parts are not of one day,
-- since a correction may have another time than what it corrects.

CREATE TABLE IF NOT EXISTS scores
(
  tenant UInt32 CODEC(ZSTD(1)),
  id String CODEC(ZSTD(1)),
  version UInt64 CODEC(Delta(8), ZSTD(1)),
  is_deleted UInt8 CODEC(ZSTD(1)),
  time DateTime64(9, 'UTC') CODEC(ZSTD(1)),
  name LowCardinality(String) CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  number Float64 CODEC(ZSTD(1)),
  category LowCardinality(String) CODEC(ZSTD(1)),
  source LowCardinality(String) CODEC(ZSTD(1)),
  comment String CODEC(ZSTD(1)),
  author LowCardinality(String) CODEC(ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id UInt64 CODEC(ZSTD(1)),
  session_id String CODEC(ZSTD(1)),
  batch_id UInt64 CODEC(ZSTD(1)),
  received_at DateTime64(9, 'UTC') DEFAULT now64(9) CODEC(ZSTD(1)),
  INDEX received_at_range received_at TYPE minmax GRANULARITY 1,
  INDEX trace_id_filter trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX session_id_filter session_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (tenant, id)
SETTINGS min_bytes_for_wide_part = 268435456, old_parts_lifetime = 60, auto_statistics_types = '';
