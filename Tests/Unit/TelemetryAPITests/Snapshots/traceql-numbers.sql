-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = string("a")
-- p3 = int(5)
-- p4 = double(5.0)
-- p5 = string("b")
-- p6 = double(1.5)
-- p7 = int(200000000)
-- p8 = int(10)
-- tenant = unsigned(7)
SELECT trace_id, toUnixTimestamp64Nano(max(start_time)) AS place_key
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (((attribute_types[indexOf(mapKeys(attributes), {p2:String})] = 3 AND toInt64OrZero(attributes[{p2:String}]) > {p3:Int64}) OR (attribute_types[indexOf(mapKeys(attributes), {p2:String})] = 4 AND toFloat64OrZero(attributes[{p2:String}]) > {p4:Float64})) AND ((attribute_types[indexOf(mapKeys(attributes), {p5:String})] IN (3, 4) AND toFloat64OrZero(attributes[{p5:String}]) <= {p6:Float64}) OR (NOT (mapContains(attributes, {p5:String})) AND resource_id IN (
    SELECT resource_id
    FROM resources
    WHERE tenant = {tenant:UInt32}
      AND ((attribute_types[indexOf(mapKeys(attributes), {p5:String})] IN (3, 4) AND toFloat64OrZero(attributes[{p5:String}]) <= {p6:Float64}) OR (attribute_types[indexOf(mapKeys(attributes), {p5:String})] = 6 AND arrayExists(x -> ((JSONHas(x, 'intValue') OR JSONHas(x, 'doubleValue')) AND if(JSONHas(x, 'intValue'), toFloat64(toInt64OrZero(JSONExtractString(x, 'intValue'))), JSONExtractFloat(x, 'doubleValue')) <= {p6:Float64}), JSONExtractArrayRaw(attributes[{p5:String}], 'arrayValue', 'values'))))))) AND (greatest(duration_ns, 0) > {p7:Int64}) AND (isNotNull(output_tokens) AND assumeNotNull(output_tokens) >= {p8:Int64}))
GROUP BY trace_id
ORDER BY place_key DESC, trace_id DESC
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
