-- Events of machines and their GPUs, few and small.
--
-- Rows of one event are replaced by the last of them, so an event that is told again changes nothing.

CREATE TABLE IF NOT EXISTS fleet_events
(
  tenant UInt32 CODEC(ZSTD(1)),
  time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
  event_id UInt64 CODEC(ZSTD(1)),
  node LowCardinality(String) CODEC(ZSTD(1)),
  gpu LowCardinality(String) CODEC(ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  source LowCardinality(String) CODEC(ZSTD(1)),
  pci_bus_id LowCardinality(String) CODEC(ZSTD(1)),
  xid Int64 CODEC(ZSTD(1)),
  xid_class LowCardinality(String) CODEC(ZSTD(1)),
  message String CODEC(ZSTD(1)),
  batch_id UInt64 CODEC(ZSTD(1)),
  received_at DateTime64(9, 'UTC') DEFAULT now64(9) CODEC(ZSTD(1)),
  INDEX received_at_range received_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(time)
ORDER BY (tenant, time, event_id)
SETTINGS min_bytes_for_wide_part = 268435456, ttl_only_drop_parts = 1, old_parts_lifetime = 60, auto_statistics_types = '';
