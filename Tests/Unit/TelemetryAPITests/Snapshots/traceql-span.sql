-- p0 = int(1795248000000000000)
-- p1 = int(1795251600000000000)
-- p2 = string("http.route")
-- p3 = string("/v1")
-- p4 = string("x")
-- p5 = string("y")
-- p6 = string("^(?-s:a.*)$")
-- tenant = unsigned(7)
SELECT trace_id, toUnixTimestamp64Nano(max(start_time)) AS place_key
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (start_time >= fromUnixTimestamp64Nano({p0:Int64}, 'UTC'))
  AND (start_time < fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
  AND ((attributes[{p2:String}] = {p3:String} AND attribute_types[indexOf(mapKeys(attributes), {p2:String})] = 1) AND ((attributes[{p4:String}] != {p5:String} AND attribute_types[indexOf(mapKeys(attributes), {p4:String})] = 1) OR (NOT (mapContains(attributes, {p4:String})) AND resource_id IN (
    SELECT resource_id
    FROM resources
    WHERE tenant = {tenant:UInt32}
      AND ((attributes[{p4:String}] != {p5:String} AND attribute_types[indexOf(mapKeys(attributes), {p4:String})] = 1) OR (attribute_types[indexOf(mapKeys(attributes), {p4:String})] = 6 AND arrayExists(x -> JSONHas(x, 'stringValue'), JSONExtractArrayRaw(attributes[{p4:String}], 'arrayValue', 'values')) AND NOT arrayExists(x -> (JSONHas(x, 'stringValue') AND JSONExtractString(x, 'stringValue') = {p5:String}), JSONExtractArrayRaw(attributes[{p4:String}], 'arrayValue', 'values'))))))) AND (match(service_name, {p6:String}) AND service_name != ''))
GROUP BY trace_id
ORDER BY place_key DESC, trace_id DESC
LIMIT 51
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
