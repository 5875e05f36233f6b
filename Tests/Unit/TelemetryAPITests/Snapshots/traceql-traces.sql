-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = string("GET /")
-- p3 = string("^(?-s:b)$")
-- p4 = int(1000000000)
-- tenant = unsigned(7)
SELECT trace_id, toUnixTimestamp64Nano(max(start_time)) AS place_key
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND ((trace_id IN (
    SELECT trace_id
    FROM (
      SELECT trace_id, start_ns, end_ns, last_start_ns, root_name, root_service
      FROM traces
      WHERE tenant = {tenant:UInt32}
      UNION ALL
      SELECT trace_id, start_ns, end_ns, last_start_ns, root_name, root_service
      FROM traces_of_commits(after = 0, until = 9223372036854775807)
      WHERE tenant = {tenant:UInt32}
    )
    GROUP BY trace_id
    HAVING (max(toString(root_name)) = {p2:String}))) AND (trace_id IN (
    SELECT trace_id
    FROM (
      SELECT trace_id, start_ns, end_ns, last_start_ns, root_name, root_service
      FROM traces
      WHERE tenant = {tenant:UInt32}
      UNION ALL
      SELECT trace_id, start_ns, end_ns, last_start_ns, root_name, root_service
      FROM traces_of_commits(after = 0, until = 9223372036854775807)
      WHERE tenant = {tenant:UInt32}
    )
    GROUP BY trace_id
    HAVING (NOT match(max(toString(root_service)), {p3:String})))) AND (trace_id IN (
    SELECT trace_id
    FROM (
      SELECT trace_id, start_ns, end_ns, last_start_ns, root_name, root_service
      FROM traces
      WHERE tenant = {tenant:UInt32}
      UNION ALL
      SELECT trace_id, start_ns, end_ns, last_start_ns, root_name, root_service
      FROM traces_of_commits(after = 0, until = 9223372036854775807)
      WHERE tenant = {tenant:UInt32}
    )
    GROUP BY trace_id
    HAVING ((greatest(max(end_ns), max(last_start_ns)) - min(start_ns)) > {p4:Int64}))))
GROUP BY trace_id
ORDER BY place_key DESC, trace_id DESC
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
