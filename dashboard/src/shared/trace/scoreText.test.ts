import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScoreTally } from "../../generated/api";
import { scoreText } from "./scoreText";

const tally = (kind: ScoreTally["kind"], count: number | string, mean: number | null, latest: ScoreTally["latest"]) =>
  scoreText({ name: "n", kind, count, mean, latest });

test("scores read by their kind", () => {
  assert.equal(tally("number", 3, 0.81234, 1), "0.812");
  assert.equal(tally("number", "90071992547409930", 1250, 1), "1250");
  assert.equal(tally("boolean", 1, 1, true), "✓");
  assert.equal(tally("boolean", 1, 0, false), "✗");
  assert.equal(tally("boolean", 4, 0.75, true), "75 %");
  assert.equal(tally("category", 4, null, "polite"), "polite");
});
