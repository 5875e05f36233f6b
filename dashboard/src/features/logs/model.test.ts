import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogRecord } from "../../generated/api";
import { bodyOf, isLogField, severityOf } from "./model";

test("levels of OpenTelemetry's numbers", () => {
  const rows = [
    [0, null], [1, "trace"], [4, "trace"], [5, "debug"], [9, "info"], [13, "warn"], [17, "error"], [24, "fatal"],
    [25, null],
  ] as const;
  for (const [number, name] of rows) assert.equal(severityOf(number), name, String(number));
});

test("a body is shown whatever it is", () => {
  const record = (body: unknown, event = "") => bodyOf({ body, event_name: event } as unknown as LogRecord);
  assert.equal(record("text"), "text");
  assert.equal(record({ a: 1 }), '{"a":1}');
  assert.equal(record(null, "an.event"), "an.event");
});

test("conditions of logs", () => {
  for (const name of ["service", "trace_id", "attr.a", "resource.b"]) assert.ok(isLogField(name), name);
  for (const name of ["status", "attr.", "start"]) assert.ok(!isLogField(name), name);
});
