-- Exemplars of series: values with the trace in which they were measured.
--
-- Rows of one exemplar are replaced by the last of them, so a request that is read from the journal again changes nothing.

CREATE TABLE IF NOT EXISTS exemplars
(
  tenant UInt32 CODEC(ZSTD(1)),
  metric UInt32 CODEC(ZSTD(1)),
  series_id UInt64 CODEC(ZSTD(1)),
  time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  value Float64 CODEC(ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id UInt64 CODEC(ZSTD(1)),
  labels Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  exemplar_id UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(time)
ORDER BY (tenant, metric, series_id, time, exemplar_id)
SETTINGS min_bytes_for_wide_part = 268435456, ttl_only_drop_parts = 1, old_parts_lifetime = 60, auto_statistics_types = '';
