-- p0 = unsigned(2)
-- p1 = int(1795248000000000000)
-- p2 = int(1795251600000000000)
-- p3 = int(2)
-- p4 = int(1000000000)
-- p5 = string("a")
-- p6 = int(5)
-- tenant = unsigned(7)
SELECT trace_id, toUnixTimestamp64Nano(maxIf(start_time, (status_code = {p0:UInt64}) AND (start_time >= fromUnixTimestamp64Nano({p1:Int64}, 'UTC')) AND (start_time < fromUnixTimestamp64Nano({p2:Int64}, 'UTC')))) AS place_key
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
  AND ((status_code = {p0:UInt64}))
GROUP BY trace_id
HAVING (countIf(status_code = {p0:UInt64}) > 0) AND (toInt64(uniqExactIf(span_id, status_code = {p0:UInt64})) > {p3:Int64}) AND (countIf((status_code = {p0:UInt64}) AND (true)) > 0 AND arrayAvg(arrayMap(x -> x.2, groupUniqArrayIf((span_id, greatest(duration_ns, 0)), (status_code = {p0:UInt64}) AND (true)))) > {p4:Int64}) AND (countIf((status_code = {p0:UInt64}) AND (attribute_types[indexOf(mapKeys(attributes), {p5:String})] IN (3, 4))) > 0 AND maxIf(toFloat64OrZero(attributes[{p5:String}]), (status_code = {p0:UInt64}) AND (attribute_types[indexOf(mapKeys(attributes), {p5:String})] IN (3, 4))) < {p6:Int64}) AND (countIf((status_code = {p0:UInt64}) AND (start_time >= fromUnixTimestamp64Nano({p1:Int64}, 'UTC')) AND (start_time < fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))) > 0)
ORDER BY place_key DESC, trace_id DESC
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
