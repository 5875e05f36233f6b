-- p0 = int(1795251599999999999)
-- p1 = int(1795248000)
-- p10 = unsigned(6)
-- p2 = int(1795251600)
-- p3 = int(1795248000000000000)
-- p4 = int(1795251600000000000)
-- p5 = int(1795244400000000000)
-- p6 = int(1795255200000000000)
-- p7 = string("m")
-- p8 = unsigned(2)
-- p9 = int(5)
-- tenant = unsigned(7)
SELECT session_id AS owner, uniqExact(trace_id) AS trace_count, min(first_ns) AS first_time, least(max(last_ns), {p0:Int64}) AS last_time, cityHash64(owner) AS hash, last_time AS place_key
FROM (
  SELECT trace_id, session_id, user_id, first_ns, last_ns
  FROM trace_owners
  WHERE tenant = {tenant:UInt32}
    AND (hour >= toDateTime({p1:Int64}, 'UTC'))
    AND (hour <= toDateTime({p2:Int64}, 'UTC'))
    AND (last_ns >= {p3:Int64})
    AND (first_ns < {p4:Int64})
    AND (session_id != '')
  UNION ALL
  SELECT trace_id, session_id, user_id, first_ns, last_ns
  FROM trace_owners_of_commits(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (hour >= toDateTime({p1:Int64}, 'UTC'))
    AND (hour <= toDateTime({p2:Int64}, 'UTC'))
    AND (last_ns >= {p3:Int64})
    AND (first_ns < {p4:Int64})
    AND (session_id != '')
)
WHERE true
  AND (trace_id IN (
    SELECT trace_id
    FROM spans
    WHERE tenant = {tenant:UInt32}
      AND (start_time >= fromUnixTimestamp64Nano({p5:Int64}, 'UTC'))
      AND (start_time < fromUnixTimestamp64Nano({p6:Int64}, 'UTC'))
      AND (request_model = {p7:String} OR response_model = {p7:String})))
  AND (trace_id IN (
    SELECT trace_id
    FROM spans
    WHERE tenant = {tenant:UInt32}
      AND (start_time >= fromUnixTimestamp64Nano({p5:Int64}, 'UTC'))
      AND (start_time < fromUnixTimestamp64Nano({p6:Int64}, 'UTC'))
      AND (status_code = {p8:UInt64})))
GROUP BY owner
HAVING ((place_key, hash) < (toInt64({p9:Int64}), toUInt64({p10:UInt64})))
ORDER BY place_key DESC, hash DESC
LIMIT 10
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
