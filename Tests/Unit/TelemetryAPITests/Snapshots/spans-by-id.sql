-- p0 = elements([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]])
-- p1 = unsigneds([1, 2])
-- p2 = int(1795248000000000000)
-- p3 = int(1795251600000000000)
-- tenant = unsigned(7)
SELECT trace_id, span_id, parent_span_id, flags, name, kind, toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, status_code, status_message, service_name, resource_id, scope_id, scope_name, scope_version, attributes, attribute_types, promoted, details, provider, operation, request_model, response_model, input_tokens, output_tokens, cached_tokens, cache_creation_tokens, reasoning_tokens, ttft_ns, tpot_ns, finish_reason, session_id, user_id, error_type, gpu_ids, node_id
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (trace_id IN ({p0:Elements}))
  AND (has({p1:Array(UInt64)}, span_id))
  AND (start_time >= fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
  AND (start_time <= fromUnixTimestamp64Nano({p3:Int64}, 'UTC'))
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
