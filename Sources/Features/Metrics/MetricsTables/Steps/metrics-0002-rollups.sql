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

-- Of several values of one time the greatest counts, and any value rather than NaN, of which a stale marker is the weakest.
CREATE VIEW IF NOT EXISTS sample_minutes_of_commits AS
SELECT
  v.tenant AS tenant, v.metric AS metric, v.series_id AS series_id,
  toDateTime(intDiv(toUnixTimestamp64Milli(v.at) + 59999, 60000) * 60, 'UTC') AS time,
  countIf(v.best.1 > 0) AS count,
  countIf(v.best.1 = 1) AS nan_count,
  sum(multiIf(v.best.1 = 2, v.best.2, v.best.1 = 1, nan, 0.)) AS sum,
  min(if(v.best.1 = 2, v.best.2, inf)) AS min,
  max(if(v.best.1 = 2, v.best.2, -inf)) AS max,
  min(if(v.best.1 > 0, (v.at, toUInt8(v.best.1 = 1), -v.best.2), (toDateTime64('2200-01-01 00:00:00', 3, 'UTC'), toUInt8(1), 0.))) AS first,
  max(if(v.best.1 > 0, (v.at, toUInt8(v.best.1 = 2), v.best.2), (toDateTime64(0, 3, 'UTC'), toUInt8(0), 0.))) AS last,
  maxIf(v.at, v.best.1 = 0) AS stale,
  fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
FROM
(
  SELECT
    s.tenant AS tenant, s.metric AS metric, s.series_id AS series_id, s.time AS at,
    max((
      multiIf(NOT isNaN(s.value), 2, reinterpretAsUInt64(s.value) != 9218868437227405314, 1, 0),
      if(isNaN(s.value), 0., s.value))) AS best
  FROM
  (
    SELECT
      tenant, metric, series_id, time,
      if(scale = 255, reinterpretAsFloat64(number), number / multiIf(scale = 3, 1e3, scale = 6, 1e6, scale = 9, 1e9, 1.)) AS value
    FROM samples
    WHERE received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC')
      AND received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC')
  ) AS s
  GROUP BY s.tenant, s.metric, s.series_id, s.time
) AS v
GROUP BY v.tenant, v.metric, v.series_id, toDateTime(intDiv(toUnixTimestamp64Milli(v.at) + 59999, 60000) * 60, 'UTC');

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

CREATE VIEW IF NOT EXISTS sample_hour_sketches_of_commits AS
SELECT
  b.tenant AS tenant, b.metric AS metric, b.series_id AS series_id, b.step AS time,
  (groupArray(b.bucket), groupArray(b.count)) AS buckets,
  fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
FROM
(
  SELECT
    v.tenant AS tenant, v.metric AS metric, v.series_id AS series_id,
    toDateTime(intDiv(toUnixTimestamp64Milli(v.at) + 3599999, 3600000) * 3600, 'UTC') AS step,
    toInt16(multiIf(
      abs(v.best) < exp2(-40), 0,
      isInfinite(v.best), sign(v.best) * 4321,
      sign(v.best) * (1 + least(4319, floor((log2(abs(v.best)) + 40) * 36))))) AS bucket,
    count() AS count
  FROM
  (
    SELECT s.tenant AS tenant, s.metric AS metric, s.series_id AS series_id, s.time AS at, max(s.value) AS best
    FROM
    (
        SELECT
          tenant, metric, series_id, time,
          if(scale = 255, reinterpretAsFloat64(number), number / multiIf(scale = 3, 1e3, scale = 6, 1e6, scale = 9, 1e9, 1.)) AS value
        FROM samples
        WHERE received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC')
          AND received_at <= fromUnixTimestamp64Nano({until:Int64}, 'UTC')
    ) AS s
    WHERE NOT isNaN(s.value)
    GROUP BY s.tenant, s.metric, s.series_id, s.time
  ) AS v
  GROUP BY tenant, metric, series_id, step, bucket
  ORDER BY bucket
) AS b
GROUP BY b.tenant, b.metric, b.series_id, b.step;
