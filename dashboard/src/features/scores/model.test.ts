import assert from "node:assert/strict";
import { test } from "node:test";
import { categoriesOf, courseOf, queryOf } from "./model";

test("numbers and yes or no have a course, categories have none", () => {
  const at = (minute: number) => `${minute * 60}000000000`;
  const course = courseOf({
    start_time_unix_nano: at(10), end_time_unix_nano: at(13), step_seconds: 60,
    series: [
      { name: "helpfulness", kind: "number", group: null, points: [{ time_unix_nano: at(11), count: 2, mean: 0.5 }] },
      { name: "tone", kind: "category", group: null, points: [{ time_unix_nano: at(11), count: 2, mean: null }] },
    ],
  });
  assert.deepEqual(course.series.map((line) => line.name), ["helpfulness"]);
  assert.equal(course.series[0]?.values[course.times.indexOf(660)], 0.5);
  assert.equal(course.series[0]?.values[course.times.indexOf(600)], null);
});

test("a name leads to its traces, also one with spaces", () => {
  assert.equal(queryOf("helpfulness"), "{ score.helpfulness != nil }");
  assert.equal(queryOf('how "good"'), '{ score."how \\"good\\"" != nil }');
});

test("categories have shares of all scores", () => {
  assert.deepEqual(categoriesOf({ count: "4", categories: [{ name: "polite", count: 3 }] }), [
    { name: "polite", share: 0.75 },
  ]);
});
