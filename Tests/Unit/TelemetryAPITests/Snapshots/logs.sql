-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = string("chat")
-- p3 = unsigned(9)
-- p4 = bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
-- p5 = string("boom")
-- p6 = string("a")
-- p7 = string("b")
-- p8 = int(5)
-- p9 = unsigned(6)
-- tenant = unsigned(7)
SELECT toUnixTimestamp64Nano(time) AS time_ns, toUnixTimestamp64Nano(observed_time) AS observed_ns, severity_number, severity_text, body, body_type, trace_id, span_id, flags, service_name, resource_id, scope_id, scope_name, scope_version, event_name, attributes, attribute_types, dropped_attributes, cityHash64(service_name, resource_id, trace_id, span_id, severity_number, body, mapValues(attributes)) AS tie_breaker
FROM logs
WHERE tenant = {tenant:UInt32}
  AND (time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (service_name = {p2:String})
  AND (severity_number >= {p3:UInt64})
  AND (trace_id = {p4:String})
  AND (positionCaseInsensitiveUTF8(body, {p5:String}) > 0)
  AND ((attributes[{p6:String}] = {p7:String}))
  AND ((toUnixTimestamp64Nano(time), cityHash64(service_name, resource_id, trace_id, span_id, severity_number, body, mapValues(attributes))) < ({p8:Int64}, {p9:UInt64}))
ORDER BY time DESC, tie_breaker DESC
LIMIT 1 BY time, tie_breaker
LIMIT 10
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
