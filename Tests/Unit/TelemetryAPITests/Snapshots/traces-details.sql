-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = elements([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]])
-- tenant = unsigned(7)
SELECT trace_id, min(start_ns) AS trace_start, max(start_ns + greatest(duration_ns, 0)) AS trace_end, argMinIf(name, (start_ns, span_id), parent_span_id = 0) AS root_name, argMinIf(service_name, (start_ns, span_id), parent_span_id = 0) AS root_service, countIf(parent_span_id = 0) AS root_count, count() AS span_count, countIf(status_code = 2) AS error_count, sumMap(map(toString(service_name), toUInt64(1))) AS services, sumMap(map(toString(service_name), toUInt64(status_code = 2))) AS failed_services, groupUniqArray(request_model) AS request_models, groupUniqArray(response_model) AS response_models
FROM (
  SELECT trace_id, span_id, parent_span_id, name, service_name, toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, status_code, request_model, response_model, input_tokens, output_tokens
  FROM spans
  WHERE tenant = {tenant:UInt32}
    AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
    AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
    AND (trace_id IN ({p2:Elements}))
  LIMIT 1 BY trace_id, span_id
)
GROUP BY trace_id
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
