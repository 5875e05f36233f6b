import type { TraceSummary } from "../../generated/api";
import type { Filter } from "../../shared/filters/filters";
import { toNumber } from "../../shared/format/numbers";
import { msOfNanoseconds } from "../../shared/format/times";

/** Where a trace is in a picture of durations over time, both from 0 to 1; the longest is at the top. */
export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly isError: boolean;
  readonly index: number;
}

export interface Picture {
  readonly dots: readonly Dot[];
  /** Nanoseconds. */
  readonly shortest: number;
  readonly longest: number;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** The dots of some traces; durations are on a logarithmic axis, since a slow one is many times a usual one. */
export function pictureOf(traces: readonly TraceSummary[]): Picture | null {
  if (traces.length === 0) return null;
  const starts = traces.map((trace) => msOfNanoseconds(trace.start_time_unix_nano));
  const durations = traces.map((trace) => Math.max(1, toNumber(trace.duration_ns)));
  const range = (values: readonly number[]) =>
    values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const,
      [Infinity, -Infinity] as readonly [number, number]);
  const [from, to] = range(starts);
  const [shortest, longest] = range(durations);
  const span = Math.max(1, to - from);
  const height = Math.log(longest / shortest) || 1;
  const dots = traces.map((trace, index) => ({
    x: to === from ? 0.5 : ((starts[index] ?? from) - from) / span,
    y: longest === shortest ? 0.5 : 1 - Math.log((durations[index] ?? shortest) / shortest) / height,
    isError: trace.error_count > 0,
    index,
  }));
  return { dots, shortest, longest, from, to };
}

/** Of the loaded traces, the share that counts as slow. */
const SLOW_SHARE = 0.05;

/** Milliseconds from which on a trace is one of the slowest of some; null where too few are loaded to say. */
export function slowFrom(traces: readonly TraceSummary[]): number | null {
  if (traces.length < 1 / SLOW_SHARE) return null;
  const durations = traces.map((trace) => toNumber(trace.duration_ns)).sort((one, other) => other - one);
  const limit = durations[Math.ceil(durations.length * SLOW_SHARE) - 1];
  return limit === undefined ? null : Math.floor(limit / 1e6);
}

/** The two sides of a comparison of the slowest of some traces with the faster ones, under the same conditions. */
export function slowestSides(
  fromMs: number, filters: readonly Filter[], environment: string | null,
): Readonly<Record<string, string>> {
  const sides: Record<string, string> = {};
  for (const [side, sign] of [["a", ">="], ["b", "<"]] as const) {
    const condition = `{ traceDuration ${sign} ${fromMs}ms }`;
    for (const { name, value } of filters) {
      // Those are of spans in a comparison; here they are of traces, as the new condition.
      if (name === "min_duration_ms" || name === "max_duration_ms") continue;
      sides[`${side}.${name}`] = value;
    }
    if (environment !== null) sides[`${side}.resource.deployment.environment.name`] = environment;
    const query = sides[`${side}.q`];
    const inner = query === undefined ? null : /^\{([^{}]*)\}$/.exec(query.trim())?.[1]?.trim();
    sides[`${side}.q`] = inner === undefined || inner === null || inner === "" ? condition
      : `{ (${inner}) && traceDuration ${sign} ${fromMs}ms }`;
  }
  return sides;
}

/** The dot nearest to a place within a distance, in the pixels of a picture; null where there is none. */
export function nearest(
  picture: Picture, x: number, y: number, width: number, height: number, distanceMax: number,
): Dot | null {
  let [best, bestDistance]: [Dot | null, number] = [null, distanceMax * distanceMax];
  for (const dot of picture.dots) {
    const distance = (dot.x * width - x) ** 2 + (dot.y * height - y) ** 2;
    if (distance <= bestDistance) [best, bestDistance] = [dot, distance];
  }
  return best;
}
