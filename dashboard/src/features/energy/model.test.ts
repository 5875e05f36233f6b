import assert from "node:assert/strict";
import { test } from "node:test";
import type { Energy } from "../../generated/api";
import { groupingOf, partsOf, stepOf } from "./model";

const energy = (measured: number, spans: number, others: number, idle: number) => ({
  measured_joules: measured, total: { joules: spans }, other_tenants: { joules: others }, idle: { joules: idle },
}) as Energy;

test("nonsense groups by model", () => {
  assert.equal(groupingOf("gpu"), "gpu");
  assert.equal(groupingOf("phase of the moon"), "model");
  assert.equal(groupingOf(null), "model");
});

test("parts add up to what was measured", () => {
  assert.deepEqual(partsOf(energy(100, 60, 0, 40)).map(({ name, share }) => [name, share]),
    [["spans", 0.6], ["idle", 0.4]]);
  assert.deepEqual(partsOf(energy(100, 60, 10, 20)).map(({ name, joules }) => [name, joules]),
    [["spans", 60], ["others", 10], ["idle", 20], ["rest", 10]]);
  assert.deepEqual(partsOf(energy(0, 0, 0, 0)), []);
});

test("steps are whole minutes", () => {
  assert.equal(stepOf(0, 3_600_000), "1m");
  assert.equal(stepOf(0, 86_400_000), "24m");
  assert.equal(stepOf(0, 10_000), "1m");
});
