-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = string("chat")
-- tenant = unsigned(7)
SELECT trace_id, toUnixTimestamp64Nano(start_time) AS start_ns
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (service_name = {p2:String})
LIMIT 9
SETTINGS max_execution_time = 20, max_memory_usage = 536870912, max_threads = 1
