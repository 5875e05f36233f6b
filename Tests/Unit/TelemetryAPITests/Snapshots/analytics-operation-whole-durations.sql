-- p0 = int(1795248000)
-- p1 = int(1795251600)
-- p2 = string("chat")
-- p3 = string("m")
-- tenant = unsigned(7)
SELECT quantilesExactWeighted(0.5, 0.95, 0.99)(duration_bucket, toUInt64(greatest(toInt64(weight), 0))) AS quantiles, operation AS label
FROM (
  SELECT half_hour AS time, service_name, provider, operation, request_model, response_model, duration_bucket, calls AS weight
  FROM span_half_hours
  WHERE tenant = {tenant:UInt32}
    AND (half_hour >= toDateTime({p0:Int64}, 'UTC'))
    AND (half_hour < toDateTime({p1:Int64}, 'UTC'))
    AND (service_name = {p2:String})
    AND (if(request_model != '', request_model, response_model) = {p3:String})
    AND (operation != '')
  UNION ALL
  SELECT half_hour AS time, service_name, provider, operation, request_model, response_model, duration_bucket, calls AS weight
  FROM span_half_hours_of_commits(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (half_hour >= toDateTime({p0:Int64}, 'UTC'))
    AND (half_hour < toDateTime({p1:Int64}, 'UTC'))
    AND (service_name = {p2:String})
    AND (if(request_model != '', request_model, response_model) = {p3:String})
    AND (operation != '')
  UNION ALL
  SELECT half_hour AS time, service_name, provider, operation, request_model, response_model, duration_bucket, calls AS weight
  FROM span_half_hours_of_corrections(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (half_hour >= toDateTime({p0:Int64}, 'UTC'))
    AND (half_hour < toDateTime({p1:Int64}, 'UTC'))
    AND (service_name = {p2:String})
    AND (if(request_model != '', request_model, response_model) = {p3:String})
    AND (operation != '')
)
GROUP BY label
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
