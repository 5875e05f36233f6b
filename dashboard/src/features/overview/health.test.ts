import assert from "node:assert/strict";
import { test } from "node:test";
import type { Gpu, Node, Overview } from "../../generated/api";
import { changeOf, healthOf, costOf } from "./health";

type Group = Overview["data"]["groups"][number];

const group = (name: string, spans: number, errors: number, p95: number | null): Group => ({
  group: name, span_count: spans, error_count: errors, error_rate: spans === 0 ? 0 : errors / spans, call_count: 0,
  duration_ms: { mean: p95, p50: p95, p95, p99: p95 }, input_tokens: 0, output_tokens: 0,
});
const gpu = (condition: Gpu["condition"]) => ({ id: "GPU-1", node: "n1", index: 3, condition } as unknown as Gpu);
const node = (state: Node["state"]) => ({ name: "n1", state } as unknown as Node);

const CASES: readonly [string, Group[], Group[] | null, Gpu[], Node[], string, string[]][] = [
  ["nothing arrives", [], null, [], [], "idle", []],
  ["all is well", [group("a", 100, 1, 10)], [group("a", 100, 0, 10)], [gpu("up")], [node("up")], "healthy", []],
  ["many errors", [group("a", 100, 5, 10)], null, [], [], "trouble", ["errorRate"]],
  ["a few spans say nothing", [group("a", 10, 9, 10)], null, [], [], "healthy", []],
  ["slower than before", [group("a", 100, 0, 300)], [group("a", 100, 0, 100)], [], [], "trouble", ["latency"]],
  ["slower by next to nothing", [group("a", 100, 0, 3)], [group("a", 100, 0, 1)], [], [], "healthy", []],
  ["no percentile before", [group("a", 100, 0, 300)], [group("a", 100, 0, null)], [], [], "healthy", []],
  ["a lost GPU comes first", [group("a", 100, 50, 1)], null, [gpu("lost")], [], "trouble", ["gpu", "errorRate"]],
  ["a GPU that was taken out is none", [group("a", 100, 0, 1)], null, [gpu("gone")], [], "healthy", []],
  ["a silent node", [], null, [], [node("silent")], "trouble", ["node"]],
];

for (const [name, services, before, gpus, nodes, state, kinds] of CASES) {
  test(`health: ${name}`, () => {
    const health = healthOf(services, before, gpus, nodes);
    assert.equal(health.state, state);
    assert.deepEqual(health.issues.map((issue) => issue.kind), kinds);
  });
}

test("a change needs two numbers", () => {
  assert.equal(changeOf(3, 2), 0.5);
  for (const [now, before] of [[null, 1], [1, null], [1, 0]] as const) assert.equal(changeOf(now, before), null);
});

test("costs are those of spans and of idle GPUs, and unknown without any price", () => {
  const none = { energy_cost: null, gpu_cost: null };
  assert.equal(costOf(none, none), null);
  assert.equal(costOf({ energy_cost: 1, gpu_cost: null }, { energy_cost: 0.5, gpu_cost: 2 }), 3.5);
});
