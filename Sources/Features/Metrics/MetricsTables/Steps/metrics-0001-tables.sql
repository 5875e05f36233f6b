-- Samples, the series that they belong to, and what is known of their metrics.

CREATE TABLE IF NOT EXISTS samples
(
  tenant UInt32 CODEC(ZSTD(1)),
  metric UInt32 CODEC(ZSTD(1)),
  bucket UInt32 CODEC(ZSTD(1)),
  series_id UInt64 CODEC(ZSTD(1)),
  time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  number Int64 CODEC(GCD, Delta(8), T64('bit'), ZSTD(1)),
  scale UInt8 CODEC(ZSTD(1)),
  batch_id UInt64 CODEC(ZSTD(1)),
  received_at DateTime64(9, 'UTC') DEFAULT now64(9) CODEC(ZSTD(1)),
  INDEX received_at_range received_at TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (tenant, metric, bucket, series_id, time)
SETTINGS min_bytes_for_wide_part = 268435456, ttl_only_drop_parts = 1, merge_selector_base = 48, old_parts_lifetime = 60,
  min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1, auto_statistics_types = '';

CREATE TABLE IF NOT EXISTS series
(
  tenant UInt32,
  day UInt32 CODEC(ZSTD(1)),
  metric UInt32 CODEC(ZSTD(1)),
  series_id UInt64 CODEC(ZSTD(1)),
  labels Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  last_seen DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(last_seen)
PARTITION BY intDiv(day, 30)
ORDER BY (tenant, day, metric, series_id)
SETTINGS auto_statistics_types = '';

CREATE TABLE IF NOT EXISTS metric_families
(
  tenant UInt32,
  name LowCardinality(String),
  kind UInt8,
  unit LowCardinality(String),
  help String CODEC(ZSTD(1)),
  family_id UInt64,
  last_seen DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree(last_seen)
ORDER BY (tenant, name)
SETTINGS auto_statistics_types = '';
