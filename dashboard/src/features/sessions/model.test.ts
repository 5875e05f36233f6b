import assert from "node:assert/strict";
import { test } from "node:test";
import type { Session, User } from "../../generated/api";
import { latestExchange, partyFields, partyOf, partyOrderOf, rangeAround } from "./model";

const numbers = {
  trace_count: 3, span_count: 9, error_count: 1, call_count: 2, input_tokens: "5", output_tokens: 7,
  first_time_unix_nano: "1795248000000000000", last_time_unix_nano: "1795248060000000000",
};

test("sessions and users are shown alike", () => {
  const session = partyOf({ session_id: "s", ...numbers } as Session);
  assert.deepEqual([session.id, session.traceCount, session.inputTokens, session.last - session.first],
    ["s", 3, 5, 60_000]);
  assert.equal(partyOf({ user_id: "u", ...numbers } as User).id, "u");
  const { start, end } = rangeAround(session);
  assert.equal(Date.parse(end) - Date.parse(start), 60_000 + 2 * 3_600_000);
});

test("orders and conditions are those of the API", () => {
  assert.equal(partyOrderOf("trace_count"), "trace_count");
  for (const text of [null, "", "-tokens"]) assert.equal(partyOrderOf(text), "-last_time");
  assert.ok(partyFields("sessions").includes("user") && !partyFields("users").includes("user"));
});

test("a call shows what is new in it", () => {
  const messages = ["system", "user", "assistant", "user", "tool", "assistant"].map(
    (role, index) => ({ role, text: String(index), toolCalls: [] }));
  assert.deepEqual(latestExchange(messages).map((message) => message.text), ["3", "4", "5"]);
  assert.equal(latestExchange(messages.slice(2, 3)).length, 1);
  assert.deepEqual(latestExchange([]), []);
});
