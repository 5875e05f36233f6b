SELECT parent, child, count() AS calls
FROM (
  SELECT parent, arrayJoin(children).1 AS child
  FROM (
    SELECT anyIf(side.2, side.2 != '') AS parent, groupUniqArrayIf((side.3, side.4), side.3 != '') AS children
    FROM (
      SELECT trace_id, arrayJoin([(span_id, toString(service_name), '', toUInt64(0)), (parent_span_id, '', toString(service_name), span_id)]) AS side
      FROM (
        SELECT trace_id, span_id, parent_span_id, service_name
        FROM spans
        WHERE tenant = {tenant:UInt32}
          AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
          AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
        ORDER BY start_time DESC
        LIMIT 500000
      )
    )
    WHERE true
      AND (side.1 != 0)
    GROUP BY trace_id, side.1
    HAVING (parent != '') AND (notEmpty(children))
  )
)
WHERE true
  AND (parent != child)
GROUP BY parent, child
ORDER BY calls DESC, parent, child
LIMIT 10000
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
