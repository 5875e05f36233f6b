-- p0 = int(1795248000)
-- p1 = int(1795251600)
-- p2 = string("chat")
-- p3 = string("m")
-- tenant = unsigned(7)
SELECT sum(weight) AS span_count, sum(errors) AS error_count, sum(calls) AS call_count, sum(nanoseconds) AS duration_sum, sum(input_tokens) AS input_tokens_sum, sum(output_tokens) AS output_tokens_sum, service_name AS label, count() OVER () AS group_count
FROM (
  SELECT minute AS time, service_name, provider, operation, request_model, response_model, calls AS weight, if(status_code = 2, calls, 0) AS errors, calls, call_duration_ns_sum AS nanoseconds, input_tokens, output_tokens
  FROM span_minutes
  WHERE tenant = {tenant:UInt32}
    AND (minute >= toDateTime({p0:Int64}, 'UTC'))
    AND (minute < toDateTime({p1:Int64}, 'UTC'))
    AND (service_name = {p2:String})
    AND (if(request_model != '', request_model, response_model) = {p3:String})
  UNION ALL
  SELECT minute AS time, service_name, provider, operation, request_model, response_model, calls AS weight, if(status_code = 2, calls, 0) AS errors, calls, call_duration_ns_sum AS nanoseconds, input_tokens, output_tokens
  FROM span_minutes_of_commits(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (minute >= toDateTime({p0:Int64}, 'UTC'))
    AND (minute < toDateTime({p1:Int64}, 'UTC'))
    AND (service_name = {p2:String})
    AND (if(request_model != '', request_model, response_model) = {p3:String})
  UNION ALL
  SELECT minute AS time, service_name, provider, operation, request_model, response_model, calls AS weight, if(status_code = 2, calls, 0) AS errors, calls, call_duration_ns_sum AS nanoseconds, input_tokens, output_tokens
  FROM span_minutes_of_corrections(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (minute >= toDateTime({p0:Int64}, 'UTC'))
    AND (minute < toDateTime({p1:Int64}, 'UTC'))
    AND (service_name = {p2:String})
    AND (if(request_model != '', request_model, response_model) = {p3:String})
)
GROUP BY label
HAVING (span_count > 0)
ORDER BY span_count DESC, label
LIMIT 100
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
