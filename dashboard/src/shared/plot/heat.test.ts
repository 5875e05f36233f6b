import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeatMap } from "../../generated/api";
import {
  boxBetween, countIn, durationAt, heatLevel, heatPictureOf, heightOf, selectionOf, walked, type HeatPicture,
} from "./heat";

const MINUTE = 60_000;
const START = Date.parse("2026-11-30T17:00:00Z");
const map = (columns: [number, number[], number[]][], minutes = 10): HeatMap => ({
  start: new Date(START).toISOString(), end: new Date(START + minutes * MINUTE).toISOString(), measure: "duration",
  step_seconds: 60, rows_per_doubling: 4, row_base_ns: 1024, span_count: 0,
  columns: columns.map(([minute, rows, counts]) => ({
    time: new Date(START + minute * MINUTE).toISOString(), rows, counts,
  })),
});
const pictured = (): HeatPicture => {
  const picture = heatPictureOf(map([[4, [66, 71], [1, 2]], [6, [80], [100]]]));
  assert.ok(picture !== null);
  return picture as HeatPicture;
};

test("a picture has a row around what there is, and durations at the edges of its rows", () => {
  const picture = pictured();
  assert.deepEqual([picture.columnCount, picture.rowCount, picture.countMax], [10, 17, 100]);
  assert.deepEqual(picture.cells, [
    { column: 4, row: 1, count: 1 }, { column: 4, row: 6, count: 2 }, { column: 6, row: 15, count: 100 },
  ]);
  assert.equal(Math.round(picture.shortest), Math.round(1024 * 2 ** (65 / 4)));
  assert.equal(Math.round(picture.longest), Math.round(1024 * 2 ** (82 / 4)));
  assert.equal(heatPictureOf(map([])), null);
});

test("few rows are made more, and none is below the shortest of the API", () => {
  const picture = heatPictureOf(map([[0, [0], [5]]]));
  assert.deepEqual([picture?.rowCount, picture?.shortest, picture?.cells[0]?.row], [8, 1024, 0]);
});

test("a count has a colour by its square root", () => {
  const rows: [number, number, number][] = [
    [1, 100, 1], [4, 100, 1], [5, 100, 2], [64, 100, 4], [100, 100, 5], [1, 1, 5],
  ];
  for (const [count, most, level] of rows) assert.equal(heatLevel(count, most), level, `${count} of ${most}`);
});

test("heights and durations are each other's inverse", () => {
  const picture = pictured();
  for (const height of [0, 0.25, 1]) {
    assert.ok(Math.abs(heightOf(picture, durationAt(picture, height)) - height) < 1e-9, String(height));
  }
  assert.equal(heightOf(picture, 1), 0);
});

test("a box chooses time and duration, open where nothing is beyond it", () => {
  const picture = pictured();
  const box = boxBetween({ column: 7, row: 16 }, { column: 5, row: 10 });
  assert.deepEqual(box, { columns: [5, 7], rows: [10, 16] });
  const chosen = selectionOf(picture, box);
  assert.deepEqual([chosen.from, chosen.to], [START + 5 * MINUTE, START + 8 * MINUTE]);
  assert.equal(chosen.longestMs, null);
  assert.ok(Math.abs((chosen.shortestMs ?? 0) - (1024 * 2 ** (75 / 4)) / 1e6) < 0.001);
  assert.equal(countIn(picture, box), 100);
  const low = selectionOf(picture, boxBetween({ column: 0, row: 0 }, { column: 9, row: 3 }));
  assert.equal(low.shortestMs, null);
  assert.ok(low.longestMs !== null);
});

test("arrows walk from cell to cell and stop at the edges", () => {
  const picture = pictured();
  const rows: [string, number, number][] = [
    ["ArrowLeft", 0, 0], ["ArrowRight", 1, 0], ["ArrowUp", 0, 1], ["ArrowDown", 0, 0],
  ];
  for (const [key, column, row] of rows) assert.deepEqual(walked(picture, { column: 0, row: 0 }, key), { column, row });
  assert.equal(walked(picture, { column: 0, row: 0 }, "a"), null);
});
