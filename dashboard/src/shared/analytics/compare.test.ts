import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeatSelection } from "../plot/heat";
import { sidesOf } from "./compare";

const AT = Date.parse("2026-11-30T17:00:00Z");
const hour = { from: AT, to: AT + 3_600_000 };
const box = (more: Partial<HeatSelection>): HeatSelection =>
  ({ from: AT + 600_000, to: AT + 1_200_000, shortestMs: null, longestMs: null, ...more });
const [T10, T20] = ["2026-11-30T17:10:00.000Z", "2026-11-30T17:20:00.000Z"];

test("slow spans are compared with the faster ones of their time, with the same filters", () => {
  assert.deepEqual(sidesOf(box({ shortestMs: 500, longestMs: 900 }), [{ name: "service", value: "chat" }], hour), {
    "a.start": T10, "a.end": T20, "a.service": "chat", "b.service": "chat", "a.min_duration_ms": "500",
    "a.max_duration_ms": "900", "b.start": T10, "b.end": T20, "b.max_duration_ms": "500",
  });
});

test("fast spans are compared with the slower ones", () => {
  const sides = sidesOf(box({ longestMs: 900 }), [], hour);
  assert.deepEqual([sides["b.min_duration_ms"], sides["b.max_duration_ms"]], ["900", undefined]);
});

test("all spans of a time are compared with those before it, or after it where nothing is before", () => {
  const middle = sidesOf(box({}), [], hour);
  assert.deepEqual([middle["b.start"], middle["b.end"]], ["2026-11-30T17:00:00.000Z", T10]);
  const first = sidesOf(box({ from: AT }), [], hour);
  assert.deepEqual([first["b.start"], first["b.end"]], [T20, "2026-11-30T18:00:00.000Z"]);
  assert.equal(sidesOf(box({ ...hour }), [], hour)["b.start"], undefined);
});
