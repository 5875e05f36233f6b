import assert from "node:assert/strict";
import { test } from "node:test";
import { held } from "./series";

test("a short gap holds the value before, a long one and the end stay gaps", () => {
  const times = [0, 60, 120, 180, 600, 660];
  assert.deepEqual(held([null, 1, null, 3, 4, null], times), [null, 1, 1, 3, 4, null]);
  assert.deepEqual(held([0, null, null, null, 2, null], times), [0, null, null, null, 2, null]);
  assert.deepEqual(held([null, null], [0, 60]), [null, null]);
});
