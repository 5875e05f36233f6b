import assert from "node:assert/strict";
import { test } from "node:test";
import { span } from "../../../shared/trace/spans.fixture";
import { treeOf } from "../../../shared/trace/tree";
import { callGraphOf, placed } from "./calls";

const agent = (name: string) => ({
  genAI: { operation: "invoke_agent", request_model: null, response_model: null },
  attributes: { "gen_ai.agent.name": name },
});
const tool = { genAI: { operation: "execute_tool" }, attributes: { "gen_ai.tool.name": "weather" } };
const model = { genAI: { operation: "chat", request_model: "llama" }, service: "models" };
const SPANS = [
  span("root", null, 0, 100, { service: "web" }), span("inner", "root", 0, 95, { service: "web" }),
  span("agent", "inner", 0, 90, agent("planner")), span("step", "agent", 0, 80),
  span("t1", "step", 0, 10, tool), span("t2", "step", 10, 30, { ...tool, error: "no" }),
  span("llm", "step", 30, 60, model), span("queue", "llm", 30, 35, { service: "models" }),
];

test("spans belong to the agent, tool, model or service that they name or run in", () => {
  const graph = callGraphOf(treeOf(SPANS));
  assert.deepEqual(graph.parties.map((party) => [party.id, party.count, party.errorCount]), [
    ["service:web", 2, 0], ["agent:planner", 2, 0], ["tool:weather", 2, 1], ["model:llama", 2, 0],
  ]);
  assert.deepEqual(graph.calls.map((call) => [call.from, call.to, call.count, call.errorCount, call.duration]), [
    ["service:web", "agent:planner", 1, 0, 90], ["agent:planner", "tool:weather", 2, 1, 30],
    ["agent:planner", "model:llama", 1, 0, 30],
  ]);
});

test("callers stand left of those they call", () => {
  const columns = placed(callGraphOf(treeOf(SPANS))).map(({ party, column, row }) => [party.id, column, row]);
  assert.deepEqual(columns,
    [["service:web", 0, 0], ["agent:planner", 1, 0], ["tool:weather", 2, 0], ["model:llama", 2, 1]]);
});

test("calls in a circle have places as well, each party one", () => {
  const graph = callGraphOf(treeOf([
    span("1", null, 0, 9, { service: "a" }), span("2", "1", 0, 8, { service: "b" }),
    span("3", "2", 0, 7, { service: "c" }), span("4", "3", 0, 6, { service: "a" }),
  ]));
  assert.equal(graph.calls.length, 3);
  assert.deepEqual(placed(graph).map(({ party, column }) => [party.name, column]), [["a", 0], ["b", 1], ["c", 2]]);
});

test("a tool without a name has that of its span", () => {
  const graph = callGraphOf(treeOf([span("x", null, 0, 1, { genAI: { operation: "execute_tool" } })]));
  assert.deepEqual(graph.parties.map((party) => party.name), ["span x"]);
});
