-- p0 = int(1795248000)
-- p1 = int(1795251600)
-- p2 = string("chat")
-- p3 = string("m")
-- tenant = unsigned(7)
SELECT quantilesExactWeighted(0.5, 0.95, 0.99)(duration_bucket, spans) AS quantiles, toString(if(response_model != '', response_model, request_model)) AS label
FROM (
  SELECT hour AS time, service_name, provider, operation, request_model, response_model, duration_bucket, spans
  FROM span_durations
  WHERE tenant = {tenant:UInt32}
    AND (hour >= toDateTime({p0:Int64}, 'UTC'))
    AND (hour < toDateTime({p1:Int64}, 'UTC'))
    AND (service_name = {p2:String})
    AND (if(response_model != '', response_model, request_model) = {p3:String})
    AND (if(response_model != '', response_model, request_model) != '')
  UNION ALL
  SELECT hour AS time, service_name, provider, operation, request_model, response_model, duration_bucket, spans
  FROM span_durations_of_commits(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (hour >= toDateTime({p0:Int64}, 'UTC'))
    AND (hour < toDateTime({p1:Int64}, 'UTC'))
    AND (service_name = {p2:String})
    AND (if(response_model != '', response_model, request_model) = {p3:String})
    AND (if(response_model != '', response_model, request_model) != '')
)
GROUP BY label
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
