import type { ThroughputSeries } from "../../../generated/api";
import { percent, rate } from "../../../shared/format/numbers";
import { LatencyHeatMap } from "../../../shared/analytics/LatencyHeatMap";
import { useTranslate } from "../../../shared/i18n/language";
import { slotsOf } from "../../../shared/plot/colours";
import { gridOf, onGrid, wholeSteps } from "../../../shared/plot/series";
import { TimeChart } from "../../../shared/plot/TimeChart";
import { Panel } from "../../../shared/ui/Panel";
import { QueryView } from "../../../shared/ui/QueryView";
import { StateMessage } from "../../../shared/ui/StateMessage";
import type { OverviewQueries } from "../useOverview";

type Series = ThroughputSeries["data"];

const secondsOf = (point: { readonly time: string }): number => Date.parse(point.time) / 1_000;
const gridOfSeries = (data: Series): number[] =>
  gridOf(Date.parse(data.start), Date.parse(data.end), data.step_seconds);
const whole = (data: Series, values: readonly (number | null)[], times: readonly number[]) =>
  wholeSteps(values, times, data.step_seconds, Date.parse(data.start), Date.parse(data.end));
const hasPoints = (data: { readonly data: Series }): boolean =>
  data.data.series.some((line) => line.points.length > 0);

/** How the numbers went over the range, on one time axis. */
export function Charts({ queries }: { readonly queries: OverviewQueries }) {
  const t = useTranslate();
  return (
    <div className="grid two">
      <LatencyHeatMap
        title={t("overview.latency")} service={queries.service} latency={queries.latency.data}
      />
      <Panel title={t("overview.throughput")}>
        <QueryView query={queries.throughput} isEmpty={(data) => !hasPoints(data)}>
          {({ data }) => <RateChart data={data} title={t("overview.throughput")} label={t("common.spans")} />}
        </QueryView>
      </Panel>
      <Panel title={t("overview.errors")}>
        <QueryView query={queries.throughput} isEmpty={(data) => !hasPoints(data)}>
          {({ data }) => <ErrorChart data={data} title={t("overview.errors")} label={t("common.errors")} />}
        </QueryView>
      </Panel>
      <Panel title={t("overview.tokens")}>
        <QueryView
          query={queries.tokens} isEmpty={(data) => !hasPoints(data)}
          empty={<StateMessage title={t("overview.noModels")} />}
        >
          {({ data }) => <TokenChart data={data} title={t("overview.tokens")} />}
        </QueryView>
      </Panel>
    </div>
  );
}

interface LineProps {
  readonly data: ThroughputSeries["data"];
  readonly title: string;
  readonly label: string;
}

function RateChart({ data, title, label }: LineProps) {
  const times = gridOfSeries(data);
  const values = whole(
    data, onGrid(data.series[0]?.points ?? [], secondsOf, (point) => point.spans_per_second, times, 0), times);
  return <TimeChart title={title} times={times} format={rate} series={[{ name: label, values, slot: 1 }]} />;
}

function ErrorChart({ data, title, label }: LineProps) {
  const times = gridOfSeries(data);
  const values = onGrid(data.series[0]?.points ?? [], secondsOf, (point) => point.error_rate, times, null);
  return <TimeChart title={title} times={times} format={percent} series={[{ name: label, values, slot: 6 }]} />;
}

function TokenChart({ data, title }: { readonly data: ThroughputSeries["data"]; readonly title: string }) {
  const t = useTranslate();
  const times = gridOfSeries(data);
  const slots = slotsOf(data.series.map((line) => line.group ?? ""));
  const series = data.series.map((line) => ({
    name: line.group ?? t("common.none"), slot: slots.get(line.group ?? "") ?? 1,
    values: whole(data, onGrid(line.points, secondsOf, (point) => point.output_tokens_per_second, times, 0), times),
  }));
  return <TimeChart title={title} times={times} format={rate} series={series} />;
}
