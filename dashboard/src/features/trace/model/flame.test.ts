import assert from "node:assert/strict";
import { test } from "node:test";
import { span } from "../../../shared/trace/spans.fixture";
import { treeOf } from "../../../shared/trace/tree";
import { boxAt, drawnBoxes, flameOf, matchingBoxes, neighbour } from "./flame";

const TREE = treeOf([
  span("root", null, 0, 100, { name: "request" }), span("a1", "root", 0, 30, { name: "read" }),
  span("a2", "root", 30, 70, { name: "read", error: "gone" }), span("x", "a2", 40, 60, { name: "parse" }),
  span("b", "root", 75, 90, { name: "write" }),
]);

test("spans of the same path are one box, as wide as all its time, the widest first", () => {
  const flame = flameOf(TREE);
  assert.deepEqual(flame.boxes.map(({ name, depth, from, width, count, errorCount, selfTime }) =>
    [name, depth, from, width, count, errorCount, selfTime]), [
    ["request", 0, 0, 100, 1, 0, 15], ["read", 1, 0, 70, 2, 1, 50], ["parse", 2, 0, 20, 1, 0, 20],
    ["write", 1, 70, 15, 1, 0, 15],
  ]);
  assert.deepEqual([flame.width, flame.levels, [...flame.ends]], [100, 3, [4, 3, 3, 4]]);
  assert.equal(flame.boxes[flame.ofNode[TREE.byID.get("a2") ?? -1] ?? -1]?.name, "read");
  assert.equal(TREE.nodes[flame.boxes[1]?.longest ?? -1]?.span.span_id, "a2");
});

test("boxes of spans that ran at the same time are not wider than what is below them", () => {
  const flame = flameOf(treeOf([
    span("root", null, 0, 100), span("one", "root", 0, 100), span("two", "root", 0, 100),
  ]));
  assert.deepEqual(flame.boxes.map((box) => box.width), [200, 100, 100]);
});

test("a zoomed box and those below it fill the picture; what is too narrow is left out with all on it", () => {
  const flame = flameOf(TREE);
  assert.deepEqual(drawnBoxes(flame, null, 100).map((box) => [box.index, box.left, box.width]),
    [[0, 0, 100], [1, 0, 70], [2, 0, 20], [3, 70, 15]]);
  assert.deepEqual(drawnBoxes(flame, 1, 140).map((box) => [box.index, box.left, box.width]),
    [[0, 0, 140], [1, 0, 140], [2, 0, 40]]);
  assert.deepEqual(drawnBoxes(flame, null, 2).map((box) => box.index), [0, 1]);
});

test("a place has a box, and arrows lead to neighbours", () => {
  const flame = flameOf(TREE);
  const drawn = drawnBoxes(flame, null, 100);
  const at = (x: number, depth: number) => boxAt(drawn, x, depth);
  assert.deepEqual([at(69, 1), at(71, 1), at(90, 1), at(5, 7)], [1, 3, null, null]);
  const moves = (["up", "down", "left", "right"] as const).map((key) => neighbour(flame, 1, key));
  assert.deepEqual(moves, [0, 2, 1, 3]);
  assert.deepEqual([neighbour(flame, 3, "left"), neighbour(flame, 0, "up"), neighbour(flame, 2, "down")], [1, 0, 2]);
});

test("boxes are found by name and service", () => {
  assert.deepEqual([...(matchingBoxes(flameOf(TREE), " REA ") ?? [])], [1]);
  assert.equal(matchingBoxes(flameOf(TREE), "  "), null);
});
