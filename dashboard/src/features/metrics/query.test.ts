import assert from "node:assert/strict";
import { test } from "node:test";
import { usualQuery } from "./query";

test("what a metric usually asks", () => {
  const rows = [
    ["node_load1", "gauge", "node_load1"], ["requests_total", "counter", "rate(requests_total[5m])"],
    ["x_total", "unknown", "rate(x_total[5m])"],
    ["latency_bucket", "histogram", "histogram_quantile(0.95, sum by (le) (rate(latency_bucket[5m])))"],
    ["latency", "histogram", "histogram_quantile(0.95, sum(rate(latency[5m])))"],
    ["http.server.duration", "gauge", '{"http.server.duration"}'],
  ] as const;
  for (const [name, type, query] of rows) assert.equal(usualQuery({ name, type }), query);
});
