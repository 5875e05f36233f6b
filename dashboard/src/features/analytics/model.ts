import type { Energy, LatencySeries, Overview, ThroughputSeries } from "../../generated/api";
import { toNumber } from "../../shared/format/numbers";
import { gridOf, onGrid, wholeSteps, type ChartSeries } from "../../shared/plot/series";

/** What numbers are shown by; the names are those of the API. */
export const GROUPINGS = ["service", "model", "provider", "operation", "gpu", "user", "session"] as const;
/** One of these, or an attribute: `attr.KEY` of spans, `resource.KEY` of what sent them. */
export type Grouping = (typeof GROUPINGS)[number] | AttributeGrouping;
export type AttributeGrouping = `attr.${string}` | `resource.${string}`;

export const isAttribute = (text: string): text is AttributeGrouping => /^(attr|resource)\../.test(text);

export function groupingOf(text: string | null): Grouping {
  if (text !== null && isAttribute(text)) return text;
  return GROUPINGS.find((name) => name === text) ?? "service";
}

const WITHOUT_ENERGY: readonly string[] = ["user", "session"];
/** Whether energy is known by it. */
export const hasEnergy = (by: Grouping): boolean => !isAttribute(by) && !WITHOUT_ENERGY.includes(by);

/** Models, providers and operations are of calls; of others every span counts. */
const OF_CALLS: readonly string[] = ["model", "provider", "operation"];

/** What the chart shows, from which of the API's answers. */
export const MEASURES = ["p50", "p95", "p99", "rate", "errors", "output_tokens", "energy", "cost"] as const;
export type Measure = (typeof MEASURES)[number];
export const measureOf = (text: string | null): Measure => MEASURES.find((name) => name === text) ?? "p95";

export type Source = "latency" | "throughput" | "energy";
export const sourceOf = (measure: Measure): Source =>
  measure === "energy" || measure === "cost" ? "energy"
    : measure === "p50" || measure === "p95" || measure === "p99" ? "latency" : "throughput";

export interface Chart {
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
}

type Naming = (group: string | null) => { readonly name: string; readonly slot: number };

export function latencyChart(data: LatencySeries["data"], measure: "p50" | "p95" | "p99", naming: Naming): Chart {
  const times = gridOf(Date.parse(data.start), Date.parse(data.end), data.step_seconds);
  return {
    times, series: data.series.map((line) => ({
      ...naming(line.group),
      values: onGrid(line.points, secondsOf, (point) => point.duration_ms[measure], times, null),
    })),
  };
}

export function throughputChart(
  data: ThroughputSeries["data"], measure: "rate" | "errors" | "output_tokens", naming: Naming,
): Chart {
  const [start, end] = [Date.parse(data.start), Date.parse(data.end)];
  const times = gridOf(start, end, data.step_seconds);
  return {
    times, series: data.series.map((line) => ({
      ...naming(line.group),
      values: measure === "errors"
        ? onGrid(line.points, secondsOf, (point) => point.error_rate, times, null)
        : wholeSteps(
          onGrid(line.points, secondsOf, (point) =>
            measure === "rate" ? point.spans_per_second : point.output_tokens_per_second, times, 0),
          times, data.step_seconds, start, end),
    })),
  };
}

/** Mean power, or cost an hour, of each group; steps that are not computed to their end have none. */
export function energyChart(
  data: Energy, by: Grouping, measure: "energy" | "cost", stepSeconds: number, linesMax: number, naming: Naming,
): Chart {
  const [start, end] = [Date.parse(data.start), Date.parse(data.complete_until ?? data.start)];
  const times = gridOf(start, Date.parse(data.end), stepSeconds);
  return {
    times, series: data.groups.slice(0, linesMax).map((group) => ({
      ...naming(group.group[by] ?? null),
      values: wholeSteps(
        onGrid(group.points ?? [], secondsOf, (point) => {
          if (measure === "energy") return point.joules / stepSeconds;
          const cost = sumOfCosts(point);
          return cost === null ? null : (cost * 3_600) / stepSeconds;
        }, times, 0),
        times, stepSeconds, start, end),
    })),
  };
}

const secondsOf = (point: { readonly time: string }): number => Date.parse(point.time) / 1_000;

interface Costs {
  readonly energy_cost: number | null;
  readonly gpu_cost: number | null;
}

/** What energy and GPU time cost together; null where neither has a price. */
export function sumOfCosts({ energy_cost: energy, gpu_cost: gpu }: Costs): number | null {
  return energy === null && gpu === null ? null : (energy ?? 0) + (gpu ?? 0);
}

export interface Row {
  readonly group: string;
  readonly calls: number;
  readonly errorRate: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly joules: number | null;
  readonly joulesPerOutputToken: number | null;
  readonly cost: number | null;
}

/** The groups of the overview, each with the energy that the same group took. */
export function rowsOf(overview: Overview["data"], energy: Energy | null, by: Grouping): readonly Row[] {
  const used = new Map((energy?.groups ?? []).map((group) => [group.group[by] ?? "", group]));
  return overview.groups.map((group) => {
    const use = used.get(group.group);
    return {
      group: group.group, calls: OF_CALLS.includes(by) ? group.call_count : group.span_count,
      errorRate: group.error_rate,
      p50: group.duration_ms.p50, p95: group.duration_ms.p95, p99: group.duration_ms.p99,
      inputTokens: toNumber(group.input_tokens), outputTokens: toNumber(group.output_tokens),
      joules: use?.joules ?? null, joulesPerOutputToken: use?.joules_per_output_token ?? null,
      cost: use === undefined ? null : sumOfCosts(use),
    };
  });
}

export type SortKey = Exclude<keyof Row, "group">;
export const SORT_KEYS: readonly SortKey[] = [
  "calls", "errorRate", "p50", "p95", "p99", "inputTokens", "outputTokens", "joules", "joulesPerOutputToken", "cost",
];
export const sortKeyOf = (text: string | null): SortKey => SORT_KEYS.find((name) => name === text) ?? "calls";

/** Rows by one number, the greatest first; rows without it come last. */
export function sorted(rows: readonly Row[], key: SortKey): readonly Row[] {
  return [...rows].sort((one, other) => (other[key] ?? -Infinity) - (one[key] ?? -Infinity));
}

/** Rows as a file of comma-separated values, for spreadsheets. */
export function csvOf(rows: readonly Row[], by: Grouping): string {
  const cell = (value: string | number | null): string => {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    // A text that a spreadsheet would compute is kept a text.
    const text = /^[=+\-@\t]/.test(value) ? `'${value}` : value;
    return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  const names: readonly (keyof Row)[] = ["group", ...SORT_KEYS];
  const lines = rows.map((row) => names.map((name) => cell(row[name])).join(","));
  return [[by, ...SORT_KEYS].join(","), ...lines].join("\n");
}
