import type { LatencySeries, ThroughputSeries } from "../../generated/api";
import { milliseconds, percent, rate } from "../format/numbers";
import { useTranslate } from "../i18n/language";
import { slotsOf } from "../plot/colours";
import { gridOf, onGrid, wholeSteps } from "../plot/series";
import { TimeChart } from "../plot/TimeChart";
import type { Query } from "../query/useQuery";
import { Panel } from "../ui/Panel";
import { QueryView } from "../ui/QueryView";

interface Props {
  readonly latency: Query<LatencySeries>;
  readonly throughput: Query<ThroughputSeries>;
  /** The groups in the order of their colours, so that a group has one colour on the whole page. */
  readonly groups: readonly string[];
}

type Series = LatencySeries["data"] | ThroughputSeries["data"];

const secondsOf = (point: { readonly time: string }): number => Date.parse(point.time) / 1_000;
const gridOfSeries = (data: Series): number[] =>
  gridOf(Date.parse(data.start), Date.parse(data.end), data.step_seconds);
const isEmpty = ({ data }: { readonly data: Series }): boolean => !data.series.some((line) => line.points.length > 0);

/** Rate, errors and p95 over time, a line for each group. */
export function SeriesCharts({ latency, throughput, groups }: Props) {
  const t = useTranslate();
  const slots = slotsOf(groups);
  const nameOf = (group: string | null) => group ?? t("common.none");
  const slotOf = (group: string | null) => slots.get(group ?? "") ?? slots.size % 10 + 1;
  const rates = ({ data }: ThroughputSeries) => {
    const times = gridOfSeries(data);
    const [from, to] = [Date.parse(data.start), Date.parse(data.end)];
    return {
      times, series: data.series.map((line) => ({
        name: nameOf(line.group), slot: slotOf(line.group),
        values: wholeSteps(
          onGrid(line.points, secondsOf, (point) => point.spans_per_second, times, 0), times, data.step_seconds, from,
          to),
      })),
    };
  };
  const errors = ({ data }: ThroughputSeries) => {
    const times = gridOfSeries(data);
    return {
      times, series: data.series.map((line) => ({
        name: nameOf(line.group), slot: slotOf(line.group),
        values: onGrid(line.points, secondsOf, (point) => point.error_rate, times, null),
      })),
    };
  };
  const slow = ({ data }: LatencySeries) => {
    const times = gridOfSeries(data);
    return {
      times, series: data.series.map((line) => ({
        name: nameOf(line.group), slot: slotOf(line.group),
        values: onGrid(line.points, secondsOf, (point) => point.duration_ms.p95, times, null),
      })),
    };
  };
  return (
    <div className="grid three">
      <Panel title={t("services.rate")}>
        <QueryView query={throughput} isEmpty={isEmpty}>
          {(data) => <TimeChart title={t("services.rate")} format={rate} {...rates(data)} />}
        </QueryView>
      </Panel>
      <Panel title={t("services.errors")}>
        <QueryView query={throughput} isEmpty={isEmpty}>
          {(data) => <TimeChart title={t("services.errors")} format={percent} {...errors(data)} />}
        </QueryView>
      </Panel>
      <Panel title={t("services.p95")}>
        <QueryView query={latency} isEmpty={isEmpty}>
          {(data) => <TimeChart title={t("services.p95")} format={milliseconds} {...slow(data)} />}
        </QueryView>
      </Panel>
    </div>
  );
}
