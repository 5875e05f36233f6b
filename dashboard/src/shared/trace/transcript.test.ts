import assert from "node:assert/strict";
import { test } from "node:test";
import type { Span } from "../../generated/api";
import { callsOf, messagesOf } from "./transcript";

const span = (attributes: Record<string, unknown>, id = "a", parent: string | null = null): Span =>
  ({ span_id: id, parent_span_id: parent, attributes, gen_ai: {} } as unknown as Span);
const read = (attributes: Record<string, unknown>) =>
  messagesOf(span(attributes)).map((message) => `${message.role}: ${message.text}`);

test("messages of OpenTelemetry, as JSON and as values", () => {
  const messages = [{ role: "user", parts: [{ type: "text", content: "Hi" }, { type: "text", content: "there" }] }];
  for (const value of [messages, JSON.stringify(messages)]) {
    assert.deepEqual(read({ "gen_ai.input.messages": value }), ["user: Hi\nthere"]);
  }
  const instructions = [{ type: "text", content: "Be short" }];
  assert.deepEqual(read({ "gen_ai.system_instructions": instructions }), ["system: Be short"]);
});

test("calls of tools and their results", () => {
  const [call, result] = messagesOf(span({
    "gen_ai.output.messages": [
      { role: "assistant", parts: [{ type: "tool_call", name: "weather", arguments: { city: "Seoul" } }] },
      { role: "tool", parts: [{ type: "tool_call_response", result: "22 °C" }] },
    ],
  }));
  assert.equal(call?.toolCalls[0]?.name, "weather");
  assert.match(call?.toolCalls[0]?.arguments ?? "", /Seoul/);
  assert.equal(result?.text, "22 °C");
});

test("numbered attributes of older conventions", () => {
  assert.deepEqual(read({
    "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Q", "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "A",
  }), ["user: Q", "assistant: A"]);
  assert.deepEqual(read({ "llm.input_messages.0.message.role": "system", "llm.input_messages.0.message.content": "S" }),
    ["system: S"]);
  assert.deepEqual(read({ "input.value": "in", "output.value": "out" }), ["user: in", "assistant: out"]);
});

test("nonsense is no message, and breaks nothing", () => {
  for (const value of ["not json", 7, null, { role: "user" }, [1, null, { parts: "x" }], "{}"]) {
    assert.ok(messagesOf(span({ "gen_ai.input.messages": value })).length <= 1, String(value));
  }
});

test("an outer span that repeats the messages of a call inside is left out", () => {
  const messages = { "input.value": "Q" };
  const calls = callsOf([span(messages, "agent"), span({}, "step", "agent"), span(messages, "llm", "step")]);
  assert.deepEqual(calls.map((call) => call.span.span_id), ["llm"]);
});
