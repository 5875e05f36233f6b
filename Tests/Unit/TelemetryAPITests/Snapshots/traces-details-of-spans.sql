-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = elements([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]])
-- tenant = unsigned(7)
SELECT trace_id, span_id, parent_span_id, name, service_name, toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, status_code, request_model, response_model, input_tokens, output_tokens
FROM spans
PREWHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (trace_id IN ({p2:Elements}))
LIMIT 9
SETTINGS max_execution_time = 20, max_memory_usage = 536870912, max_threads = 1, query_plan_enable_optimizations = 0
