import type { ComparedValue } from "../../generated/api";
import { filtersOf, isTraceField, type Filter } from "../../shared/filters/filters";
import type { TimeRange } from "../../shared/time/range";

export type Side = "a" | "b";

/** One selection of a comparison, as the address has it. */
export interface Selection {
  readonly filters: readonly Filter[];
  readonly range: TimeRange;
  /** Whether it has a time range of its own. */
  readonly hasTime: boolean;
}

/** A selection; its time is its own, else that of selection A, else that of the page. */
export function selectionOf(parameters: URLSearchParams, side: Side, range: TimeRange): Selection {
  const own = (of: Side) => ({ start: parameters.get(`${of}.start`), end: parameters.get(`${of}.end`) });
  const { start, end } = own(side);
  const before = side === "b" ? own("a") : { start: null, end: null };
  return {
    filters: filtersOf(parameters, isTraceField, `${side}.`), hasTime: start !== null || end !== null,
    range: { start: start ?? before.start ?? range.start, end: end ?? before.end ?? range.end },
  };
}

export const isChosen = ({ filters, hasTime }: Selection): boolean => hasTime || filters.length > 0;

/** The parameters of the request; null where nothing is chosen. */
export function requestOf(a: Selection, b: Selection): Readonly<Record<string, string>> | null {
  if (!isChosen(a) && !isChosen(b)) return null;
  const request: Record<string, string> = {};
  const put = (side: Side, { filters, range }: Selection) => {
    for (const { name, value } of filters) request[`${side}.${name}`] = value;
    request[`${side}.start`] = range.start;
    if (range.end !== "now") request[`${side}.end`] = range.end;
  };
  put("a", a);
  // Nothing said of B means the rest.
  if (isChosen(b)) put("b", b);
  return request;
}

const FIELDS = ["service", "operation", "status", "model", "provider", "user", "session", "gpu"];
const quoted = (value: string): string => `"${value.replace(/[\\"]/g, "\\$&")}"`;

/** The condition in TraceQL of a value that is no parameter of a list; null where there is none. */
function conditionOf({ field, value }: Pick<ComparedValue, "field" | "value">): string | null {
  switch (field) {
    case "kind": return `kind = ${value}`;
    case "scope": return `instrumentation:name = ${quoted(value)}`;
    case "error_type": return `span.error.type = ${quoted(value)}`;
    default: return null;
  }
}

/** The parameters of the traces with the spans of a selection that have a value; null where no list can be asked. */
export function tracesWith(
  { filters, range }: Selection, compared: Pick<ComparedValue, "field" | "value">,
): Readonly<Record<string, string | undefined>> | null {
  const isParameter = FIELDS.includes(compared.field) || /^(attr|resource)\../.test(compared.field);
  const condition = isParameter ? null : conditionOf(compared);
  if (!isParameter && condition === null) return null;
  const parameters: Record<string, string | undefined> =
    { service: undefined, start: range.start, end: range.end === "now" ? undefined : range.end };
  const conditions = condition === null ? [] : [condition];
  for (const { name, value } of filters) {
    // A list has the durations of traces under these names.
    if (name === "min_duration_ms") conditions.push(`duration >= ${value}ms`);
    else if (name === "max_duration_ms") conditions.push(`duration <= ${value}ms`);
    else parameters[name] = value;
  }
  if (isParameter) parameters[compared.field] = compared.value;
  if (conditions.length > 0) {
    const query = `{ ${conditions.join(" && ")} }`;
    parameters.q = parameters.q === undefined ? query : `${parameters.q} && ${query}`;
  }
  return parameters;
}

/** How many times as frequent a value is, in two digits. */
export const liftText = (lift: number): string => `× ${Number(lift.toPrecision(2))}`;

/** How probable a difference is by chance: `0.02`, `< 0.001`. */
export function probability(value: number): string {
  if (value < 0.001) return "< 0.001";
  return String(Number(Math.min(1, value).toPrecision(2)));
}
