const TRACE_ID = /^[0-9a-f]{32}$/;

/** The trace that an address names or somebody typed; null where that is no id of a trace. */
export function traceIDOf(text: string | null): string | null {
  const id = text?.trim().toLowerCase() ?? "";
  return TRACE_ID.test(id) ? id : null;
}
