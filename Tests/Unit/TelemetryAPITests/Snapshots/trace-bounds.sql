-- p0 = elements([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]])
-- tenant = unsigned(7)
SELECT trace_id, start_ns, end_ns, last_start_ns
FROM traces
PREWHERE tenant = {tenant:UInt32}
  AND (trace_id IN ({p0:Elements}))
SETTINGS max_execution_time = 20, max_memory_usage = 536870912, max_threads = 1, query_plan_enable_optimizations = 0
