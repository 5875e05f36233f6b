-- p0 = int(300)
-- p1 = int(1795248000000000000)
-- p2 = int(1795251600000000000)
-- p3 = string("chat")
-- p4 = string("m")
-- tenant = unsigned(7)
SELECT quantilesExactWeighted(0.5, 0.95, 0.99)(duration_bucket, spans) AS quantiles, intDiv(toInt64(toUnixTimestamp(time)), {p0:Int64}) * {p0:Int64} AS bucket, service_name AS label
FROM (
  SELECT toDateTime(start_time, 'UTC') AS time, service_name, provider, operation, request_model, response_model, gpu_ids, status_code, toUInt64(1) AS spans, duration_ns AS duration_ns_sum, ifNull(input_tokens, 0) AS input_tokens, ifNull(output_tokens, 0) AS output_tokens, toUInt16(32 * log2(greatest(duration_ns, 1024) / 1024)) AS duration_bucket
  FROM spans
  WHERE tenant = {tenant:UInt32}
    AND (start_time >= fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
    AND (start_time < fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
    AND (service_name = {p3:String})
    AND (if(response_model != '', response_model, request_model) = {p4:String})
)
GROUP BY bucket, label
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
