import assert from "node:assert/strict";
import { test } from "node:test";
import { traceIDOf } from "./traceID";

test("an id of a trace is 32 digits", () => {
  assert.equal(traceIDOf(` ${"AB".repeat(16)} `), "ab".repeat(16));
  for (const text of [null, "", "ab", "g".repeat(32)]) assert.equal(traceIDOf(text), null);
});
