-- p0 = int(1795248000)
-- p1 = int(1795251600)
-- p2 = string("chat")
-- p3 = string("m")
-- tenant = unsigned(7)
SELECT sum(spans) AS span_count, sumIf(spans, status_code = 2) AS error_count, toFloat64(sum(duration_ns_sum)) AS duration_sum, quantilesTDigestMerge(0.5, 0.95, 0.99)(duration_quantiles) AS quantiles, sum(input_tokens) AS input_tokens_sum, sum(output_tokens) AS output_tokens_sum, toString(operation) AS label
FROM span_minutes
WHERE tenant = {tenant:UInt32}
  AND (minute >= toDateTime({p0:Int64}, 'UTC'))
  AND (minute < toDateTime({p1:Int64}, 'UTC'))
  AND (service_name = {p2:String})
  AND (if(response_model != '', response_model, request_model) = {p3:String})
  AND (operation != '')
GROUP BY label
HAVING (span_count > 0)
ORDER BY span_count DESC, label
LIMIT 100
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
