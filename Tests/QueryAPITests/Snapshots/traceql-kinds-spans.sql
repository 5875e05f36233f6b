-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = unsigned(2)
-- p3 = string("flag")
-- p4 = string("true")
-- p5 = string("x")
-- p6 = string("y")
-- tenant = unsigned(7)
SELECT trace_id, span_id, parent_span_id, trace_state, flags, name, kind, toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, status_code, status_message, service_name, resource_id, scope_id, scope_name, scope_version, all_attributes, all_attribute_types, dropped_attributes, event_times, event_names, event_attributes, event_dropped_attributes, dropped_events, link_trace_ids, link_span_ids, link_trace_states, link_flags, link_attributes, link_dropped_attributes, dropped_links, provider, operation, request_model, response_model, input_tokens, output_tokens, cached_tokens, cache_creation_tokens, reasoning_tokens, ttft_ns, tpot_ns, finish_reason, session_id, user_id, error_type, gpu_ids, node_id
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (((((status_code = {p2:UInt64}) AND (kind != {p2:UInt64})) AND (attribute_types[indexOf(mapKeys(attributes), {p3:String})] = 2 AND attributes[{p3:String}] = {p4:String})) AND (NOT ((NOT (mapContains(attributes, {p5:String}))) AND resource_id IN (
    SELECT resource_id
    FROM resources
    WHERE tenant = {tenant:UInt32}
      AND (NOT (mapContains(attributes, {p5:String}))))))) AND (resource_id IN (
    SELECT resource_id
    FROM resources
    WHERE tenant = {tenant:UInt32}
      AND (mapContains(attributes, {p6:String})))))
ORDER BY start_time DESC, trace_id DESC, span_id DESC
LIMIT 1 BY trace_id, span_id
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
