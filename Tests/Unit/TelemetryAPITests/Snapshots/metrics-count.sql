-- p0 = int(60000000000)
-- p1 = int(1795248000000000000)
-- p2 = int(1795251600000000000)
-- p3 = string("m")
-- tenant = unsigned(7)
SELECT service_name, labels, bucket, toFloat64(count()) AS value
FROM (
  SELECT service_name, mapSort(mapFromArrays(mapKeys(attributes), arrayMap((v, t) -> concat(toString(t), v), mapValues(attributes), arrayResize(attribute_types, length(mapKeys(attributes)), 1)))) AS labels, toUnixTimestamp64Nano(time) AS point_time, intDiv(point_time, {p0:Int64}) * {p0:Int64} AS bucket, if(type <= 2, coalesce(value_double, toFloat64(value_int)), if(count = 0, NULL, sum / count)) AS point_value
  FROM metric_points
  WHERE tenant = {tenant:UInt32}
    AND (time >= fromUnixTimestamp64Nano({p1:Int64}, 'UTC'))
    AND (time < fromUnixTimestamp64Nano({p2:Int64}, 'UTC'))
    AND (name = {p3:String})
)
WHERE true
  AND (isNotNull(point_value))
GROUP BY service_name, labels, bucket
ORDER BY service_name, toString(labels), bucket
LIMIT 50000
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
