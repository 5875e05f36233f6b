-- p0 = int(1795248000)
-- p1 = int(1795251600)
-- p2 = int(1795251600000000000)
-- p3 = int(1795248000000000000)
-- p4 = int(10)
-- p5 = int(5000)
-- p6 = bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
-- tenant = unsigned(7)
SELECT trace_id, (greatest(max(end_ns), max(last_start_ns)) - min(start_ns)) AS place_key
FROM (
  SELECT trace_id, start_ns, end_ns, last_start_ns
  FROM traces
  WHERE tenant = {tenant:UInt32}
    AND (trace_id IN (
      SELECT trace_id
      FROM (
        SELECT trace_id
        FROM traces
        WHERE tenant = {tenant:UInt32}
          AND (NOT ((ten_minutes >= toDateTime({p0:Int64}, 'UTC')) AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))))
          AND (reinterpretAsUInt128(trace_id) IN (
            SELECT reinterpretAsUInt128(trace_id)
            FROM (
              SELECT trace_id, start_ns, end_ns, last_start_ns
              FROM traces
              WHERE tenant = {tenant:UInt32}
                AND (ten_minutes >= toDateTime({p0:Int64}, 'UTC'))
                AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))
                AND (start_ns < {p2:Int64} AND last_start_ns >= {p3:Int64})
              UNION ALL
              SELECT trace_id, start_ns, end_ns, last_start_ns
              FROM traces_of_commits(after = 0, until = 9223372036854775807)
              WHERE tenant = {tenant:UInt32}
                AND (ten_minutes >= toDateTime({p0:Int64}, 'UTC'))
                AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))
                AND (start_ns < {p2:Int64} AND last_start_ns >= {p3:Int64})
            )))
        UNION ALL
        SELECT trace_id
        FROM traces_of_commits(after = 0, until = 9223372036854775807)
        WHERE tenant = {tenant:UInt32}
          AND (NOT ((ten_minutes >= toDateTime({p0:Int64}, 'UTC')) AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))))
          AND (reinterpretAsUInt128(trace_id) IN (
            SELECT reinterpretAsUInt128(trace_id)
            FROM (
              SELECT trace_id, start_ns, end_ns, last_start_ns
              FROM traces
              WHERE tenant = {tenant:UInt32}
                AND (ten_minutes >= toDateTime({p0:Int64}, 'UTC'))
                AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))
                AND (start_ns < {p2:Int64} AND last_start_ns >= {p3:Int64})
              UNION ALL
              SELECT trace_id, start_ns, end_ns, last_start_ns
              FROM traces_of_commits(after = 0, until = 9223372036854775807)
              WHERE tenant = {tenant:UInt32}
                AND (ten_minutes >= toDateTime({p0:Int64}, 'UTC'))
                AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))
                AND (start_ns < {p2:Int64} AND last_start_ns >= {p3:Int64})
            )))
      )))
  UNION ALL
  SELECT trace_id, start_ns, end_ns, last_start_ns
  FROM traces_of_commits(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (trace_id IN (
      SELECT trace_id
      FROM (
        SELECT trace_id
        FROM traces
        WHERE tenant = {tenant:UInt32}
          AND (NOT ((ten_minutes >= toDateTime({p0:Int64}, 'UTC')) AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))))
          AND (reinterpretAsUInt128(trace_id) IN (
            SELECT reinterpretAsUInt128(trace_id)
            FROM (
              SELECT trace_id, start_ns, end_ns, last_start_ns
              FROM traces
              WHERE tenant = {tenant:UInt32}
                AND (ten_minutes >= toDateTime({p0:Int64}, 'UTC'))
                AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))
                AND (start_ns < {p2:Int64} AND last_start_ns >= {p3:Int64})
              UNION ALL
              SELECT trace_id, start_ns, end_ns, last_start_ns
              FROM traces_of_commits(after = 0, until = 9223372036854775807)
              WHERE tenant = {tenant:UInt32}
                AND (ten_minutes >= toDateTime({p0:Int64}, 'UTC'))
                AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))
                AND (start_ns < {p2:Int64} AND last_start_ns >= {p3:Int64})
            )))
        UNION ALL
        SELECT trace_id
        FROM traces_of_commits(after = 0, until = 9223372036854775807)
        WHERE tenant = {tenant:UInt32}
          AND (NOT ((ten_minutes >= toDateTime({p0:Int64}, 'UTC')) AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))))
          AND (reinterpretAsUInt128(trace_id) IN (
            SELECT reinterpretAsUInt128(trace_id)
            FROM (
              SELECT trace_id, start_ns, end_ns, last_start_ns
              FROM traces
              WHERE tenant = {tenant:UInt32}
                AND (ten_minutes >= toDateTime({p0:Int64}, 'UTC'))
                AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))
                AND (start_ns < {p2:Int64} AND last_start_ns >= {p3:Int64})
              UNION ALL
              SELECT trace_id, start_ns, end_ns, last_start_ns
              FROM traces_of_commits(after = 0, until = 9223372036854775807)
              WHERE tenant = {tenant:UInt32}
                AND (ten_minutes >= toDateTime({p0:Int64}, 'UTC'))
                AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))
                AND (start_ns < {p2:Int64} AND last_start_ns >= {p3:Int64})
            )))
      )))
)
GROUP BY trace_id
HAVING ((greatest(max(end_ns), max(last_start_ns)) - min(start_ns)) >= {p4:Int64}) AND ((place_key, trace_id) < ({p5:Int64}, {p6:String}))
ORDER BY place_key DESC, trace_id DESC
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
