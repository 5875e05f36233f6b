-- p0 = int(30)
-- p1 = int(1795248000)
-- p2 = int(1795251600)
-- tenant = unsigned(7)
SELECT quantilesExactWeighted(0.5, 0.95, 0.99)(duration_bucket, weight) AS quantiles, group_name AS label, grouping(label) AS is_total
FROM (
  SELECT time, label AS group_name, duration_bucket, spans AS weight
  FROM label_durations
  WHERE tenant = {tenant:UInt32}
    AND (dimension = 'service')
    AND (minutes = {p0:Int64})
    AND (time >= toDateTime({p1:Int64}, 'UTC'))
    AND (time < toDateTime({p2:Int64}, 'UTC'))
  UNION ALL
  SELECT half_hour AS time, service_name AS group_name, duration_bucket, spans AS weight
  FROM span_half_hours_of_commits(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (half_hour >= toDateTime({p1:Int64}, 'UTC'))
    AND (half_hour < toDateTime({p2:Int64}, 'UTC'))
  UNION ALL
  SELECT half_hour AS time, service_name AS group_name, duration_bucket, spans AS weight
  FROM span_half_hours_of_corrections(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (half_hour >= toDateTime({p1:Int64}, 'UTC'))
    AND (half_hour < toDateTime({p2:Int64}, 'UTC'))
)
GROUP BY GROUPING SETS ((label), ())
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
