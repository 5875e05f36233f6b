-- p0 = int(1795248000)
-- p1 = int(1795258800)
-- p2 = int(1795246200000000000)
-- p3 = int(1795248000000000000)
-- p4 = int(1795258800000000000)
-- p5 = int(1795259700000000000)
-- tenant = unsigned(7)
SELECT quantilesExactWeighted(0.5, 0.95, 0.99)(duration_bucket, duration_weight) AS quantiles, sum(weight) AS span_count, sum(errors) AS error_count, sum(calls) AS call_count, sum(nanoseconds) AS duration_sum, sum(input_tokens) AS input_tokens_sum, sum(output_tokens) AS output_tokens_sum, toString(gpu) AS label, count() OVER () AS group_count
FROM (
  SELECT hour AS time, gpu, spans AS weight, errors, calls, duration_ns_sum AS nanoseconds, input_tokens, output_tokens, toUInt16(0) AS duration_bucket, toUInt64(0) AS duration_weight
  FROM gpu_hour_sums
  WHERE tenant = {tenant:UInt32}
    AND (hour >= toDateTime({p0:Int64}, 'UTC'))
    AND (hour < toDateTime({p1:Int64}, 'UTC'))
  UNION ALL
  SELECT hour AS time, gpu, toUInt64(0) AS weight, toUInt64(0) AS errors, toUInt64(0) AS calls, toFloat64(0) AS nanoseconds, toUInt64(0) AS input_tokens, toUInt64(0) AS output_tokens, duration_bucket, spans AS duration_weight
  FROM gpu_hours
  WHERE tenant = {tenant:UInt32}
    AND (hour >= toDateTime({p0:Int64}, 'UTC'))
    AND (hour < toDateTime({p1:Int64}, 'UTC'))
  UNION ALL
  SELECT hour AS time, gpu, spans AS weight, errors, calls, duration_ns_sum AS nanoseconds, input_tokens, output_tokens, duration_bucket, spans AS duration_weight
  FROM gpu_hours_of_commits(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (hour >= toDateTime({p0:Int64}, 'UTC'))
    AND (hour < toDateTime({p1:Int64}, 'UTC'))
  UNION ALL
  SELECT hour AS time, gpu, spans AS weight, errors, calls, duration_ns_sum AS nanoseconds, input_tokens, output_tokens, duration_bucket, spans AS duration_weight
  FROM gpu_hours_of_corrections(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (hour >= toDateTime({p0:Int64}, 'UTC'))
    AND (hour < toDateTime({p1:Int64}, 'UTC'))
  UNION ALL
  SELECT toDateTime(start_time, 'UTC') AS time, arrayJoin(gpu_ids) AS gpu, toUInt64(1) AS weight, toUInt64(status_code = 2) AS errors, toUInt64((counting = 0) AND (request_model != '' OR response_model != '' OR ifNull(input_tokens, 0) > 0 OR ifNull(output_tokens, 0) > 0)) AS calls, toFloat64(greatest(duration_ns, 0)) AS nanoseconds, if(counting = 0, ifNull(input_tokens, 0), 0) AS input_tokens, if(counting = 0, ifNull(output_tokens, 0), 0) AS output_tokens, toUInt16(32 * log2(greatest(duration_ns, 1024) / 1024)) AS duration_bucket, weight AS duration_weight
  FROM spans
  WHERE tenant = {tenant:UInt32}
    AND (start_time >= fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
    AND (start_time < fromUnixTimestamp64Nano({p3:Int64}, 'UTC'))
    AND (NOT bitTest(counting, 0))
    AND (notEmpty(gpu_ids))
  UNION ALL
  SELECT toDateTime(start_time, 'UTC') AS time, arrayJoin(gpu_ids) AS gpu, toUInt64(1) AS weight, toUInt64(status_code = 2) AS errors, toUInt64((counting = 0) AND (request_model != '' OR response_model != '' OR ifNull(input_tokens, 0) > 0 OR ifNull(output_tokens, 0) > 0)) AS calls, toFloat64(greatest(duration_ns, 0)) AS nanoseconds, if(counting = 0, ifNull(input_tokens, 0), 0) AS input_tokens, if(counting = 0, ifNull(output_tokens, 0), 0) AS output_tokens, toUInt16(32 * log2(greatest(duration_ns, 1024) / 1024)) AS duration_bucket, weight AS duration_weight
  FROM spans
  WHERE tenant = {tenant:UInt32}
    AND (start_time >= fromUnixTimestamp64Nano({p4:Int64}, 'UTC'))
    AND (start_time < fromUnixTimestamp64Nano({p5:Int64}, 'UTC'))
    AND (NOT bitTest(counting, 0))
    AND (notEmpty(gpu_ids))
)
GROUP BY label
HAVING (span_count > 0)
ORDER BY span_count DESC, label
LIMIT 100
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
