-- p0 = string("0102030405060708090a0b0c0d0e0f10")
-- p1 = int(1795248000000000000)
-- p2 = int(1795251600000000000)
-- tenant = unsigned(7)
SELECT trace_id, min(toUnixTimestamp64Nano(start_time)) AS trace_start, max(toUnixTimestamp64Nano(start_time) + duration_ns) AS trace_end, argMinIf(name, start_time, parent_span_id = 0) AS root_name, argMinIf(service_name, start_time, parent_span_id = 0) AS root_service, countIf(parent_span_id = 0) AS root_count, count() AS span_count, countIf(status_code = 2) AS error_count, sumMap(map(toString(service_name), toUInt64(1))) AS services, sumMap(map(toString(service_name), toUInt64(status_code = 2))) AS failed_services, groupUniqArray(request_model) AS request_models, groupUniqArray(response_model) AS response_models, sum(toUInt64(ifNull(input_tokens, 0))) AS input_tokens_sum, sum(toUInt64(ifNull(output_tokens, 0))) AS output_tokens_sum
FROM (
  SELECT trace_id, span_id, parent_span_id, name, service_name, start_time, duration_ns, status_code, request_model, response_model, input_tokens, output_tokens
  FROM spans
  WHERE tenant = {tenant:UInt32}
    AND (trace_id IN (toFixedString(unhex({p0:String}), 16)))
    AND (start_time >= fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
    AND (start_time < fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
  LIMIT 1 BY trace_id, span_id
)
GROUP BY trace_id
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
