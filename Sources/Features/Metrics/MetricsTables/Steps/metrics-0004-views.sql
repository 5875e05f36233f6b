-- What roll-ups compute of new commits; in a step of its own, so that stores with earlier forms of these views get it.
--
-- Of several values of one time the greatest counts, and any value rather than NaN, of which a stale marker is the weakest: their
-- ranks are 2, 1 and 0. First and last values are found by their times, which are all different then: comparing tuples takes the
-- engine ten times as long.

CREATE OR REPLACE VIEW sample_minutes_of_commits AS
SELECT
  b.tenant AS tenant, b.metric AS metric, b.series_id AS series_id, b.step AS time,
  countIf(b.rank > 0) AS count,
  countIf(b.rank = 1) AS nan_count,
  sum(if(b.rank = 1, nan, b.number)) AS sum,
  min(if(b.rank = 2, b.number, inf)) AS min,
  max(b.best) AS max,
  (min(b.first_at), argMin(toUInt8(b.rank < 2), b.first_at), -argMin(b.number, b.first_at)) AS first,
  (max(b.last_at), argMax(toUInt8(b.rank = 2), b.last_at), argMax(b.number, b.last_at)) AS last,
  maxIf(b.at, b.rank = 0) AS stale,
  fromUnixTimestamp64Nano({until:Int64}, 'UTC') AS rolled_until
FROM
(
  SELECT
    v.tenant AS tenant, v.metric AS metric, v.series_id AS series_id, v.at AS at, v.rank AS rank, v.best AS best,
    toDateTime(intDiv(toUnixTimestamp64Milli(v.at) + 59999, 60000) * 60, 'UTC') AS step,
    if(v.rank = 2, v.best, 0.) AS number,
    if(v.rank > 0, v.at, toDateTime64('2200-01-01 00:00:00', 3, 'UTC')) AS first_at,
    if(v.rank > 0, v.at, toDateTime64(0, 3, 'UTC')) AS last_at
  FROM
  (
    SELECT
      s.tenant AS tenant, s.metric AS metric, s.series_id AS series_id, s.time AS at,
      max(multiIf(NOT isNaN(s.value), 2, reinterpretAsUInt64(s.value) != 9218868437227405314, 1, 0)) AS rank,
      max(if(isNaN(s.value), -inf, s.value)) AS best
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
) AS b
GROUP BY b.tenant, b.metric, b.series_id, b.step;

CREATE OR REPLACE VIEW sample_hour_sketches_of_commits AS
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
