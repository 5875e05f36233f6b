import assert from "node:assert/strict";
import { test } from "node:test";
import { filtersOf, filterText, isTraceField, parseFilter } from "./filters";

test("conditions are read as they are typed", () => {
  const rows: [string, string | null][] = [
    ["status=error", "status = error"], [" service = chat ", "service = chat"], ["> 500ms", "> 500 ms"],
    [">=1.5s", "> 1500 ms"], ["< 20us", "< 0.02 ms"], ["{ span.x > 1 }", "{ span.x > 1 }"],
    ["attr.http.route=/v1?a=b", "attr.http.route = /v1?a=b"], ["resource.k8s.pod=p-1", "resource.k8s.pod = p-1"],
    ["nonsense", null], ["colour=red", null], ["attr.=x", null], ["status=", null], ["", null], ["> 5", null],
  ];
  for (const [text, expected] of rows) {
    const filter = parseFilter(text, isTraceField);
    assert.equal(filter === null ? null : filterText(filter), expected, text);
  }
});

test("an address has conditions and other things", () => {
  const parameters = new URLSearchParams("start=-1h&status=error&attr.a=1&sort=duration&q={}&model=");
  assert.deepEqual(filtersOf(parameters, isTraceField).map((filter) => filter.name), ["status", "attr.a", "q"]);
  const sides = new URLSearchParams("a.status=error&b.service=chat&status=ok&a.start=-1h");
  assert.deepEqual(filtersOf(sides, isTraceField, "a."), [{ name: "status", value: "error" }]);
});
