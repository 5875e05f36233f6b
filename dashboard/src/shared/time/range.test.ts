import assert from "node:assert/strict";
import { test } from "node:test";
import { boundsOf, instantOf, isRelative, parseRange, previousOf, rangeOf, scaled, shifted } from "./range";

const now = new Date(2026, 10, 30, 15, 0, 0).getTime();
const at = (hour: number, minute: number, day = 30) => new Date(2026, 10, day, hour, minute).toISOString();

test("texts of the API are read as it reads them", () => {
  assert.equal(instantOf("now", now), now);
  assert.equal(instantOf("-15m", now), now - 900_000);
  assert.equal(instantOf("now-1d", now), now - 86_400_000);
  assert.equal(instantOf("2026-11-30T10:00:00Z", now), Date.UTC(2026, 10, 30, 10));
  for (const text of ["", "yesterday", "-1y", "2026-11-30", "-1h; DROP"]) {
    assert.equal(instantOf(text, now), null, text);
  }
});

test("a view with nonsense in its parameters has the default range", () => {
  for (const search of ["start=nonsense", "start=-1h&end=-2h", "start=&end=", "start=%00"]) {
    assert.deepEqual(rangeOf(new URLSearchParams(search), now), { start: "-1h", end: "now" }, search);
  }
  assert.deepEqual(rangeOf(new URLSearchParams("start=-6h"), now), { start: "-6h", end: "now" });
});

test("ranges as people type them", () => {
  assert.deepEqual(parseRange("90m", now), { start: "-90m", end: "now" });
  assert.deepEqual(parseRange(" -2h ", now), { start: "-2h", end: "now" });
  assert.deepEqual(parseRange("14:00 ~ 14:30", now), { start: at(14, 0), end: at(14, 30) });
  assert.deepEqual(parseRange("11/29 14:00 ~ 11-29 15:00", now), { start: at(14, 0, 29), end: at(15, 0, 29) });
  assert.deepEqual(parseRange("-2h .. -1h", now), {
    start: new Date(now - 7_200_000).toISOString(), end: new Date(now - 3_600_000).toISOString(),
  });
  for (const text of ["", "soon", "15:00 ~ 14:00", "25:00 ~ 26:00", "13-40 10:00 ~ 11:00", "1 ~ 2 ~ 3"]) {
    assert.equal(parseRange(text, now), null, text);
  }
});

test("ranges move, grow, and have one before them", () => {
  const hour = { start: "-1h", end: "now" };
  assert.ok(isRelative(hour));
  assert.deepEqual(boundsOf(previousOf(hour, now), now), { from: now - 7_200_000, to: now - 3_600_000 });
  assert.deepEqual(boundsOf(shifted(hour, -0.5, now), now), { from: now - 5_400_000, to: now - 1_800_000 });
  assert.deepEqual(boundsOf(scaled(hour, 2, now), now), { from: now - 7_200_000, to: now });
});
