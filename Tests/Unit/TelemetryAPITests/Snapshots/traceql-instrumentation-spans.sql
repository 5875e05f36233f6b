-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = string("x")
-- p3 = string("k")
-- p4 = string("v")
-- p5 = string("no")
-- tenant = unsigned(7)
SELECT trace_id, span_id, toUnixTimestamp64Nano(start_time) AS start_ns
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND ((scope_name = {p2:String}) AND (scope_id IN (
    SELECT scope_id
    FROM scopes
    WHERE tenant = {tenant:UInt32}
      AND ((attributes[{p3:String}] = {p4:String} AND attribute_types[indexOf(mapKeys(attributes), {p3:String})] = 1) OR (attribute_types[indexOf(mapKeys(attributes), {p3:String})] = 6 AND arrayExists(x -> (JSONHas(x, 'stringValue') AND JSONExtractString(x, 'stringValue') = {p4:String}), JSONExtractArrayRaw(attributes[{p3:String}], 'arrayValue', 'values')))))) AND (status_message = {p5:String}))
ORDER BY start_time DESC, trace_id DESC, span_id DESC
LIMIT 1 BY trace_id, span_id
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
