import assert from "node:assert/strict";
import { test } from "node:test";
import type { Span } from "../../generated/api";
import { criticalPath, initiallyFolded, matches, treeOf, visibleRows } from "./tree";

const BASE = 1_795_248_000_000_000_000n;

/** A span of some service from one nanosecond to another. */
const span = (id: string, parent: string | null, start: number, end: number, status = "unset", service = "a"): Span => {
  const made = {
    span_id: id, parent_span_id: parent, name: `span ${id}`, start_time_unix_nano: String(BASE + BigInt(start)),
    duration_ns: end - start, status: { code: status, message: "" }, service_name: service, attributes: { key: id },
  };
  return made as unknown as Span;
};
const names = (spans: readonly Span[]) =>
  treeOf(spans).nodes.map((node) => `${"·".repeat(node.depth)}${node.span.span_id}`);

test("a span comes before its children, siblings by their start", () => {
  assert.deepEqual(names([
    span("late", "root", 60, 90), span("deep", "early", 20, 30), span("root", null, 0, 100),
    span("early", "root", 10, 50),
  ]), ["root", "·early", "··deep", "·late"]);
});

test("orphans, circles and spans that are their own parents are there once", () => {
  const tree = treeOf([
    span("root", null, 0, 10), span("orphan", "gone", 5, 9), span("x", "y", 1, 2), span("y", "x", 2, 3),
    span("self", "self", 4, 5),
  ]);
  assert.deepEqual(tree.nodes.map((node) => node.span.span_id).sort(), ["orphan", "root", "self", "x", "y"]);
  assert.deepEqual(tree.nodes.filter((node) => node.isOrphan).map((node) => node.span.span_id).sort(),
    ["orphan", "self", "x"]);
});

test("nanoseconds are exact, however late in history", () => {
  const tree = treeOf([span("a", null, 0, 10), span("b", "a", 3, 5)]);
  assert.deepEqual(tree.nodes.map((node) => node.start), [0, 3]);
  assert.equal(tree.startText, String(BASE));
  assert.equal(tree.duration, 10);
});

test("self time leaves out what children cover, once where they overlap", () => {
  const tree = treeOf([
    span("root", null, 0, 100), span("one", "root", 10, 40), span("two", "root", 30, 60), span("over", "root", 90, 150),
  ]);
  assert.equal(tree.nodes[0]?.selfTime, 40);
});

test("the critical path follows what ended last", () => {
  const tree = treeOf([
    span("root", null, 0, 100), span("fast", "root", 0, 30), span("slow", "root", 0, 60), span("then", "root", 60, 95),
    span("inner", "then", 70, 96),
  ]);
  const path = criticalPath(tree);
  assert.deepEqual(tree.nodes.filter((node) => path.has(node.index)).map((node) => node.span.span_id),
    ["root", "slow", "then", "inner"]);
});

test("folded spans hide all below them; large traces begin folded but for errors", () => {
  const small = treeOf([
    span("root", null, 0, 9), span("a", "root", 1, 2), span("b", "a", 1, 2), span("c", "root", 3, 4),
  ]);
  assert.deepEqual(visibleRows(small, new Set(["a"])), [0, 1, 3]);
  assert.equal(initiallyFolded(small, new Set()).size, 0);
  const spans = [span("root", null, 0, 9_999)];
  for (let index = 0; index < 300; index++) {
    spans.push(span(`p${index}`, "root", index, index + 2), span(`q${index}`, `p${index}`, index, index + 2));
    spans.push(span(`r${index}`, `q${index}`, index, index + 1, index === 7 ? "error" : "unset"));
  }
  const large = treeOf(spans);
  const folded = initiallyFolded(large, new Set());
  assert.ok(folded.has("q1"));
  assert.ok(!folded.has("q7"));
  assert.ok(!folded.has("p1"));
});

test("a trace of 20,000 spans in a single line is no problem for the stack", () => {
  const spans = [span("s0", null, 0, 50_000)];
  for (let index = 1; index < 20_000; index++) spans.push(span(`s${index}`, `s${index - 1}`, index, index + 1));
  const tree = treeOf(spans);
  assert.equal(tree.nodes[19_999]?.depth, 19_999);
  assert.equal(criticalPath(tree).size > 0, true);
});

test("spans are found by name, service, attribute and id", () => {
  const tree = treeOf([span("a1", null, 0, 9, "unset", "Chat"), span("b2", "a1", 1, 2)]);
  for (const [text, count] of [["SPAN", 2], ["chat", 1], ["b2", 1], ["key", 2], ["nothing", 0], ["  ", 0]] as const) {
    assert.equal(matches(tree, text).length, count, text);
  }
  assert.deepEqual(names([]), []);
});
