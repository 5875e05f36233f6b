import assert from "node:assert/strict";
import { test } from "node:test";
import { moved, ticksOf, viewOf, zoomed } from "./view";

test("a view comes from the address, or is the whole trace", () => {
  const view = (search: string) => viewOf(new URLSearchParams(search), 1_000);
  assert.deepEqual(view("t0=100&t1=300"), { from: 100, to: 300 });
  assert.deepEqual(view("t0=100&t1=9000"), { from: 100, to: 1_000 });
  for (const search of ["", "t0=a&t1=b", "t0=300&t1=100", "t0=-5&t1=100", "t0=100&t1=101", "t0=2000&t1=3000"]) {
    assert.deepEqual(view(search), { from: 0, to: 1_000 }, search);
  }
});

test("zooming keeps the point, and nothing leaves the trace", () => {
  assert.deepEqual(zoomed({ from: 0, to: 1_000 }, 0.5, 500, 1_000), { from: 250, to: 750 });
  assert.deepEqual(zoomed({ from: 250, to: 750 }, 4, 300, 1_000), { from: 0, to: 1_000 });
  assert.deepEqual(zoomed({ from: 0, to: 1_000 }, 1e-9, 500, 1_000), { from: 495, to: 505 });
  assert.deepEqual(moved({ from: 100, to: 200 }, -5, 1_000), { from: 0, to: 100 });
  assert.deepEqual(moved({ from: 100, to: 200 }, 50, 1_000), { from: 900, to: 1_000 });
});

test("an axis has round numbers", () => {
  assert.deepEqual(ticksOf({ from: 0, to: 1_000 }, 5), [0, 200, 400, 600, 800, 1_000]);
  assert.deepEqual(ticksOf({ from: 130, to: 170 }, 4), [130, 140, 150, 160, 170]);
});
