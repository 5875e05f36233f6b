import { useMemo } from "react";
import { parseHeatMapResponse, type HeatMap, type LatencySeries } from "../../generated/api";
import { useTranslate } from "../i18n/language";
import type { HeatLine } from "../plot/drawHeat";
import type { HeatSelection } from "../plot/heat";
import { HeatMapChart } from "../plot/HeatMapChart";
import { apiURL } from "../query/client";
import { useQuery } from "../query/useQuery";
import { hrefOf, navigate } from "../router/location";
import { boundsOf } from "../time/range";
import { useRange, useRefresh } from "../time/useRange";
import { Panel } from "../ui/Panel";
import { QueryView } from "../ui/QueryView";
import { sidesOf } from "./compare";

interface Props {
  readonly title: string;
  readonly service: string | undefined;
  /** Percentiles of the same spans, where the page has asked for them. */
  readonly latency?: LatencySeries | null;
  readonly height?: number;
}

const HEIGHT = 204;

/** How long spans took, over time; a box leads to what is special about the spans in it. */
export function LatencyHeatMap({ title, service, latency = null, height = HEIGHT }: Props) {
  const t = useTranslate();
  const range = useRange();
  const query = useQuery(
    apiURL("/analytics/heatmap", { start: range.start, end: range.end === "now" ? undefined : range.end, service }),
    parseHeatMapResponse, { refreshMs: useRefresh() });
  const lines = useMemo(() => (latency === null ? [] : linesOf(latency.data)), [latency]);
  const choose = (selection: HeatSelection) => navigate(hrefOf("/compare", sidesOf(
    selection, service === undefined ? [] : [{ name: "service", value: service }], boundsOf(range, Date.now()))));
  return (
    <Panel title={title} actions={<span className="faint">{t("heat.action")}</span>}>
      <QueryView query={query} isEmpty={({ data }: { data: HeatMap }) => data.columns.length === 0}>
        {({ data }) => <HeatMapChart title={title} map={data} lines={lines} height={height} choose={choose} />}
      </QueryView>
    </Panel>
  );
}

const PERCENTILES = ["p50", "p95", "p99"] as const;

function linesOf(data: LatencySeries["data"]): readonly HeatLine[] {
  const points = data.series[0]?.points ?? [];
  return PERCENTILES.map((name) => ({
    name,
    points: points.map((point) => {
      const value = point.duration_ms[name];
      return {
        time: Date.parse(point.time) + data.step_seconds * 500, value: value === null ? null : value * 1e6,
      };
    }),
  }));
}
