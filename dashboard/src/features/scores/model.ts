import type { ScoreName, ScoreTimeline } from "../../generated/api";
import { toNumber } from "../../shared/format/numbers";
import { msOfNanoseconds } from "../../shared/format/times";
import { gridOf, onGrid, type ChartSeries } from "../../shared/plot/series";

/** Lines of the chart: more cannot be told apart. */
export const LINES_MAX = 8;

/** The mean of each name over time: of numbers, and the share of yes; categories have none. */
export function courseOf(timeline: ScoreTimeline["data"]): {
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
} {
  const [from, to] = [msOfNanoseconds(timeline.start_time_unix_nano), msOfNanoseconds(timeline.end_time_unix_nano)];
  const times = gridOf(from, to, timeline.step_seconds);
  const series = timeline.series.filter(({ kind }) => kind !== "category").slice(0, LINES_MAX)
    .map((line, index): ChartSeries => ({
      name: line.name, slot: index + 1,
      values: onGrid(
        line.points, (point) => msOfNanoseconds(point.time_unix_nano) / 1_000, (point) => point.mean, times, null),
    }));
  return { times, series };
}

/** The condition in TraceQL of traces that have a score of a name. */
export function queryOf(name: string): string {
  const isPlain = /^[A-Za-z_][\w.-]*$/.test(name);
  return `{ score.${isPlain ? name : `"${name.replace(/[\\"]/g, "\\$&")}"`} != nil }`;
}

/** The most frequent categories with their shares. */
export function categoriesOf({ categories, count }: Pick<ScoreName, "categories" | "count">): readonly {
  readonly name: string;
  readonly share: number;
}[] {
  const total = Math.max(1, toNumber(count));
  return categories.map((category) => ({ name: category.name, share: toNumber(category.count) / total }));
}
