-- p0 = unsigneds([3, 5])
-- p1 = strings(["20261120", "20261121"])
-- p2 = int(1795251598)
-- p3 = int(1795248000000000000)
-- p4 = int(1795251600000000000)
-- tenant = unsigned(7)
SELECT trace_id, span_id, parent_span_id, flags, name, kind, toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, status_code, status_message, service_name, resource_id, scope_id, scope_name, scope_version, attributes, attribute_types, promoted, details, provider, operation, request_model, response_model, input_tokens, output_tokens, cached_tokens, cache_creation_tokens, reasoning_tokens, ttft_ns, tpot_ns, finish_reason, session_id, user_id, error_type, gpu_ids, node_id
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (toUInt64OrZero(splitByChar('_', _part)[3]) > arrayElement({p0:Array(UInt64)}, indexOf({p1:Array(String)}, toString(_partition_id))))
  AND (toUInt64OrZero(splitByChar('_', _part)[2]) > arrayElement({p0:Array(UInt64)}, indexOf({p1:Array(String)}, toString(_partition_id))) OR received_at >= toDateTime({p2:Int64}, 'UTC'))
  AND (start_time >= fromUnixTimestamp64Nano({p3:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p4:Int64}, 'UTC'))
ORDER BY start_time DESC, span_id
LIMIT 1 BY trace_id, span_id
LIMIT 500
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
