import assert from "node:assert/strict";
import { test } from "node:test";
import { aligned, namesOf, quoted, rangeRequest, stepOf, type PromSeries } from "./promql";

const line = (metric: Record<string, string>, ...values: [number, string][]): PromSeries => ({ metric, values });

test("series have all times of the range; what is missing or no number is a gap", () => {
  const values = aligned([line({}, [1, "1"], [3, "NaN"]), line({}, [2, "4"], [3, "5"])], [1, 2, 3]);
  assert.deepEqual(values, [[1, null, null], [null, 4, 5]]);
});

test("names are what series differ in", () => {
  assert.deepEqual(namesOf([line({ __name__: "m", a: "1", b: "x" }), line({ __name__: "m", a: "2", b: "x" })]),
    ["a=1", "a=2"]);
  assert.deepEqual(namesOf([line({ __name__: "m", a: "1" })]), ["m"]);
  assert.deepEqual(namesOf([line({ __name__: "m" }), line({ __name__: "n" })]), ["m", "n"]);
  assert.deepEqual(namesOf([line({})]), ["value"]);
});

test("steps are round, and a request stays the same within one", () => {
  const now = 1_795_248_000_000;
  assert.equal(stepOf({ start: "-1h", end: "now" }, now), 15);
  assert.equal(stepOf({ start: "-7d", end: "now" }, now), 3_600);
  const { url, times } = rangeRequest("up", { start: "-1h", end: "now" }, now + 1_000);
  assert.equal(url, rangeRequest("up", { start: "-1h", end: "now" }, now + 14_000).url);
  assert.match(url, /step=15$/);
  assert.equal(times.length, 241);
  assert.equal(times[240], now / 1_000);
});

test("texts are quoted for a query", () => assert.equal(quoted('a"b\\'), '"a\\"b\\\\"'));
