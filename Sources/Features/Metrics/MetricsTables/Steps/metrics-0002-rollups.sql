-- Roll-ups of samples: what each series had in a minute, five minutes, an hour and a day.
--
-- A step ends at its time: it has the values after the end of the step before, up to and including its own, like a window of
-- PromQL. The rows of some hundred steps of a series lie together.

CREATE TABLE IF NOT EXISTS sample_minutes
(
  tenant UInt32 CODEC(ZSTD(1)),
  metric UInt32 CODEC(ZSTD(1)),
  series_id UInt64 CODEC(ZSTD(1)),
  time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  count SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  nan_count SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  sum SimpleAggregateFunction(sum, Float64) CODEC(Delta(8), ZSTD(1)),
  min SimpleAggregateFunction(min, Float64) CODEC(Delta(8), ZSTD(1)),
  max SimpleAggregateFunction(max, Float64) CODEC(Delta(8), ZSTD(1)),
  first SimpleAggregateFunction(min, Tuple(DateTime64(3, 'UTC'), UInt8, Float64)) CODEC(Delta, ZSTD(1)),
  last SimpleAggregateFunction(max, Tuple(DateTime64(3, 'UTC'), UInt8, Float64)) CODEC(Delta, ZSTD(1)),
  stale SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, metric, intDiv(toUnixTimestamp(time), 21600), series_id, time)
SETTINGS min_bytes_for_wide_part = 268435456, merge_with_ttl_timeout = 86400, old_parts_lifetime = 60,
  auto_statistics_types = '';

CREATE TABLE IF NOT EXISTS sample_five_minutes
(
  tenant UInt32 CODEC(ZSTD(1)),
  metric UInt32 CODEC(ZSTD(1)),
  series_id UInt64 CODEC(ZSTD(1)),
  time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  count SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  nan_count SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  sum SimpleAggregateFunction(sum, Float64) CODEC(Delta(8), ZSTD(1)),
  min SimpleAggregateFunction(min, Float64) CODEC(Delta(8), ZSTD(1)),
  max SimpleAggregateFunction(max, Float64) CODEC(Delta(8), ZSTD(1)),
  first SimpleAggregateFunction(min, Tuple(DateTime64(3, 'UTC'), UInt8, Float64)) CODEC(Delta, ZSTD(1)),
  last SimpleAggregateFunction(max, Tuple(DateTime64(3, 'UTC'), UInt8, Float64)) CODEC(Delta, ZSTD(1)),
  stale SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, metric, intDiv(toUnixTimestamp(time), 86400), series_id, time)
SETTINGS min_bytes_for_wide_part = 268435456, merge_with_ttl_timeout = 86400, old_parts_lifetime = 60,
  auto_statistics_types = '';

CREATE TABLE IF NOT EXISTS sample_hours
(
  tenant UInt32 CODEC(ZSTD(1)),
  metric UInt32 CODEC(ZSTD(1)),
  series_id UInt64 CODEC(ZSTD(1)),
  time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  count SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  nan_count SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  sum SimpleAggregateFunction(sum, Float64) CODEC(Delta(8), ZSTD(1)),
  min SimpleAggregateFunction(min, Float64) CODEC(Delta(8), ZSTD(1)),
  max SimpleAggregateFunction(max, Float64) CODEC(Delta(8), ZSTD(1)),
  first SimpleAggregateFunction(min, Tuple(DateTime64(3, 'UTC'), UInt8, Float64)) CODEC(Delta, ZSTD(1)),
  last SimpleAggregateFunction(max, Tuple(DateTime64(3, 'UTC'), UInt8, Float64)) CODEC(Delta, ZSTD(1)),
  stale SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, metric, intDiv(toUnixTimestamp(time), 1209600), series_id, time)
SETTINGS min_bytes_for_wide_part = 268435456, merge_with_ttl_timeout = 86400, old_parts_lifetime = 60,
  auto_statistics_types = '';

CREATE TABLE IF NOT EXISTS sample_days
(
  tenant UInt32 CODEC(ZSTD(1)),
  metric UInt32 CODEC(ZSTD(1)),
  series_id UInt64 CODEC(ZSTD(1)),
  time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  count SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  nan_count SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  sum SimpleAggregateFunction(sum, Float64) CODEC(Delta(8), ZSTD(1)),
  min SimpleAggregateFunction(min, Float64) CODEC(Delta(8), ZSTD(1)),
  max SimpleAggregateFunction(max, Float64) CODEC(Delta(8), ZSTD(1)),
  first SimpleAggregateFunction(min, Tuple(DateTime64(3, 'UTC'), UInt8, Float64)) CODEC(Delta, ZSTD(1)),
  last SimpleAggregateFunction(max, Tuple(DateTime64(3, 'UTC'), UInt8, Float64)) CODEC(Delta, ZSTD(1)),
  stale SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, metric, intDiv(toUnixTimestamp(time), 31536000), series_id, time)
SETTINGS min_bytes_for_wide_part = 268435456, merge_with_ttl_timeout = 86400, old_parts_lifetime = 60,
  auto_statistics_types = '';

-- Sketches: how many values of an hour and a day lay where, for percentiles.
--
-- A bucket holds sizes from 2^(n/36) to 2^((n+1)/36), so that its middle is less than 1 % from each of them. Buckets 1 to 4320 are
-- of sizes from 2^-40 to 2^80, what is greater included; negative values have those times -1; 0 has what is smaller, and
-- 4321 infinity. NaN is in none.

CREATE TABLE IF NOT EXISTS sample_hour_sketches
(
  tenant UInt32 CODEC(ZSTD(1)),
  metric UInt32 CODEC(ZSTD(1)),
  series_id UInt64 CODEC(ZSTD(1)),
  time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  buckets SimpleAggregateFunction(sumMap, Tuple(Array(Int16), Array(UInt64))) CODEC(Delta, ZSTD(1)),
  rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, metric, intDiv(toUnixTimestamp(time), 1209600), series_id, time)
SETTINGS min_bytes_for_wide_part = 268435456, merge_with_ttl_timeout = 86400, old_parts_lifetime = 60,
  auto_statistics_types = '';

CREATE TABLE IF NOT EXISTS sample_day_sketches
(
  tenant UInt32 CODEC(ZSTD(1)),
  metric UInt32 CODEC(ZSTD(1)),
  series_id UInt64 CODEC(ZSTD(1)),
  time DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  buckets SimpleAggregateFunction(sumMap, Tuple(Array(Int16), Array(UInt64))) CODEC(Delta, ZSTD(1)),
  rolled_until SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, metric, intDiv(toUnixTimestamp(time), 31536000), series_id, time)
SETTINGS min_bytes_for_wide_part = 268435456, merge_with_ttl_timeout = 86400, old_parts_lifetime = 60,
  auto_statistics_types = '';
