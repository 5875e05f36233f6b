-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- tenant = unsigned(7)
SELECT trace_id, span_id, parent_span_id, flags, name, kind, toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, status_code, status_message, service_name, resource_id, scope_id, scope_name, scope_version, attributes, attribute_types, promoted, details, provider, operation, request_model, response_model, input_tokens, output_tokens, cached_tokens, cache_creation_tokens, reasoning_tokens, ttft_ns, tpot_ns, finish_reason, session_id, user_id, error_type, gpu_ids, node_id
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (received_at > fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (received_at <= fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (NOT bitTest(counting, 0))
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
ORDER BY start_time DESC, span_id
LIMIT 1 BY trace_id, span_id
LIMIT 500
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
