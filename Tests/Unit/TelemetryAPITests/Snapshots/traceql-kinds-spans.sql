-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = unsigned(2)
-- p3 = string("flag")
-- p4 = string("true")
-- p5 = string("x")
-- p6 = string("y")
-- tenant = unsigned(7)
SELECT trace_id, span_id, toUnixTimestamp64Nano(start_time) AS start_ns
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND ((status_code = {p2:UInt64}) AND (kind != {p2:UInt64}) AND (attribute_types[indexOf(mapKeys(attributes), {p3:String})] = 2 AND attributes[{p3:String}] = {p4:String}) AND (NOT ((NOT (mapContains(attributes, {p5:String}))) AND resource_id IN (
    SELECT resource_id
    FROM resources
    WHERE tenant = {tenant:UInt32}
      AND (NOT (mapContains(attributes, {p5:String})))))) AND (resource_id IN (
    SELECT resource_id
    FROM resources
    WHERE tenant = {tenant:UInt32}
      AND (mapContains(attributes, {p6:String})))))
ORDER BY start_time DESC, trace_id DESC, span_id DESC
LIMIT 1 BY trace_id, span_id
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
