import assert from "node:assert/strict";
import { test } from "node:test";
import type { Gpu, Node } from "../../generated/api";
import { heatRows, heatStep, histogram, metricOf, Values, worstOf } from "./model";

const node = (name: string): Node => ({ name }) as Node;
const gpu = (on: string, index: number, more: Partial<Gpu> = {}): Gpu => {
  const id = `GPU-${on}-${index}`;
  return { id, uuid: id, node: on, index, condition: "up", resources: [], ...more } as Gpu;
};
const line = (instance: string, uuid: string, values: readonly (readonly [number, string])[], part?: string) => ({
  metric: { instance, uuid, ...(part === undefined ? {} : { gpu_instance: part }) }, values,
});
const none = new Values([], null);
const hosts = { cpu: none, memory: none, network: none };

test("a value has one of six colours, and none where it is missing", () => {
  const util = metricOf("util");
  const cases = [[0, 0], [0.16, 0], [0.17, 1], [0.5, 3], [0.999, 5], [1, 5], [7, 5], [-1, 0]] as const;
  for (const [value, step] of cases) assert.equal(heatStep(value, util), step, String(value));
  assert.equal(heatStep(null, util), null);
  assert.equal(heatStep(NaN, util), null);
  assert.equal(heatStep(60, metricOf("temperature")), 3);
  assert.equal(metricOf("nonsense").id, "util");
});

test("rows are machines by name with their boards by index, and what has gone is left out", () => {
  const rows = heatRows(
    [node("n2"), node("n1")], [gpu("n1", 1), gpu("n1", 0), gpu("n3", 0), gpu("n2", 0, { condition: "gone" })],
    new Values([line("n1", "GPU-n1-1", [[10, "0.5"], [20, "0.75"]])], null), hosts);
  assert.deepEqual(rows.map((row) => row.name), ["n1", "n2", "n3"]);
  assert.deepEqual(rows[0]?.boards.map((cells) => cells[0]?.value), [null, 0.75]);
  assert.equal(rows[1]?.boards.length, 0);
  assert.equal(rows[2]?.node, null);
});

test("values are those of the chosen time", () => {
  const series = [line("n1", "GPU-n1-0", [[10, "0.25"], [20, "0.75"]])];
  assert.equal(new Values(series, 10).of("n1", "GPU-n1-0"), 0.25);
  assert.equal(new Values(series, 15).of("n1", "GPU-n1-0"), null);
  assert.equal(new Values(series, null).of("n2", "GPU-n1-0"), null);
  assert.equal(new Values([line("n1", "x", [[10, "NaN"]])], null).of("n1", "x"), null);
});

test("a divided board has a cell for each part, unless the board has a value itself", () => {
  const resources = [
    { gpu_instance: 1, compute_instance: 0, profile: "1g.18gb", uuid: "MIG-1" },
    { gpu_instance: 2, compute_instance: 0, profile: "2g.35gb", uuid: "MIG-2" },
    { gpu_instance: 2, compute_instance: 1, profile: "2g.35gb", uuid: "MIG-3" },
  ] as unknown as Gpu["resources"];
  const divided = gpu("n1", 0, { resources });
  const parts = [line("n1", "GPU-n1-0", [[10, "0.5"]], "1"), line("n1", "GPU-n1-0", [[10, "0.9"]], "2")];
  const [row] = heatRows([], [divided], new Values(parts, null), hosts);
  assert.deepEqual(
    row?.boards[0]?.map((cell) => [cell.part?.profile, cell.value]), [["1g.18gb", 0.5], ["2g.35gb", 0.9]]);
  const [whole] = heatRows([], [divided], new Values([line("n1", "GPU-n1-0", [[10, "71"]])], null), hosts);
  assert.deepEqual(whole?.boards[0]?.map((cell) => [cell.part, cell.value]), [[null, 71]]);
});

test("machines are ordered by their highest value, and those without any come last", () => {
  const values = new Values([line("n1", "GPU-n1-0", [[1, "0.2"]]), line("n2", "GPU-n2-0", [[1, "0.9"]])], null);
  const rows = heatRows([node("n0")], [gpu("n1", 0), gpu("n2", 0)], values, hosts);
  const sorted = [...rows].sort((one, other) => worstOf(other) - worstOf(one));
  assert.deepEqual(sorted.map((row) => row.name), ["n2", "n1", "n0"]);
  assert.deepEqual(histogram(rows, metricOf("util")), [0, 1, 0, 0, 0, 1]);
});
