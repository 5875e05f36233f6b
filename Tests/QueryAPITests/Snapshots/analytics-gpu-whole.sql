-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = string("chat")
-- p3 = string("m")
-- tenant = unsigned(7)
SELECT count() AS span_count, countIf(status_code = 2) AS error_count, toFloat64(sum(duration_ns)) AS duration_sum, quantilesTDigest(0.5, 0.95, 0.99)(duration_ns) AS quantiles, sum(ifNull(input_tokens, 0)) AS input_tokens_sum, sum(ifNull(output_tokens, 0)) AS output_tokens_sum, toString(arrayJoin(gpu_ids)) AS label
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (service_name = {p2:String})
  AND (if(response_model != '', response_model, request_model) = {p3:String})
  AND (notEmpty(gpu_ids))
GROUP BY label
HAVING (span_count > 0)
ORDER BY span_count DESC, label
LIMIT 100
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
