-- The energy and the time of GPUs by minute, and whose they are.
--
-- Rows of a minute are computed again when spans or samples came late: all of them have a greater revision then, and readers
-- take those of the greatest. They are inserted together, and a part has minutes of one day, so a minute is there as a whole
-- or not at all. Rows that are replaced under the same key go when parts are merged.

CREATE TABLE IF NOT EXISTS gpu_energy
(
  tenant UInt32 CODEC(ZSTD(1)),
  minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  kind UInt8 CODEC(ZSTD(1)),
  revision UInt64 CODEC(ZSTD(1)),
  pass UInt8 CODEC(ZSTD(1)),
  gpu LowCardinality(String) CODEC(ZSTD(1)),
  resource LowCardinality(String) CODEC(ZSTD(1)),
  gpu_model LowCardinality(String) CODEC(ZSTD(1)),
  node LowCardinality(String) CODEC(ZSTD(1)),
  service_name LowCardinality(String) CODEC(ZSTD(1)),
  provider LowCardinality(String) CODEC(ZSTD(1)),
  operation LowCardinality(String) CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),
  other_tenant UInt32 CODEC(ZSTD(1)),
  joules Float64 CODEC(ZSTD(1)),
  exact_joules Float64 CODEC(ZSTD(1)),
  estimated_joules Float64 CODEC(ZSTD(1)),
  gpu_seconds Float64 CODEC(ZSTD(1)),
  unmeasured_seconds Float64 CODEC(ZSTD(1)),
  spans Float64 CODEC(ZSTD(1)),
  input_tokens Float64 CODEC(ZSTD(1)),
  output_tokens Float64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toDate(minute)
ORDER BY (tenant, minute, kind, gpu, resource, node, gpu_model, service_name, provider, operation, model, other_tenant)
SETTINGS ttl_only_drop_parts = 1, old_parts_lifetime = 60, auto_statistics_types = '';
