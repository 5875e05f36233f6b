import assert from "node:assert/strict";
import { test } from "node:test";
import type { Gpu } from "../../generated/api";
import { partName, partsOf } from "./readings";

const gpu = (resources: readonly object[]) => ({ uuid: "GPU-1", resources }) as unknown as Gpu;

test("a board that is whole has no parts, a divided one those that it is divided into", () => {
  assert.deepEqual(partsOf(gpu([{ uuid: "GPU-1" }])), []);
  assert.deepEqual(partsOf(gpu([{ uuid: "GPU-1" }, { uuid: "MIG-1" }, {}])).map((part) => part.uuid),
    ["MIG-1", undefined]);
});

test("a part has the name of its profile and its number", () => {
  const divided = gpu([{ uuid: "MIG-1", profile: "3g.71gb", gpu_instance: 1 }]);
  assert.deepEqual([partName(divided, 1), partName(divided, 2)], ["3g.71gb #1", "#2"]);
});
