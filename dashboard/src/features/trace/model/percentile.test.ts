import assert from "node:assert/strict";
import { test } from "node:test";
import type { SpanPercentile } from "../../../generated/api";
import { standingOf } from "./percentile";

const found = (percentile: number | null, count: number): SpanPercentile => ({
  service_name: "chat", name: null, operation: "chat", model: "llama-3", start: "2026-11-29T18:00:00Z",
  end: "2026-11-30T18:00:00Z", span_count: count, duration_ns: 9, percentile, median_ns: 5, p95_ns: 8,
});

for (const [percentile, shown, isSlow] of [
  [0, "0", false], [50.4, "50", false], [94.9, "94", false], [97, "97", true], [98.99, "98", true],
  [99.66, "99.6", true], [99.98, "99.9", true],
] as const) {
  test(`a percentile of ${percentile} is shown as p${shown}`, () => {
    assert.deepEqual(standingOf(found(percentile, 1_204)),
      { percentile: shown, count: 1_204, hours: 24, median: 5, isSlow });
  });
}

test("among too few spans there is no standing", () => {
  assert.equal(standingOf(found(97, 19)), null);
  assert.notEqual(standingOf(found(97, 20)), null);
  assert.equal(standingOf(found(null, 0)), null);
});
