-- p0 = unsigned(2)
-- p1 = unsigned(1)
-- p2 = string("a")
-- p3 = elements([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]])
-- p4 = int(1795248000000000000)
-- p5 = int(1795251600000000000)
-- tenant = unsigned(7)
SELECT trace_id, span_id, parent_span_id, toUnixTimestamp64Nano(start_time) AS start_ns, greatest(duration_ns, 0) AS duration, toUInt64(status_code = {p0:UInt64}) * {p1:UInt64} AS leaves, true AS is_asked, resource_id, scope_id, [toFloat64(greatest(duration_ns, 0)), toFloat64OrZero(attributes[{p2:String}])] AS numbers, [toUInt8(true), toUInt8(attribute_types[indexOf(mapKeys(attributes), {p2:String})] IN (3, 4))] AS are_numbers, [toUInt8(true), toUInt8(mapContains(attributes, {p2:String}))] AS exist
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (trace_id IN ({p3:Elements}))
  AND (start_time >= fromUnixTimestamp64Nano({p4:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p5:Int64}, 'UTC'))
  AND ((status_code = {p0:UInt64}))
ORDER BY start_time, span_id, duration_ns DESC
LIMIT 9
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
