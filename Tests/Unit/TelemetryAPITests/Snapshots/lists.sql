-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p10 = string("d")
-- p11 = string("true")
-- p12 = string("z")
-- p13 = string("gen_ai.provider.name")
-- p2 = string("a")
-- p3 = string("x")
-- p4 = string("^(?-s:y)$")
-- p5 = string("b")
-- p6 = int(2)
-- p7 = double(2.0)
-- p8 = string("c")
-- p9 = double(0.5)
-- tenant = unsigned(7)
SELECT trace_id, span_id, toUnixTimestamp64Nano(start_time) AS start_ns
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND (((attributes[{p2:String}] = {p3:String} AND attribute_types[indexOf(mapKeys(attributes), {p2:String})] = 1) OR (attribute_types[indexOf(mapKeys(attributes), {p2:String})] = 6 AND arrayExists(x -> (JSONHas(x, 'stringValue') AND JSONExtractString(x, 'stringValue') = {p3:String}), JSONExtractArrayRaw(attributes[{p2:String}], 'arrayValue', 'values')))) AND ((NOT match(attributes[{p2:String}], {p4:String}) AND attribute_types[indexOf(mapKeys(attributes), {p2:String})] = 1) OR (attribute_types[indexOf(mapKeys(attributes), {p2:String})] = 6 AND arrayExists(x -> JSONHas(x, 'stringValue'), JSONExtractArrayRaw(attributes[{p2:String}], 'arrayValue', 'values')) AND NOT arrayExists(x -> (JSONHas(x, 'stringValue') AND match(JSONExtractString(x, 'stringValue'), {p4:String})), JSONExtractArrayRaw(attributes[{p2:String}], 'arrayValue', 'values')))) AND ((((attribute_types[indexOf(mapKeys(attributes), {p5:String})] = 3 AND toInt64OrZero(attributes[{p5:String}]) > {p6:Int64}) OR (attribute_types[indexOf(mapKeys(attributes), {p5:String})] = 4 AND toFloat64OrZero(attributes[{p5:String}]) > {p7:Float64})) OR (attribute_types[indexOf(mapKeys(attributes), {p5:String})] = 6 AND arrayExists(x -> ((JSONHas(x, 'intValue') AND toInt64OrZero(JSONExtractString(x, 'intValue')) > {p6:Int64}) OR (JSONHas(x, 'doubleValue') AND JSONExtractFloat(x, 'doubleValue') > {p7:Float64})), JSONExtractArrayRaw(attributes[{p5:String}], 'arrayValue', 'values')))) OR (NOT (mapContains(attributes, {p5:String})) AND resource_id IN (
    SELECT resource_id
    FROM resources
    WHERE tenant = {tenant:UInt32}
      AND (((attribute_types[indexOf(mapKeys(attributes), {p5:String})] = 3 AND toInt64OrZero(attributes[{p5:String}]) > {p6:Int64}) OR (attribute_types[indexOf(mapKeys(attributes), {p5:String})] = 4 AND toFloat64OrZero(attributes[{p5:String}]) > {p7:Float64})) OR (attribute_types[indexOf(mapKeys(attributes), {p5:String})] = 6 AND arrayExists(x -> ((JSONHas(x, 'intValue') AND toInt64OrZero(JSONExtractString(x, 'intValue')) > {p6:Int64}) OR (JSONHas(x, 'doubleValue') AND JSONExtractFloat(x, 'doubleValue') > {p7:Float64})), JSONExtractArrayRaw(attributes[{p5:String}], 'arrayValue', 'values'))))))) AND ((attribute_types[indexOf(mapKeys(attributes), {p8:String})] IN (3, 4) AND toFloat64OrZero(attributes[{p8:String}]) = {p9:Float64}) OR (attribute_types[indexOf(mapKeys(attributes), {p8:String})] = 6 AND arrayExists(x -> ((JSONHas(x, 'intValue') OR JSONHas(x, 'doubleValue')) AND if(JSONHas(x, 'intValue'), toFloat64(toInt64OrZero(JSONExtractString(x, 'intValue'))), JSONExtractFloat(x, 'doubleValue')) = {p9:Float64}), JSONExtractArrayRaw(attributes[{p8:String}], 'arrayValue', 'values')))) AND ((attribute_types[indexOf(mapKeys(attributes), {p10:String})] = 2 AND attributes[{p10:String}] = {p11:String}) OR (attribute_types[indexOf(mapKeys(attributes), {p10:String})] = 6 AND arrayExists(x -> (JSONHas(x, 'boolValue') AND JSONExtractBool(x, 'boolValue') = 1), JSONExtractArrayRaw(attributes[{p10:String}], 'arrayValue', 'values')))) AND ((provider = {p12:String}) OR (attribute_types[indexOf(mapKeys(attributes), {p13:String})] = 6 AND arrayExists(x -> (JSONHas(x, 'stringValue') AND JSONExtractString(x, 'stringValue') = {p12:String}), JSONExtractArrayRaw(attributes[{p13:String}], 'arrayValue', 'values')))))
ORDER BY start_time DESC, trace_id DESC, span_id DESC
LIMIT 1 BY trace_id, span_id
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
