import assert from "node:assert/strict";
import { test } from "node:test";
import { liftText, probability, requestOf, selectionOf, tracesWith } from "./model";

const page = { start: "-1h", end: "now" };
const sides = (text: string) => {
  const parameters = new URLSearchParams(text);
  return [selectionOf(parameters, "a", page), selectionOf(parameters, "b", page)] as const;
};

test("a request has the conditions and times of both sides", () => {
  const rows: [string, Record<string, string> | null][] = [
    ["", null],
    ["service=chat", null],
    ["a.status=error", { "a.status": "error", "a.start": "-1h" }],
    ["a.start=-2h&a.end=-1h&b.service=x", {
      "a.start": "-2h", "a.end": "-1h", "b.service": "x", "b.start": "-2h", "b.end": "-1h",
    }],
    ["a.colour=red&b.start=-3h&b.end=-2h", { "a.start": "-1h", "b.start": "-3h", "b.end": "-2h" }],
  ];
  for (const [text, expected] of rows) assert.deepEqual(requestOf(...sides(text)), expected, text);
});

test("a value leads to the traces whose spans are in A and have it", () => {
  const [a] = sides("a.service=chat&a.min_duration_ms=500&a.max_duration_ms=900&a.start=-2h");
  assert.deepEqual(tracesWith(a, { field: "attr.tier", value: "free" }), {
    service: "chat", start: "-2h", end: undefined, "attr.tier": "free", q: "{ duration >= 500ms && duration <= 900ms }",
  });
  assert.equal(tracesWith(sides("")[0], { field: "kind", value: "server" })?.q, "{ kind = server }");
  assert.equal(
    tracesWith(sides("")[0], { field: "error_type", value: 'a"b' })?.q, '{ span.error.type = "a\\"b" }');
  assert.equal(tracesWith(a, { field: "input_tokens", value: "512-1023" }), null);
});

test("a lift and a probability are written short", () => {
  assert.deepEqual([125.2, 9.4, 0.0054, 0].map(liftText), ["× 130", "× 9.4", "× 0.0054", "× 0"]);
  const rows: [number, string][] = [[0, "< 0.001"], [0.0204, "0.02"], [0.5, "0.5"], [3, "1"]];
  for (const [value, text] of rows) assert.equal(probability(value), text);
});
