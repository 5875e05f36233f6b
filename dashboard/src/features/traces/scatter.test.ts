import assert from "node:assert/strict";
import { test } from "node:test";
import type { TraceSummary } from "../../generated/api";
import { nearest, pictureOf, slowestSides, slowFrom } from "./scatter";

const trace = (startMs: number, durationNs: number, errors = 0): TraceSummary => {
  const made = { start_time_unix_nano: `${startMs}000000`, duration_ns: durationNs, error_count: errors };
  return made as unknown as TraceSummary;
};

test("durations are on a logarithmic axis, the longest at the top", () => {
  const picture = pictureOf([trace(1_000, 1_000), trace(2_000, 10_000, 1), trace(3_000, 100_000)]);
  assert.deepEqual(picture?.dots.map((dot) => [dot.x, Math.round(dot.y * 100) / 100, dot.isError]), [
    [0, 1, false], [0.5, 0.5, true], [1, 0, false],
  ]);
});

test("one trace is in the middle, and none makes no picture", () => {
  const picture = pictureOf([trace(1_000, 0)]);
  assert.deepEqual(picture?.dots.map((dot) => [dot.x, dot.y]), [[0.5, 0.5]]);
  assert.equal(pictureOf([]), null);
});

test("a click finds the nearest dot, if one is near", () => {
  const picture = pictureOf([trace(1_000, 1_000), trace(3_000, 100_000)]);
  assert.ok(picture !== null);
  if (picture === null) return;
  assert.equal(nearest(picture, 3, 97, 200, 100, 8)?.index, 0);
  assert.equal(nearest(picture, 100, 50, 200, 100, 8), null);
});

test("the slowest twentieth of what is loaded is compared with the rest, under the same conditions", () => {
  const traces = Array.from({ length: 40 }, (_, index) => trace(index, (index + 1) * 1e6));
  assert.equal(slowFrom(traces), 39);
  assert.equal(slowFrom(traces.slice(0, 10)), null);
  assert.deepEqual(
    slowestSides(39, [
      { name: "model", value: "m" }, { name: "q", value: '{ kind = server || name = "x" }' },
    ], "prod"), {
      "a.model": "m", "a.resource.deployment.environment.name": "prod",
      "a.q": '{ (kind = server || name = "x") && traceDuration >= 39ms }',
      "b.model": "m", "b.resource.deployment.environment.name": "prod",
      "b.q": '{ (kind = server || name = "x") && traceDuration < 39ms }',
    });
});
