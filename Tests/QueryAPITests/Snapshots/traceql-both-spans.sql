-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = string("a")
-- p3 = string("b")
-- tenant = unsigned(7)
SELECT trace_id, span_id, toUnixTimestamp64Nano(start_time) AS start_ns
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND ((name = {p2:String}) OR (name = {p3:String}))
  AND (trace_id IN (
    SELECT trace_id
    FROM spans
    WHERE tenant = {tenant:UInt32}
      AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
      AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
      AND ((name = {p2:String}) OR (name = {p3:String}))
    GROUP BY trace_id
    HAVING ((countIf(name = {p2:String}) > 0) AND (countIf(name = {p3:String}) > 0))))
ORDER BY start_time DESC, trace_id DESC, span_id DESC
LIMIT 1 BY trace_id, span_id
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
