-- p0 = int(1795247400)
-- p1 = int(1795252200)
-- p10 = string("s1")
-- p11 = string("GPU-1")
-- p12 = int(1000)
-- p13 = int(2000)
-- p14 = string("http.route")
-- p15 = string("/v1")
-- p16 = unsigned(5)
-- p17 = string("host.name")
-- p18 = string("a\'b")
-- p19 = string("zone")
-- p2 = int(1795248000000000000)
-- p20 = int(10)
-- p21 = int(20)
-- p22 = int(5000)
-- p23 = string("0102030405060708090a0b0c0d0e0f10")
-- p3 = int(1795251600000000000)
-- p4 = string("chat")
-- p5 = string("chat llama")
-- p6 = unsigned(2)
-- p7 = string("llama-3")
-- p8 = string("vllm")
-- p9 = string("u1")
-- tenant = unsigned(7)
SELECT trace_id, (max(end_ns) - min(start_ns)) AS place_key
FROM (
  SELECT trace_id, start_ns, end_ns, last_start_ns
  FROM traces
  WHERE tenant = {tenant:UInt32}
    AND (ten_minutes >= toDateTime({p0:Int64}, 'UTC'))
    AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))
    AND (trace_id IN (
      SELECT trace_id
      FROM spans
      WHERE tenant = {tenant:UInt32}
        AND (start_time >= fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
        AND (start_time < fromUnixTimestamp64Nano({p3:Int64}, 'UTC'))
        AND (service_name = {p4:String})
        AND (name = {p5:String})
        AND (status_code = {p6:UInt64})
        AND (kind = {p6:UInt64})
        AND (request_model = {p7:String} OR response_model = {p7:String})
        AND (provider = {p8:String})
        AND (user_id = {p9:String})
        AND (session_id = {p10:String})
        AND (has(gpu_ids, {p11:String}))
        AND (duration_ns >= {p12:Int64})
        AND (duration_ns <= {p13:Int64})
        AND (attributes[{p14:String}] = {p15:String})
        AND (ifNull(input_tokens = {p16:UInt64}, false))
        AND (resource_id IN (
          SELECT resource_id
          FROM resources
          WHERE tenant = {tenant:UInt32}
            AND (attributes[{p17:String}] = {p18:String})))
        AND (service_name = {p4:String})
        AND ((attributes[{p19:String}] = '' AND mapContains(attributes, {p19:String})) OR (NOT (mapContains(attributes, {p19:String})) AND resource_id IN (
          SELECT resource_id
          FROM resources
          WHERE tenant = {tenant:UInt32}
            AND (attributes[{p19:String}] = '' AND mapContains(attributes, {p19:String})))))
      GROUP BY trace_id))
  UNION ALL
  SELECT trace_id, start_ns, end_ns, last_start_ns
  FROM traces_of_commits(after = 0, until = 9223372036854775807)
  WHERE tenant = {tenant:UInt32}
    AND (ten_minutes >= toDateTime({p0:Int64}, 'UTC'))
    AND (ten_minutes <= toDateTime({p1:Int64}, 'UTC'))
    AND (trace_id IN (
      SELECT trace_id
      FROM spans
      WHERE tenant = {tenant:UInt32}
        AND (start_time >= fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
        AND (start_time < fromUnixTimestamp64Nano({p3:Int64}, 'UTC'))
        AND (service_name = {p4:String})
        AND (name = {p5:String})
        AND (status_code = {p6:UInt64})
        AND (kind = {p6:UInt64})
        AND (request_model = {p7:String} OR response_model = {p7:String})
        AND (provider = {p8:String})
        AND (user_id = {p9:String})
        AND (session_id = {p10:String})
        AND (has(gpu_ids, {p11:String}))
        AND (duration_ns >= {p12:Int64})
        AND (duration_ns <= {p13:Int64})
        AND (attributes[{p14:String}] = {p15:String})
        AND (ifNull(input_tokens = {p16:UInt64}, false))
        AND (resource_id IN (
          SELECT resource_id
          FROM resources
          WHERE tenant = {tenant:UInt32}
            AND (attributes[{p17:String}] = {p18:String})))
        AND (service_name = {p4:String})
        AND ((attributes[{p19:String}] = '' AND mapContains(attributes, {p19:String})) OR (NOT (mapContains(attributes, {p19:String})) AND resource_id IN (
          SELECT resource_id
          FROM resources
          WHERE tenant = {tenant:UInt32}
            AND (attributes[{p19:String}] = '' AND mapContains(attributes, {p19:String})))))
      GROUP BY trace_id))
)
GROUP BY trace_id
HAVING ((max(end_ns) - min(start_ns)) >= {p20:Int64}) AND ((max(end_ns) - min(start_ns)) <= {p21:Int64}) AND ((place_key, trace_id) < ({p22:Int64}, toFixedString(unhex({p23:String}), 16)))
ORDER BY place_key DESC, trace_id DESC
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
