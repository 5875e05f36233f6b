-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = string("chat")
-- p3 = string("m")
-- tenant = unsigned(7)
SELECT sum(weight) AS span_count, sum(errors) AS error_count, sum(calls) AS call_count, sum(nanoseconds) AS duration_sum, sum(input_tokens) AS input_tokens_sum, sum(output_tokens) AS output_tokens_sum, toString(gpu) AS label, count() OVER () AS group_count
FROM (
  SELECT toDateTime(start_time, 'UTC') AS time, arrayJoin(gpu_ids) AS gpu, service_name, provider, operation, request_model, response_model, toUInt64((counting = 0) AND (request_model != '' OR response_model != '' OR ifNull(input_tokens, 0) > 0 OR ifNull(output_tokens, 0) > 0)) AS weight, toUInt64(status_code = 2 AND (counting = 0) AND (request_model != '' OR response_model != '' OR ifNull(input_tokens, 0) > 0 OR ifNull(output_tokens, 0) > 0)) AS errors, toUInt64((counting = 0) AND (request_model != '' OR response_model != '' OR ifNull(input_tokens, 0) > 0 OR ifNull(output_tokens, 0) > 0)) AS calls, if((counting = 0) AND (request_model != '' OR response_model != '' OR ifNull(input_tokens, 0) > 0 OR ifNull(output_tokens, 0) > 0), toFloat64(greatest(duration_ns, 0)), 0) AS nanoseconds, if(counting = 0, ifNull(input_tokens, 0), 0) AS input_tokens, if(counting = 0, ifNull(output_tokens, 0), 0) AS output_tokens
  FROM spans
  WHERE tenant = {tenant:UInt32}
    AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
    AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
    AND (NOT bitTest(counting, 0))
    AND (notEmpty(gpu_ids))
    AND (service_name = {p2:String})
    AND (if(request_model != '', request_model, response_model) = {p3:String})
)
GROUP BY label
HAVING (span_count > 0)
ORDER BY span_count DESC, label
LIMIT 100
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
