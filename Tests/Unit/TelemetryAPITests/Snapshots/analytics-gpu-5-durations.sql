-- p0 = int(300)
-- p1 = int(1795248000000000000)
-- p2 = int(1795251600000000000)
-- p3 = string("chat")
-- p4 = string("m")
-- tenant = unsigned(7)
SELECT quantilesExactWeighted(0.5, 0.95, 0.99)(duration_bucket, toUInt64(greatest(toInt64(weight), 0))) AS quantiles, intDiv(toInt64(toUnixTimestamp(time)), {p0:Int64}) * {p0:Int64} AS bucket, toString(gpu) AS label
FROM (
  SELECT toDateTime(start_time, 'UTC') AS time, arrayJoin(gpu_ids) AS gpu, service_name, provider, operation, request_model, response_model, toUInt16(32 * log2(greatest(duration_ns, 1024) / 1024)) AS duration_bucket, toUInt64((counting = 0) AND (request_model != '' OR response_model != '' OR ifNull(input_tokens, 0) > 0 OR ifNull(output_tokens, 0) > 0)) AS weight
  FROM spans
  WHERE tenant = {tenant:UInt32}
    AND (start_time >= fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
    AND (start_time < fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
    AND (NOT bitTest(counting, 0))
    AND (notEmpty(gpu_ids))
    AND (service_name = {p3:String})
    AND (if(request_model != '', request_model, response_model) = {p4:String})
)
GROUP BY bucket, label
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
