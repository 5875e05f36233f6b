import { useMemo, useState } from "react";
import { parseGpuMetricsResponse, type GpuMetric, type GpuMetrics } from "../../../generated/api";
import { bytes, celsius, joules, percent, plain, watts } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { SLOT_COUNT } from "../../../shared/plot/colours";
import { gridOf, held, onGrid, type ChartSeries } from "../../../shared/plot/series";
import { TimeChart } from "../../../shared/plot/TimeChart";
import { apiURL } from "../../../shared/query/client";
import { useQuery } from "../../../shared/query/useQuery";
import { useRange } from "../../../shared/time/useRange";
import { Panel } from "../../../shared/ui/Panel";
import { QueryView } from "../../../shared/ui/QueryView";
import { StateMessage } from "../../../shared/ui/StateMessage";

interface Props {
  /** The UUID of a board or of a part of it. */
  readonly id: string;
  readonly refreshMs: number;
}

/** What a person looks at first; the others are there on request. */
const FIRST = ["utilization_ratio", "memory_used_bytes", "power_watts", "temperature_celsius"];
const LINES_MAX = 8;
const shortName = (metric: GpuMetric) => metric.name.replace(/^axonize_gpu_/, "");

/** All metrics of a GPU over the range, in one request; one without values says why. */
export function MetricCharts({ id, refreshMs }: Props) {
  const t = useTranslate();
  const range = useRange();
  const [isAll, setAll] = useState(false);
  const url = apiURL(`/gpus/${encodeURIComponent(id)}/metrics`, {
    start: range.start, end: range.end === "now" ? undefined : range.end, aggregations: "mean,max",
    metrics: isAll ? undefined : FIRST.join(","),
  });
  const query = useQuery(url, parseGpuMetricsResponse, { refreshMs });
  return (
    <>
      <QueryView
        query={query} isEmpty={({ data }) => data.metrics.length === 0}
        empty={<StateMessage title={t("gpus.noHistory")} />}
      >
        {({ data }) => (
          <div className="grid two">
            {data.metrics.map((metric) => (
              <MetricPanel key={metric.name} metric={metric} data={data} />
            ))}
          </div>
        )}
      </QueryView>
      <div>
        <button type="button" className="button" aria-pressed={isAll} onClick={() => setAll(!isAll)}>
          {t(isAll ? "gpus.fewerMetrics" : "gpus.allMetrics")}
        </button>
      </div>
    </>
  );
}

function MetricPanel({ metric, data }: { readonly metric: GpuMetric; readonly data: GpuMetrics }) {
  const t = useTranslate();
  const title = titleOf(metric, t);
  const chart = useMemo(() => linesOf(metric, data, t("metrics.mean"), t("metrics.max")), [metric, data, t]);
  const resolution = metric.series[0]?.resolution_seconds;
  return (
    <Panel
      title={title}
      actions={resolution !== undefined && (
        <span className="faint">{t("gpus.resolution", { time: `${plain(resolution)} s` })}</span>
      )}
    >
      {metric.unavailable !== undefined && (
        <p className="muted">– {t("gpus.unavailable", { reason: metric.unavailable })}</p>
      )}
      {chart.series.length === 0
        ? metric.unavailable === undefined && <StateMessage title={t("gpus.noHistory")} />
        : (
          <TimeChart
            title={title} times={chart.times} series={chart.series} format={formatOf(metric)}
            {...(metric.unit === "ratio" ? { max: 1 } : {})}
          />
        )}
    </Panel>
  );
}

function titleOf(metric: GpuMetric, t: ReturnType<typeof useTranslate>): string {
  switch (shortName(metric)) {
    case "utilization_ratio": return t("gpus.utilization");
    case "memory_used_bytes": return t("gpus.memory");
    case "power_watts": return t("gpus.power");
    case "temperature_celsius": return t("gpus.temperature");
    default: return shortName(metric);
  }
}

function linesOf(
  metric: GpuMetric, data: GpuMetrics, mean: string, max: string,
): { readonly times: readonly number[]; readonly series: readonly ChartSeries[] } {
  const times = gridOf(Date.parse(data.start), Date.parse(data.end), data.step_seconds);
  const shown = metric.series.filter((line) => line.points.length > 0).slice(0, LINES_MAX);
  const line = (points: GpuMetric["series"][number]["points"], name: "mean" | "max") => held(onGrid(
    points, (point) => Date.parse(point.time) / 1_000,
    (point) => (typeof point[name] === "number" ? (point[name] as number) : null), times, null), times);
  const [only] = shown;
  if (shown.length === 1 && only !== undefined) {
    return {
      times, series: [
        { name: only.label_value ?? mean, values: line(only.points, "mean"), slot: 1 },
        { name: max, values: line(only.points, "max"), slot: 7, isBand: true, isThin: true },
      ],
    };
  }
  return {
    times, series: shown.map((entry, index) => ({
      name: entry.label_value ?? mean, values: line(entry.points, "mean"), slot: (index % SLOT_COUNT) + 1,
    })),
  };
}

function formatOf(metric: GpuMetric): (value: number | null) => string {
  switch (metric.unit) {
    case "ratio": return percent;
    case "bytes": return bytes;
    case "watts": return watts;
    case "celsius": return celsius;
    case "joules": return joules;
    default: return plain;
  }
}
