-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = unsigned(366341603057818643)
-- p3 = string("5b8aa5a2d2c872e8321cf37308d69df2")
-- tenant = unsigned(7)
SELECT trace_id, toUnixTimestamp64Nano(max(start_time)) AS place_key
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND ((span_id = {p2:UInt64}) OR (trace_id = toFixedString(unhex({p3:String}), 16)))
GROUP BY trace_id
ORDER BY place_key DESC, trace_id DESC
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
