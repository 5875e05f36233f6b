import assert from "node:assert/strict";
import { test } from "node:test";
import { choicesOf, facetQuery } from "./facets";

const facet = { field: "service", value_count: 2, values: [
  { value: "chat", span_count: 3, trace_count: 1 }, { value: "gateway", span_count: 2, trace_count: 1 },
] };

test("counts are of the list's conditions without the durations of traces", () => {
  assert.deepEqual(
    facetQuery([
      { name: "service", value: "chat" }, { name: "min_duration_ms", value: "5" }, { name: "q", value: "{}" },
    ]),
    { service: "chat", q: "{}" });
});

test("what is chosen can be taken back, also where no span has it", () => {
  assert.deepEqual(choicesOf(facet, "chat").map((choice) => choice.value), ["chat", "gateway"]);
  assert.deepEqual(choicesOf(facet, "vllm")[0], { value: "vllm", count: null });
  assert.deepEqual(choicesOf(undefined, null), []);
});
