/** The ways to look at a trace, under the names that the address has; the keys 1 to 5 in this order. */
export const TRACE_MODES = ["timeline", "flame", "table", "transcript", "graph"] as const;
export type TraceMode = (typeof TRACE_MODES)[number];

/** The way that an address names; nonsense means the timeline. */
export function traceModeOf(text: string | null): TraceMode {
  return TRACE_MODES.find((mode) => mode === text) ?? "timeline";
}

/** What an address has for a way: nothing for the timeline. */
export function modeParameter(mode: TraceMode): string | undefined {
  return mode === "timeline" ? undefined : mode;
}
