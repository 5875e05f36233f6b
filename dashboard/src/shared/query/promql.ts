import type { Parser } from "../api/parsers";
import * as p from "../api/parsers";
import { boundsOf, type TimeRange } from "../time/range";

/** A series as Prometheus' API gives it. */
export interface PromSeries {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value as text. */
  readonly values: readonly (readonly [number, string])[];
}

interface Matrix {
  readonly data: { readonly resultType: string; readonly result: readonly PromSeries[] };
  readonly warnings?: readonly string[];
}

/** The response to a query over a range. */
export const parseMatrix: Parser<Matrix> = p.lazy<Matrix>(() => p.object({
  data: p.object({
    resultType: p.string,
    result: p.list(p.object({ metric: p.record(p.string), values: p.list(p.list(p.union(p.number, p.string))) })),
  }),
  warnings: p.optional(p.list(p.string)),
}));

/** Steps of round lengths, in seconds. */
const STEPS = [1, 5, 10, 15, 30, 60, 300, 900, 1_800, 3_600, 21_600, 86_400];
const POINT_COUNT = 240;

/** The step for a range: round, and of as many points as a chart has room for. */
export function stepOf(range: TimeRange, now: number): number {
  const { from, to } = boundsOf(range, now);
  const raw = (to - from) / 1_000 / POINT_COUNT;
  return STEPS.find((step) => step >= raw) ?? STEPS[STEPS.length - 1] ?? 60;
}

/** A query over a range, and the times of its values in seconds since 1970. */
export interface RangeRequest {
  readonly url: string;
  readonly times: readonly number[];
}

/** A request for a query; it ends at a whole step, so that it is one request until the next step. */
export function rangeRequest(query: string, range: TimeRange, now: number): RangeRequest {
  const step = stepOf(range, now);
  const { from, to } = boundsOf(range, now);
  const whole = (ms: number) => Math.floor(ms / 1_000 / step) * step;
  const [start, end] = [whole(from), whole(to)];
  const parameters = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) });
  const times: number[] = [];
  for (let time = start; time <= end; time += step) times.push(time);
  return { url: `/api/v1/query_range?${parameters}`, times };
}

/** The values of some series at some times; what is missing or no number is a gap. */
export function aligned(series: readonly PromSeries[], times: readonly number[]): (number | null)[][] {
  return series.map((line) => {
    const byTime = new Map(line.values.map(([time, value]) => [time, Number(value)]));
    return times.map((time) => {
      const value = byTime.get(time);
      return value === undefined || !Number.isFinite(value) ? null : value;
    });
  });
}

/** A label's value within a query. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** The labels in which some series differ, as a name for each. */
export function namesOf(series: readonly PromSeries[]): readonly string[] {
  const keys = [...new Set(series.flatMap((line) => Object.keys(line.metric)))];
  const different = keys.filter((key) => new Set(series.map((line) => line.metric[key] ?? "")).size > 1);
  return series.map((line) => {
    const shown = different.length > 0 ? different : keys.filter((key) => key === "__name__");
    const text = shown.filter((key) => key !== "__name__" && line.metric[key] !== undefined)
      .map((key) => `${key}=${line.metric[key]}`).join(" ");
    const name = shown.includes("__name__") ? line.metric["__name__"] ?? "" : "";
    return [name, text].filter((part) => part !== "").join(" ") || "value";
  });
}
