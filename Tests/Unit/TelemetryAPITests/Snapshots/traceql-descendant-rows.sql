-- p0 = string("a")
-- p1 = unsigned(1)
-- p2 = string("b")
-- p3 = unsigned(2)
-- p4 = elements([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]])
-- p5 = int(1795248000000000000)
-- p6 = int(1795251600000000000)
-- tenant = unsigned(7)
SELECT trace_id, span_id, parent_span_id, toUnixTimestamp64Nano(start_time) AS start_ns, greatest(duration_ns, 0) AS duration, toUInt64(name = {p0:String}) * {p1:UInt64} + toUInt64(name = {p2:String}) * {p3:UInt64} AS leaves, true AS is_asked
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (trace_id IN ({p4:Elements}))
  AND (start_time >= fromUnixTimestamp64Nano({p5:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p6:Int64}, 'UTC'))
ORDER BY start_time, span_id, duration_ns DESC
LIMIT 9
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
