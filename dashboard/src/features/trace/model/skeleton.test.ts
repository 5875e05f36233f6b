import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trace } from "../../../generated/api";
import { span } from "../../../shared/trace/spans.fixture";
import { buffersOf, openTraceOf, packedSkeleton, unpackedTrace } from "./skeleton";

const id = (digit: string) => digit.repeat(16);
const column = (values: readonly string[], rows: readonly number[]) => ({ values, rows });

/** A root, a call of a model below it, an orphan that failed, and a child that runs at the same time as the call. */
const SKELETON = {
  trace_id: "f".repeat(32), root_name: "POST", root_service: "gateway",
  start_time_unix_nano: "1795248000000000000", duration_ns: 100, span_count: 4, error_count: 1, input_tokens: 100,
  output_tokens: 200, truncated: false,
  spans: {
    span_id: [id("1"), id("2"), id("3"), id("4")], parent: [null, 0, 4, 0], missing_parents: [id("9")],
    name: column(["POST", "chat", "late", "log"], [0, 1, 2, 3]),
    service_name: column(["gateway", "chat"], [0, 1, 0, 0]),
    kind: column(["server"], [0, 0, 0, 0]), status: column(["unset", "ok", "error"], [0, 1, 2, 0]),
    start_ns: [0, 5, 10, "20"], duration_ns: [100, 80, 5, "70"],
  },
  calls: {
    span: [1], provider: column(["vllm"], [0]), operation: column(["chat"], [0]), model: column(["llama-3"], [0]),
    input_tokens: [100], output_tokens: ["200"], cached_tokens: [null], time_to_first_token_ns: [5],
    time_per_output_token_ns: [null],
  },
  gpus: { span: [1], gpu: column(["GPU-1"], [0]) },
};
const { spans: _spans, calls: _calls, gpus: _gpus, ...FACTS } = SKELETON;
const answer = (data: unknown) => JSON.stringify({ data });
const SPANS = [
  span(id("1"), null, 0, 100, { name: "POST", service: "gateway" }),
  span(id("2"), id("1"), 5, 85, { name: "chat", service: "chat", genAI: { operation: "chat" } }),
  span(id("3"), id("9"), 10, 15, { name: "late", service: "gateway", error: "no" }),
  span(id("4"), id("1"), 20, 90, { name: "log", service: "gateway" }),
];

test("a skeleton makes the tree that whole spans make", () => {
  const opened = unpackedTrace(packedSkeleton(answer(SKELETON)));
  const whole = openTraceOf({ ...FACTS, end_time_unix_nano: "1795248000000000100", spans: SPANS } as unknown as Trace);
  const shown = ({ tree }: typeof opened) => tree.nodes.map(({ span: found, whole: _whole, ...node }) =>
    ({ ...node, id: found.span_id, name: found.name, service: found.service_name }));
  assert.deepEqual(shown(opened), shown(whole));
  assert.deepEqual(opened.tree.nodes.map((node) => [node.span.name, node.depth, node.selfTime, node.isOrphan]),
    [["POST", 0, 15, false], ["chat", 1, 80, false], ["log", 1, 70, false], ["late", 0, 5, true]]);
  const { nodes: _one, ...tree } = opened.tree;
  const { nodes: _other, ...wholeTree } = whole.tree;
  assert.deepEqual(tree, wholeTree);
});

test("only whole spans have attributes", () => {
  const opened = unpackedTrace(packedSkeleton(answer(SKELETON)));
  assert.equal(opened.spans, null);
  assert.ok(opened.tree.nodes.every((node) => node.whole === null && node.span.attributes === undefined));
});

test("calls of models and GPUs are known of a skeleton", () => {
  const opened = unpackedTrace(packedSkeleton(answer(SKELETON)));
  assert.deepEqual(opened.tree.nodes[1]?.span.gen_ai, {
    operation: "chat", request_model: "llama-3", response_model: "llama-3", input_tokens: 100, output_tokens: "200",
    time_to_first_token_ns: 5,
  });
  assert.deepEqual(opened.tree.nodes.filter((node) => node.span.gen_ai !== null).length, 1);
  assert.equal(opened.hasGpus, true);
  const without = { ...SKELETON, gpus: { span: [], gpu: column([], []) } };
  assert.equal(unpackedTrace(packedSkeleton(answer(without))).hasGpus, false);
});

test("what the worker sends survives the way, and its columns are moved", () => {
  const sent = packedSkeleton(answer(SKELETON));
  const opened = unpackedTrace(packedSkeleton(answer(SKELETON)));
  const received = structuredClone(sent, { transfer: buffersOf(sent) });
  assert.equal(sent.layout.places.length, 0);
  assert.deepEqual(unpackedTrace(received), opened);
});

test("a skeleton that is not what the API promises says where", () => {
  const broken = { ...SKELETON, spans: { ...SKELETON.spans, parent: ["x"] } };
  assert.throws(() => packedSkeleton(answer(broken)), /^MalformedResponse: \/data\/spans\/parent\/0 is not /);
});
