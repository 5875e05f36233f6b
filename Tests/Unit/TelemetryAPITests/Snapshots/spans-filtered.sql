-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p10 = int(1000)
-- p11 = int(2000)
-- p12 = string("http.route")
-- p13 = string("/v1")
-- p14 = unsigned(5)
-- p15 = string("host.name")
-- p16 = string("a\'b")
-- p17 = string("zone")
-- p18 = int(9)
-- p19 = string("0102030405060708090a0b0c0d0e0f10")
-- p2 = string("chat")
-- p20 = unsigned(3)
-- p3 = string("chat llama")
-- p4 = unsigned(2)
-- p5 = string("llama-3")
-- p6 = string("vllm")
-- p7 = string("u1")
-- p8 = string("s1")
-- p9 = string("GPU-1")
-- tenant = unsigned(7)
SELECT trace_id, span_id, toUnixTimestamp64Nano(start_time) AS start_ns
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (service_name = {p2:String})
  AND (name = {p3:String})
  AND (status_code = {p4:UInt64})
  AND (kind = {p4:UInt64})
  AND (request_model = {p5:String} OR response_model = {p5:String})
  AND (provider = {p6:String})
  AND (user_id = {p7:String})
  AND (session_id = {p8:String})
  AND (has(gpu_ids, {p9:String}))
  AND (greatest(duration_ns, 0) >= {p10:Int64})
  AND (greatest(duration_ns, 0) <= {p11:Int64})
  AND ((attributes[{p12:String}] = {p13:String}))
  AND ((ifNull(input_tokens = {p14:UInt64}, false)))
  AND (resource_id IN (
    SELECT resource_id
    FROM resources
    WHERE tenant = {tenant:UInt32}
      AND ((attributes[{p15:String}] = {p16:String}))))
  AND (service_name = {p2:String})
  AND (((attributes[{p17:String}] = '' AND mapContains(attributes, {p17:String}))) OR (NOT (mapContains(attributes, {p17:String})) AND resource_id IN (
    SELECT resource_id
    FROM resources
    WHERE tenant = {tenant:UInt32}
      AND ((attributes[{p17:String}] = '' AND mapContains(attributes, {p17:String}))))))
  AND ((toUnixTimestamp64Nano(start_time), trace_id, span_id) < ({p18:Int64}, toFixedString(unhex({p19:String}), 16), {p20:UInt64}))
ORDER BY start_time DESC, trace_id DESC, span_id DESC
LIMIT 1 BY trace_id, span_id
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
