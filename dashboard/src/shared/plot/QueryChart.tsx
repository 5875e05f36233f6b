import { useMemo } from "react";
import { useTranslate } from "../i18n/language";
import { aligned, namesOf, parseMatrix, rangeRequest, type PromSeries } from "../query/promql";
import { useQuery } from "../query/useQuery";
import { useRange, useRefresh, useTick } from "../time/useRange";
import { Panel } from "../ui/Panel";
import { QueryView } from "../ui/QueryView";
import { StateMessage } from "../ui/StateMessage";
import { SLOT_COUNT } from "./colours";
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
}

/** Lines that are drawn at most: more cannot be told apart. */
export const LINES_MAX = 8;

/** A panel with a query of PromQL over the range of the page. */
export function QueryChart({ title, query, format, max, height, nameOf }: Props) {
  const t = useTranslate();
  const range = useRange();
  const refreshMs = useRefresh();
  const tick = useTick(refreshMs);
  const request = useMemo(() => rangeRequest(query, range, Date.now()), [query, range, tick]);
  const found = useQuery(request.url, parseMatrix);
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
          />
        )}
      </QueryView>
    </Panel>
  );
}

interface LinesProps extends Omit<Props, "query"> {
  readonly series: readonly PromSeries[];
  readonly times: readonly number[];
}

export function Lines({ title, series, times, format, max, height, nameOf }: LinesProps) {
  const values = useMemo(() => aligned(series, times), [series, times]);
  const names = useMemo(() => (nameOf === undefined ? namesOf(series) : series.map(nameOf)), [series, nameOf]);
  const lines = names.map((name, index) => ({ name, values: values[index] ?? [], slot: (index % SLOT_COUNT) + 1 }));
  return (
    <TimeChart
      title={title} times={times} series={lines} format={format} {...(max === undefined ? {} : { max })}
      {...(height === undefined ? {} : { height })}
    />
  );
}
