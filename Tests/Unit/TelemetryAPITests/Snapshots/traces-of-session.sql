-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = string("m")
-- p3 = string("s1")
-- p4 = string("u1")
-- tenant = unsigned(7)
SELECT trace_id, toUnixTimestamp64Nano(max(start_time)) AS place_key
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (request_model = {p2:String} OR response_model = {p2:String})
  AND (trace_id IN (
    SELECT trace_id
    FROM spans
    WHERE tenant = {tenant:UInt32}
      AND (session_id = {p3:String})
    GROUP BY trace_id))
  AND (trace_id IN (
    SELECT trace_id
    FROM spans
    WHERE tenant = {tenant:UInt32}
      AND (user_id = {p4:String})
    GROUP BY trace_id))
GROUP BY trace_id
ORDER BY place_key DESC, trace_id DESC
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
