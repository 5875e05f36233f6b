import assert from "node:assert/strict";
import { test } from "node:test";
import type { GpuSpan } from "../../../generated/api";
import { nanosecondsAfter, runsOf, spansByGpu, spreadOf } from "./lanes";

test("times are subtracted exactly", () => {
  assert.equal(nanosecondsAfter("1796075118918424833", "1796075118918424832"), 1);
  assert.equal(nanosecondsAfter("1796075117918424832", "1796075118918424832"), -1e9);
});

test("steps without a value part the runs, and what is out of sight is left out", () => {
  const axis = { start: -10, step: 10 };
  const runs = runsOf([0.5, 0.25, null, 0, 1, 0.75], axis, { from: 0, to: 40 }, 400);
  assert.deepEqual(runs.map((run) => run.points.map((point) => [point.from, point.to, point.value])), [
    [[0, 100, 0.25]], [[200, 300, 0], [300, 400, 1]],
  ]);
  assert.deepEqual(runsOf([0.5], { start: -5, step: 10 }, { from: 0, to: 10 }, 100)[0]?.points[0],
    { from: 0, to: 50, value: 0.5 });
});

test("what is not known has no mean", () => {
  assert.deepEqual(spreadOf([null, null]), { mean: null, max: null });
  assert.deepEqual(spreadOf([null, 0, 4]), { mean: 2, max: 4 });
});

test("spans stand with their GPU in the order of their start", () => {
  const span = (gpu_id: string, start_time_unix_nano: string) => ({ gpu_id, start_time_unix_nano }) as GpuSpan;
  const found = spansByGpu([span("a", "20"), span("b", "5"), span("a", "10")]);
  assert.deepEqual(found.get("a")?.map((entry) => entry.start_time_unix_nano), ["10", "20"]);
  assert.equal(found.get("b")?.length, 1);
});
