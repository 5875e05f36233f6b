-- p0 = int(7)
-- p1 = elements([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]])
-- tenant = unsigned(7)
SELECT trace_id, toUnixTimestamp64Nano(start_time) AS start_ns, toUnixTimestamp64Nano(start_time) + duration_ns AS end_ns, toUnixTimestamp64Nano(start_time) AS last_start_ns
FROM spans
PREWHERE tenant = {tenant:UInt32}
  AND (received_at > fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (trace_id IN ({p1:Elements}))
SETTINGS max_execution_time = 20, max_memory_usage = 536870912, max_threads = 1, query_plan_enable_optimizations = 0
