-- p0 = strings(["a", "b"])
-- p1 = int(60000000000)
-- p2 = int(1795248000000000000)
-- p3 = int(1795251600000000000)
-- p4 = string("m")
-- p5 = string("chat")
-- tenant = unsigned(7)
SELECT service_name, labels, bucket, sum(point_value) AS value
FROM (
  SELECT service_name, mapSort(mapFilter((k, v) -> has({p0:Array(String)}, toString(k)), mapFromArrays(mapKeys(attributes), arrayMap((v, t) -> concat(toString(t), v), mapValues(attributes), arrayResize(attribute_types, length(mapKeys(attributes)), 1))))) AS labels, toUnixTimestamp64Nano(time) AS point_time, intDiv(point_time, {p1:Int64}) * {p1:Int64} AS bucket, if(type <= 2, coalesce(value_double, toFloat64(value_int)), if(count = 0, NULL, sum / count)) AS point_value
  FROM metric_points
  WHERE tenant = {tenant:UInt32}
    AND (time >= fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
    AND (time < fromUnixTimestamp64Nano({p3:Int64}, 'UTC'))
    AND (name = {p4:String})
    AND (service_name = {p5:String})
)
WHERE true
  AND (isNotNull(point_value))
GROUP BY service_name, labels, bucket
ORDER BY service_name, toString(labels), bucket
LIMIT 50000
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
