-- p0 = strings(["0102030405060708090a0b0c0d0e0f10"])
-- p1 = unsigneds([1, 2])
-- p2 = int(1795248000000000000)
-- p3 = int(1795251600000000000)
-- tenant = unsigned(7)
SELECT trace_id, span_id, parent_span_id, trace_state, flags, name, kind, toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, status_code, status_message, service_name, resource_id, scope_id, scope_name, scope_version, all_attributes, all_attribute_types, dropped_attributes, event_times, event_names, event_attributes, event_dropped_attributes, dropped_events, link_trace_ids, link_span_ids, link_trace_states, link_flags, link_attributes, link_dropped_attributes, dropped_links, provider, operation, request_model, response_model, input_tokens, output_tokens, cached_tokens, cache_creation_tokens, reasoning_tokens, ttft_ns, tpot_ns, finish_reason, session_id, user_id, error_type, gpu_ids, node_id
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (trace_id IN arrayMap(id -> toFixedString(unhex(id), 16), {p0:Array(String)}))
  AND (has({p1:Array(UInt64)}, span_id))
  AND (start_time >= fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
  AND (start_time <= fromUnixTimestamp64Nano({p3:Int64}, 'UTC'))
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
