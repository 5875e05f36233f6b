import { useMemo } from "react";
import { useTranslate } from "../i18n/language";
import { aligned, namesOf, parseMatrix, rangeRequest, type PromSeries } from "../query/promql";
import { useQuery } from "../query/useQuery";
import { absolute, boundsOf } from "../time/range";
import { useRange, useRefresh, useTick } from "../time/useRange";
import { Panel } from "../ui/Panel";
import { QueryView } from "../ui/QueryView";
import { StateMessage } from "../ui/StateMessage";
import { SLOT_COUNT } from "./colours";
import type { ChartSeries } from "./series";
import { TimeChart } from "./TimeChart";

interface Props {
  readonly title: string;
  readonly query: string;
  readonly format: (value: number | null) => string;
  /** The top of the axis where that is fixed. */
  readonly max?: number;
  readonly height?: number;
  /** Names of the lines instead of the labels in which they differ. */
  readonly nameOf?: (series: PromSeries) => string;
  /** The same lines of a time before, thinner, such as those of the day before. */
  readonly before?: Before;
}

export interface Before {
  readonly ms: number;
  readonly name: string;
}

/** Lines that are drawn at most: more cannot be told apart. */
export const LINES_MAX = 8;

/** A panel with a query of PromQL over the range of the page. */
export function QueryChart({ title, query, format, max, height, nameOf, before }: Props) {
  const t = useTranslate();
  const range = useRange();
  const refreshMs = useRefresh();
  const tick = useTick(refreshMs);
  const request = useMemo(() => rangeRequest(query, range, Date.now()), [query, range, tick]);
  const found = useQuery(request.url, parseMatrix);
  const earlier = useMemo(() => {
    if (before === undefined) return null;
    const { from, to } = boundsOf(range, Date.now());
    return rangeRequest(query, absolute(from - before.ms, to - before.ms), Date.now());
  }, [query, range, tick, before]);
  const past = useQuery(earlier?.url ?? null, parseMatrix);
  return (
    <Panel title={title}>
      <QueryView
        query={found} isEmpty={({ data }) => data.result.length === 0}
        empty={<StateMessage title={t("gpus.noHistory")} />}
      >
        {({ data }) => (
          <Lines
            title={title} series={data.result.slice(0, LINES_MAX)} times={request.times} format={format}
            {...(max === undefined ? {} : { max })} {...(height === undefined ? {} : { height })}
            {...(nameOf === undefined ? {} : { nameOf })}
            {...(before === undefined || past.data === null ? {} : { before, past: past.data.data.result })}
          />
        )}
      </QueryView>
    </Panel>
  );
}

interface LinesProps extends Omit<Props, "query"> {
  readonly series: readonly PromSeries[];
  readonly times: readonly number[];
  readonly past?: readonly PromSeries[];
}

export function Lines({ title, series, times, format, max, height, nameOf, before, past = [] }: LinesProps) {
  const values = useMemo(() => aligned(series, times), [series, times]);
  const names = useMemo(() => (nameOf === undefined ? namesOf(series) : series.map(nameOf)), [series, nameOf]);
  const lines: ChartSeries[] =
    names.map((name, index) => ({ name, values: values[index] ?? [], slot: (index % SLOT_COUNT) + 1 }));
  if (before !== undefined) {
    const shown = past.slice(0, Math.max(0, LINES_MAX - lines.length));
    const shifted = aligned(shown, times.map((time) => time - before.ms / 1_000));
    shown.forEach((line, index) => lines.push({
      name: `${nameOf?.(line) ?? title}, ${before.name}`, values: shifted[index] ?? [],
      slot: (lines.length % SLOT_COUNT) + 1, isThin: true,
    }));
  }
  return (
    <TimeChart
      title={title} times={times} series={lines} format={format} {...(max === undefined ? {} : { max })}
      {...(height === undefined ? {} : { height })}
    />
  );
}
