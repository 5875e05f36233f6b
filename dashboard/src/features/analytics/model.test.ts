import assert from "node:assert/strict";
import { test } from "node:test";
import type { Energy, LatencySeries, Overview } from "../../generated/api";
import {
  csvOf, energyChart, groupingOf, hasEnergy, latencyChart, measureOf, rowsOf, sorted, sourceOf, sumOfCosts,
} from "./model";

const naming = (group: string | null) => ({ name: group ?? "none", slot: 1 });
const group = (name: string, more: object = {}) => ({
  group: name, span_count: 10, error_count: 1, error_rate: 0.1, call_count: 4,
  duration_ms: { mean: 1, p50: 1, p95: 2, p99: 3 }, input_tokens: "5", output_tokens: 6, ...more,
});
const overview = (groups: readonly object[]) => ({ groups }) as unknown as Overview["data"];
const energy = (more: object) => ({
  start: "2026-12-01T00:00:00Z", end: "2026-12-01T00:03:00Z", complete_until: "2026-12-01T00:02:00Z", ...more,
}) as unknown as Energy;

test("each measure comes from one of the answers", () => {
  const cases = [
    ["p95", "latency"], ["rate", "throughput"], ["output_tokens", "throughput"], ["cost", "energy"],
  ] as const;
  for (const [measure, source] of cases) assert.equal(sourceOf(measure), source);
  assert.equal(measureOf("nonsense"), "p95");
});

test("costs add up as far as they are known", () => {
  assert.equal(sumOfCosts({ energy_cost: null, gpu_cost: null }), null);
  assert.equal(sumOfCosts({ energy_cost: 1, gpu_cost: null }), 1);
  assert.equal(sumOfCosts({ energy_cost: 1, gpu_cost: 2 }), 3);
});

test("a group has its energy, and none where it took none", () => {
  const used = energy({
    groups: [{ group: { model: "m" }, joules: 7, joules_per_output_token: 2, energy_cost: 1, gpu_cost: 2 }],
  });
  const rows = rowsOf(overview([group("m"), group("n")]), used, "model");
  assert.deepEqual(rows.map((row) => [row.group, row.calls, row.inputTokens, row.joules, row.cost]),
    [["m", 4, 5, 7, 3], ["n", 4, 5, null, null]]);
  assert.equal(rowsOf(overview([group("s")]), null, "service")[0]?.calls, 10);
});

test("rows are ordered by a number, and those without it come last", () => {
  const used = energy({ groups: [{ group: { model: "b" }, joules: 7, energy_cost: null, gpu_cost: null }] });
  const rows = rowsOf(overview([group("a", { call_count: 9 }), group("b")]), used, "model");
  assert.deepEqual(sorted(rows, "joules").map((row) => row.group), ["b", "a"]);
  assert.deepEqual(sorted(rows, "calls").map((row) => row.group), ["a", "b"]);
});

test("a line has a value at each step, and gaps where there were no spans", () => {
  const data = {
    start: "2026-12-01T00:00:00Z", end: "2026-12-01T00:03:00Z", step_seconds: 60,
    series: [{ group: "a", points: [{ time: "2026-12-01T00:01:00Z", duration_ms: { p95: 8 } }] }],
  } as unknown as LatencySeries["data"];
  assert.deepEqual(latencyChart(data, "p95", naming).series[0]?.values, [null, 8, null]);
});

test("energy is a mean power, and steps that are not computed to their end have none", () => {
  const data = energy({
    groups: [{
      group: { model: "m" },
      points: [{ time: "2026-12-01T00:00:00Z", joules: 600, energy_cost: 1, gpu_cost: null }],
    }],
  });
  assert.deepEqual(energyChart(data, "model", "energy", 60, 6, naming).series[0]?.values, [10, 0, null]);
  assert.deepEqual(energyChart(data, "model", "cost", 60, 6, naming).series[0]?.values, [60, 0, null]);
});

test("a file for spreadsheets quotes what must be, and nothing in it is computed", () => {
  const rows = rowsOf(overview([group('a,"b"'), group("=1+1")]), null, "model");
  const lines = csvOf(rows, "model").split("\n");
  assert.ok(lines[0]?.startsWith("model,calls,errorRate,p50"));
  assert.ok(lines[1]?.startsWith('"a,""b""",4,0.1,1,2,3,5,6,,,'));
  assert.ok(lines[2]?.startsWith("'=1+1,4"));
});

test("numbers are by a field or by an attribute, energy by fields alone", () => {
  const rows: [string | null, string, boolean][] = [
    [null, "service", true], ["model", "model", true], ["user", "user", false], ["colour", "service", true],
    ["attr.customer", "attr.customer", false], ["resource.zone", "resource.zone", false], ["attr.", "service", true],
  ];
  for (const [text, by, isKnown] of rows) {
    assert.equal(groupingOf(text), by, String(text));
    assert.equal(hasEnergy(groupingOf(text)), isKnown, String(text));
  }
});
