import assert from "node:assert/strict";
import { test } from "node:test";
import type { GpuSpan } from "../../../generated/api";
import { span } from "../../../shared/trace/spans.fixture";
import { treeOf } from "../../../shared/trace/tree";
import { groupSortOf, groupsOf, sortedGroups } from "./groups";

const TREE = treeOf([
  span("root", null, 0, 100, { name: "request", service: "web" }),
  span("one", "root", 0, 10, { name: "chat", genAI: { input_tokens: 5, output_tokens: null } }),
  span("two", "root", 10, 40, { name: "chat", error: "no", genAI: { input_tokens: "7", output_tokens: 2 } }),
  span("other", "root", 40, 50, { name: "chat", service: "web" }),
]);
const use = (span_id: string, energy: object) => ({ span_id, use: { energy } }) as unknown as GpuSpan;

test("spans of one service and name are added up; what none says is not zero", () => {
  const uses = [use("two", { joules: 9, self_joules: 4 }), use("two", { joules: 1 }), use("one", {})];
  const groups = sortedGroups(groupsOf(TREE, uses), groupSortOf("name"));
  assert.deepEqual(groups.map((group) => [group.service, group.name, group.count, group.errorCount, group.total]),
    [["a", "chat", 2, 1, 40], ["web", "chat", 1, 0, 10], ["web", "request", 1, 0, 100]]);
  const [chat, other] = groups;
  assert.deepEqual([chat?.inputTokens, chat?.outputTokens, chat?.joules, chat?.mean, chat?.p95], [12, 2, 5, 20, 30]);
  assert.deepEqual([other?.inputTokens, other?.joules], [null, null]);
  assert.deepEqual(chat?.members.map((place) => TREE.nodes[place]?.span.span_id), ["two", "one"]);
});

test("p95 is the nearest rank", () => {
  const spans = Array.from({ length: 100 }, (_value, index) => span(`s${index}`, null, 0, index + 1, { name: "x" }));
  assert.equal(groupsOf(treeOf(spans), [])[0]?.p95, 95);
});

test("orders of the address; groups without the value are last, whichever way", () => {
  assert.deepEqual(groupSortOf("-total"), { order: "total", isDown: true });
  for (const nonsense of [null, "", "-", "-nothing"]) assert.equal(groupSortOf(nonsense).order, "self_time");
  const groups = groupsOf(TREE, []);
  for (const order of ["tokens", "-tokens"]) {
    assert.equal(sortedGroups(groups, groupSortOf(order))[0]?.service, "a", order);
  }
  assert.equal(sortedGroups(groups, groupSortOf("-total"))[0]?.name, "request");
});
