-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- tenant = unsigned(7)
SELECT trace_id, toUnixTimestamp64Nano(maxIf(start_time, (true) AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC')) AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC')))) AS place_key
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND ((true))
GROUP BY trace_id
HAVING (countIf(true) > 0) AND (countIf((true) AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC')) AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))) > 0)
ORDER BY place_key DESC, trace_id DESC
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
