import assert from "node:assert/strict";
import { test } from "node:test";
import { modeParameter, TRACE_MODES, traceModeOf } from "./modes";

test("every way to look at a trace has an address; nonsense is the timeline", () => {
  for (const mode of TRACE_MODES) assert.equal(traceModeOf(modeParameter(mode) ?? null), mode);
  assert.equal(traceModeOf("pie"), "timeline");
  assert.equal(modeParameter("timeline"), undefined);
});
