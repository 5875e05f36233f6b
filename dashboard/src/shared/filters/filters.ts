/** A condition of a list, by the name that the API has for it. */
export interface Filter {
  readonly name: string;
  readonly value: string;
}

/** The conditions that lists of traces take, in the order in which they are offered. */
export const TRACE_FIELDS = [
  "service", "status", "operation", "model", "provider", "user", "session", "gpu", "min_duration_ms", "max_duration_ms",
] as const;
const FAMILIES = ["attr.", "resource."];

/** Whether the API takes a name as a condition of traces. */
export function isTraceField(name: string): boolean {
  return name === "q" || (TRACE_FIELDS as readonly string[]).includes(name) ||
    FAMILIES.some((family) => name.startsWith(family) && name.length > family.length);
}

/** The conditions in the address of a view; those of one side of a comparison have its prefix, which is left out. */
export function filtersOf(
  parameters: URLSearchParams, isField: (name: string) => boolean, prefix = "",
): readonly Filter[] {
  return [...parameters].filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => ({ name: name.slice(prefix.length), value }))
    .filter(({ name, value }) => isField(name) && value !== "");
}

const UNITS_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

/** A condition as a person types it: `status=error`, `> 500ms`, `{ span.x = 1 }`; null where it is none. */
export function parseFilter(text: string, isField: (name: string) => boolean): Filter | null {
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) return isField("q") ? { name: "q", value: trimmed } : null;
  const duration = /^(>|<)=?\s*(\d+(?:\.\d+)?)\s*(us|ms|s|m)$/.exec(trimmed);
  if (duration !== null) {
    const value = Number(duration[2]) * (UNITS_MS[duration[3] ?? "ms"] ?? 1);
    return { name: duration[1] === ">" ? "min_duration_ms" : "max_duration_ms", value: String(value) };
  }
  const pair = /^([^=\s]+)\s*=\s*(.+)$/.exec(trimmed);
  if (pair === null) return null;
  const [name, value] = [pair[1] ?? "", pair[2] ?? ""];
  return isField(name) ? { name, value } : null;
}

/** How a condition reads on its chip. */
export function filterText({ name, value }: Filter): string {
  switch (name) {
    case "q": return value;
    case "min_duration_ms": return `> ${value} ms`;
    case "max_duration_ms": return `< ${value} ms`;
    default: return `${name} = ${value}`;
  }
}
