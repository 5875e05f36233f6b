-- p0 = string("a")
-- p1 = string("m")
-- p2 = int(1795248000000000000)
-- p3 = int(1795251600000000000)
-- tenant = unsigned(7)
SELECT trace_id, toUnixTimestamp64Nano(maxIf(start_time, ((name = {p0:String}) OR (request_model = {p1:String})) AND (start_time >= fromUnixTimestamp64Nano({p2:Int64}, 'UTC')) AND (start_time < fromUnixTimestamp64Nano({p3:Int64}, 'UTC')))) AS place_key
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p3:Int64}, 'UTC'))
  AND ((name = {p0:String}) OR (request_model = {p1:String}))
GROUP BY trace_id
HAVING ((countIf(name = {p0:String}) > 0) OR (countIf(request_model = {p1:String}) > 0)) AND (countIf(((name = {p0:String}) OR (request_model = {p1:String})) AND (start_time >= fromUnixTimestamp64Nano({p2:Int64}, 'UTC')) AND (start_time < fromUnixTimestamp64Nano({p3:Int64}, 'UTC'))) > 0)
ORDER BY place_key DESC, trace_id DESC
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
