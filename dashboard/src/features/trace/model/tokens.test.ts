import assert from "node:assert/strict";
import { test } from "node:test";
import { span } from "../../../shared/trace/spans.fixture";
import { phasesOf, tokenTimelineOf, waitsByPixel } from "./tokens";

const S = 1e9;
const call = (first: number | null, attributes: Record<string, unknown> = {}, events: [string, number][] = []) =>
  span("llm", null, 0, 10 * S, { genAI: { time_to_first_token_ns: first }, attributes, events });
const shown = (made: ReturnType<typeof call>) =>
  phasesOf(made, Number(made.duration_ns)).map(({ kind, from, to }) => [kind, from / S, to / S]);

test("phases are those that attributes tell", () => {
  const vllm = {
    "gen_ai.latency.time_in_queue": 2, "gen_ai.latency.time_in_model_prefill": 1,
    "gen_ai.latency.time_in_model_decode": 5,
  };
  assert.deepEqual(shown(call(3.5 * S, vllm)), [["queue", 0, 2], ["prefill", 2, 3], ["decode", 3.5, 8.5]]);
  assert.deepEqual(shown(call(null, vllm)), [["queue", 0, 2], ["prefill", 2, 3], ["decode", 3, 8]]);
  assert.deepEqual(shown(call(4 * S)), [["wait", 0, 4], ["decode", 4, 10]]);
  assert.deepEqual(shown(call(null)), []);
});

test("phases stay within the span, and nonsense is none", () => {
  assert.deepEqual(shown(call(99 * S)), [["wait", 0, 10]]);
  assert.deepEqual(shown(call(null, { "gen_ai.latency.time_in_queue": "long" })), []);
  assert.deepEqual(shown(call(null, { "gen_ai.latency.time_in_queue": -1 })), []);
  assert.equal(tokenTimelineOf(span("db", null, 0, 9)), null);
  assert.equal(tokenTimelineOf(call(null)), null);
});

test("tokens come from events, and gaps from them", () => {
  const events: [string, number][] = [
    ["gen_ai.content.chunk", 2 * S], ["first_token", S], ["llm.content.completion.chunk", 6 * S], ["retry", 3 * S],
    ["token", 11 * S], ["tokenizer_loaded", 0],
  ];
  const timeline = tokenTimelineOf(call(null, {}, events));
  assert.deepEqual(timeline?.tokens, [S, 2 * S, 6 * S]);
  assert.equal(timeline?.firstToken, S);
  assert.deepEqual(timeline?.gaps, { p50: S, p95: 4 * S, max: 4 * S });
});

test("without events the gaps are those of the attributes", () => {
  const attributes = {
    "axonize.llm.inter_token_latency.p50": 0.5, "axonize.llm.inter_token_latency.max": 2,
    "axonize.llm.tokens_per_second": 40,
  };
  const timeline = tokenTimelineOf(call(S, attributes));
  assert.deepEqual([timeline?.gaps, timeline?.tokensPerSecond], [{ p50: 0.5 * S, p95: null, max: 2 * S }, 40]);
});

test("a pixel has the longest wait that ended in it", () => {
  const events = [0, S, 4 * S, 10 * S].map((time): [string, number] => ["llm.token", time]);
  const timeline = tokenTimelineOf(call(null, {}, events));
  assert.deepEqual(timeline === null ? null : waitsByPixel(timeline, 5), [S, 0, 3 * S, 0, 6 * S]);
});
