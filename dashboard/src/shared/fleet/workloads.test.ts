import assert from "node:assert/strict";
import { test } from "node:test";
import { workloadName } from "./workloads";

test("a workload is called as its scheduler calls it", () => {
  assert.equal(workloadName({ namespace: "team-a", pod: "llama-0", container: "vllm" }), "team-a/llama-0 · vllm");
  assert.equal(workloadName({ pod: "llama-0" }), "llama-0");
  assert.equal(workloadName({ slurm: { job_id: "4711", step: "0", job_name: "train", user: "alice" } }),
    "Slurm 4711.0 · train · alice");
  assert.equal(workloadName({ slurm: { job_id: "4711" } }), "Slurm 4711");
  assert.equal(workloadName({ unit: "vllm.service" }), "vllm.service");
  assert.equal(workloadName({ container_id: "0a1b" }), "0a1b");
});
