-- p0 = int(1795161600000000000)
-- p1 = int(1795338000000000000)
-- p10 = strings(["s"])
-- p2 = int(1795248000)
-- p3 = int(1795251600)
-- p4 = int(1795248000000000000)
-- p5 = int(1795251600000000000)
-- p6 = int(1795244400000000000)
-- p7 = int(1795255200000000000)
-- p8 = string("m")
-- p9 = unsigned(2)
-- tenant = unsigned(7)
SELECT part.1 AS owner, sum(part.2) AS span_count, sum(part.3) AS error_count, sum(part.4) AS call_count, sum(part.5) AS input_tokens, sum(part.6) AS output_tokens
FROM (
  SELECT arrayJoin(arrayMap(p -> if(p.1 = '' AND length(owners) = 1, (owners[1], p.2, p.3, p.4, p.5, p.6), p), parts)) AS part
  FROM (
    SELECT groupUniqArrayIf(own, own != '') AS owners, groupArray((own, spans, errors, calls, input, output)) AS parts
    FROM (
      SELECT trace_id, session_id AS own, count() AS spans, countIf(status_code = 2) AS errors, countIf((counting = 0 AND (trace_id, span_id) NOT IN (
          SELECT trace_id, span_id
          FROM late_outer_spans
          WHERE tenant = {tenant:UInt32})) AND (request_model != '' OR response_model != '' OR ifNull(input_tokens, 0) > 0 OR ifNull(output_tokens, 0) > 0)) AS calls, sumIf(ifNull(input_tokens, 0), counting = 0 AND (trace_id, span_id) NOT IN (
          SELECT trace_id, span_id
          FROM late_outer_spans
          WHERE tenant = {tenant:UInt32})) AS input, sumIf(ifNull(output_tokens, 0), counting = 0 AND (trace_id, span_id) NOT IN (
          SELECT trace_id, span_id
          FROM late_outer_spans
          WHERE tenant = {tenant:UInt32})) AS output
      FROM spans
      WHERE tenant = {tenant:UInt32}
        AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
        AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
        AND (NOT bitTest(counting, 0))
        AND (trace_id IN (
          SELECT trace_id
          FROM (
            SELECT trace_id, session_id, user_id, first_ns, last_ns
            FROM trace_owners
            WHERE tenant = {tenant:UInt32}
              AND (hour >= toDateTime({p2:Int64}, 'UTC'))
              AND (hour <= toDateTime({p3:Int64}, 'UTC'))
              AND (last_ns >= {p4:Int64})
              AND (first_ns < {p5:Int64})
              AND (session_id != '')
            UNION ALL
            SELECT trace_id, session_id, user_id, first_ns, last_ns
            FROM trace_owners_of_commits(after = 0, until = 9223372036854775807)
            WHERE tenant = {tenant:UInt32}
              AND (hour >= toDateTime({p2:Int64}, 'UTC'))
              AND (hour <= toDateTime({p3:Int64}, 'UTC'))
              AND (last_ns >= {p4:Int64})
              AND (first_ns < {p5:Int64})
              AND (session_id != '')
          )
          WHERE true
            AND (trace_id IN (
              SELECT trace_id
              FROM spans
              WHERE tenant = {tenant:UInt32}
                AND (start_time >= fromUnixTimestamp64Nano({p6:Int64}, 'UTC'))
                AND (start_time < fromUnixTimestamp64Nano({p7:Int64}, 'UTC'))
                AND (request_model = {p8:String} OR response_model = {p8:String})))
            AND (trace_id IN (
              SELECT trace_id
              FROM spans
              WHERE tenant = {tenant:UInt32}
                AND (start_time >= fromUnixTimestamp64Nano({p6:Int64}, 'UTC'))
                AND (start_time < fromUnixTimestamp64Nano({p7:Int64}, 'UTC'))
                AND (status_code = {p9:UInt64})))
            AND (has({p10:Array(String)}, session_id))
          GROUP BY trace_id))
      GROUP BY trace_id, own
    )
    GROUP BY trace_id
  )
)
WHERE true
  AND (has({p10:Array(String)}, part.1))
GROUP BY owner
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
