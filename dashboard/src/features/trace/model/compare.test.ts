import assert from "node:assert/strict";
import { test } from "node:test";
import { span } from "../../../shared/trace/spans.fixture";
import { treeOf } from "../../../shared/trace/tree";
import { differenceOf, largestChange, pairsOf, withoutSame } from "./compare";

const A = treeOf([
  span("1", null, 0, 100, { name: "request" }), span("2", "1", 0, 10, { name: "read" }),
  span("3", "1", 10, 20, { name: "read" }), span("4", "1", 20, 60, { name: "chat" }),
  span("5", "4", 20, 30, { name: "queue" }), span("6", "1", 60, 62, { name: "log" }),
]);
const B = treeOf([
  span("x", null, 0, 300, { name: "request" }), span("y", "x", 0, 10, { name: "read" }),
  span("z", "x", 20, 280, { name: "chat", error: "late" }), span("v", "x", 281, 283, { name: "log" }),
  span("w", "x", 290, 299, { name: "retry" }),
]);
const shown = (pairs: ReturnType<typeof pairsOf>) =>
  pairs.map((pair) => `${"·".repeat(pair.depth)}${pair.name} ${differenceOf(pair)}`);

test("paths stand beside each other, what only one has with nothing beside it", () => {
  const pairs = pairsOf(A, B);
  assert.deepEqual(shown(pairs), [
    "request changed", "·read changed", "·chat changed", "··queue only-a", "·log same", "·retry only-b",
  ]);
  assert.deepEqual(pairs.map((pair) => [pair.a?.count ?? 0, pair.b?.count ?? 0]),
    [[1, 1], [2, 1], [1, 1], [1, 0], [1, 1], [0, 1]]);
  assert.equal(pairs[0]?.descendants, 5);
  assert.equal(largestChange(pairs), 220);
});

test("a trace beside itself has no difference", () => {
  assert.ok(pairsOf(A, A).every((pair) => differenceOf(pair) === "same"));
  assert.deepEqual(withoutSame(pairsOf(A, A)), []);
});

test("what is the same is left out, but not on the way to what differs", () => {
  const [one, other] = [
    treeOf([span("1", null, 0, 9, { name: "a" }), span("2", "1", 0, 9, { name: "b" })]),
    treeOf([span("1", null, 0, 9, { name: "a" }), span("2", "1", 0, 9, { name: "b" }),
      span("3", "2", 0, 1, { name: "c" })]),
  ];
  assert.deepEqual(shown(withoutSame(pairsOf(one, other))), ["a same", "·b same", "··c only-b"]);
  assert.deepEqual(shown(withoutSame(pairsOf(A, B))).slice(-2), ["··queue only-a", "·retry only-b"]);
});

test("spans of the same names in another service are others", () => {
  const elsewhere = treeOf([span("1", null, 0, 100, { name: "request", service: "b" })]);
  const alone = treeOf([span("1", null, 0, 100, { name: "request" })]);
  assert.deepEqual(pairsOf(alone, elsewhere).map(differenceOf), ["only-a", "only-b"]);
});
