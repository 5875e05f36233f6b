-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = int(10)
-- tenant = unsigned(7)
SELECT trace_id, toUnixTimestamp64Nano(min(start_time)) AS place_key
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (trace_id IN (
    SELECT trace_id
    FROM (
      SELECT trace_id, start_ns, end_ns, last_start_ns
      FROM traces
      WHERE tenant = {tenant:UInt32}
        AND (trace_id IN (
          SELECT trace_id
          FROM spans
          WHERE tenant = {tenant:UInt32}
            AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
            AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
          GROUP BY trace_id))
      UNION ALL
      SELECT trace_id, start_ns, end_ns, last_start_ns
      FROM traces_of_commits(after = 0, until = 9223372036854775807)
      WHERE tenant = {tenant:UInt32}
        AND (trace_id IN (
          SELECT trace_id
          FROM spans
          WHERE tenant = {tenant:UInt32}
            AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
            AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
          GROUP BY trace_id))
    )
    GROUP BY trace_id
    HAVING ((greatest(max(end_ns), max(last_start_ns)) - min(start_ns)) >= {p2:Int64})))
GROUP BY trace_id
ORDER BY place_key, trace_id
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
