import assert from "node:assert/strict";
import { test } from "node:test";
import type { SavedView } from "../../generated/api";
import { isTraceField } from "../filters/filters";
import { applied, isViewAlone, parametersToSave } from "./saved";

const address = (text: string) => new URLSearchParams(text);
const view = (parameters: Record<string, string>) => ({ id: "v1", parameters }) as unknown as SavedView;

test("a view has the conditions, range and order of the list, and nothing of the page", () => {
  const saved = parametersToSave(
    address("status=error&attr.a=b&start=-6h&sort=-duration&peek=x&view=old&live=1&env=prod&user="), isTraceField);
  assert.deepEqual(saved, {
    status: "error", "attr.a": "b", start: "-6h", sort: "-duration", "resource.deployment.environment.name": "prod",
  });
});

test("a view takes the place of the conditions before; what is not known is told", () => {
  const { changes, ignored } = applied(
    view({ status: "error", start: "-1d", limit: "50", "later.field": "1" }), address("service=a&env=b&peek=p"),
    isTraceField);
  assert.deepEqual(changes, {
    service: undefined, start: "-1d", end: undefined, sort: undefined, env: undefined, status: "error", view: "v1",
  });
  assert.deepEqual(ignored, ["later.field"]);
});

test("what an address says itself goes before the view that it names", () => {
  assert.ok(isViewAlone(address("view=v1"), isTraceField));
  for (const text of ["", "view=v1&status=error", "view=v1&start=-1h"]) {
    assert.ok(!isViewAlone(address(text), isTraceField), text);
  }
});
