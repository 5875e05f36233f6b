-- p0 = unsigneds([5])
-- p1 = strings(["20261121"])
-- tenant = unsigned(7)
SELECT toString(_partition_id) AS partition, max(toUInt64OrZero(splitByChar('_', _part)[3])) AS last_block
FROM spans
WHERE tenant = {tenant:UInt32}
  AND (toUInt64OrZero(splitByChar('_', _part)[3]) > arrayElement({p0:Array(UInt64)}, indexOf({p1:Array(String)}, toString(_partition_id))))
GROUP BY partition
SETTINGS max_execution_time = 20, max_memory_usage = 536870912
