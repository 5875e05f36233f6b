import { useMemo } from "react";
import { parseEnergyResponse, parseLatencySeries, parseOverview, parseThroughputSeries } from "../../generated/api";
import { LatencyHeatMap } from "../../shared/analytics/LatencyHeatMap";
import { milliseconds, money, percent, rate, watts } from "../../shared/format/numbers";
import type { MessageKey } from "../../shared/i18n/catalogue";
import { useTranslate } from "../../shared/i18n/language";
import { slotsOf } from "../../shared/plot/colours";
import { TimeChart } from "../../shared/plot/TimeChart";
import { apiURL } from "../../shared/query/client";
import { useQuery } from "../../shared/query/useQuery";
import { changeParameters } from "../../shared/router/location";
import { useParameters } from "../../shared/router/useParameters";
import { boundsOf } from "../../shared/time/range";
import { useRange, useRefresh } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { QueryView } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { AnalyticsTable } from "./components/AnalyticsTable";
import { AttributeField } from "./components/AttributeField";
import {
  energyChart, GROUPINGS, groupingOf, hasEnergy, latencyChart, measureOf, MEASURES, rowsOf, sortKeyOf, sourceOf,
  throughputChart, type Chart, type Grouping, type Measure,
} from "./model";

/** Lines of the chart: more cannot be told apart. */
const LINES_MAX = 8;
/** The most groups that the API gives. */
const ROWS_MAX = 100;
const STEP_COUNT = 60;

/** Any number of inference by service, model, provider, operation, GPU, user, session or an attribute. */
export default function AnalyticsPage() {
  const t = useTranslate();
  const parameters = useParameters();
  const by = groupingOf(parameters.get("group"));
  const measure = measureOf(parameters.get("measure"));
  const queries = useQueries(by, measure, parameters.get("service") ?? undefined);
  const groups = queries.overview.data?.data.groups.map((group) => group.group) ?? [];
  return (
    <Page title={t("nav.analytics")}>
      <div className="toolbar-row">
        <Choice label={t("analytics.group")} names={GROUPINGS} chosen={by} prefix="analytics.by" parameter="group" />
        <AttributeField by={by} />
        <Choice
          label={t("analytics.measure")} names={MEASURES} chosen={measure} prefix="analytics.measure"
          parameter="measure"
        />
      </div>
      <LatencyHeatMap title={t("heat.title")} service={parameters.get("service") ?? undefined} />
      <MeasureChart by={by} measure={measure} queries={queries} groups={groups} />
      <QueryView query={queries.overview} isEmpty={({ data }) => data.groups.length === 0}>
        {({ data }) => (
          <AnalyticsTable
            rows={rowsOf(data, queries.energy.data?.data ?? null, by)} groupCount={data.group_count} by={by}
            sort={sortKeyOf(parameters.get("sort"))} currency={queries.energy.data?.data.currency ?? null}
          />
        )}
      </QueryView>
    </Page>
  );
}

function useQueries(by: Grouping, measure: Measure, service: string | undefined) {
  const range = useRange();
  const options = { refreshMs: useRefresh() };
  const bounds = useMemo(() => boundsOf(range, Date.now()), [range]);
  const stepSeconds = 60 * Math.max(1, Math.ceil((bounds.to - bounds.from) / 60_000 / STEP_COUNT));
  const times = { start: range.start, end: range.end === "now" ? undefined : range.end, service };
  const base = { ...times, group_by: by };
  const few = { ...base, limit: LINES_MAX };
  const source = sourceOf(measure);
  return {
    stepSeconds,
    overview: useQuery(apiURL("/analytics/overview", { ...base, limit: ROWS_MAX }), parseOverview, options),
    latency: useQuery(
      source === "latency" ? apiURL("/analytics/latency", few) : null, parseLatencySeries, options),
    throughput: useQuery(
      source === "throughput" ? apiURL("/analytics/throughput", few) : null, parseThroughputSeries, options),
    energy: useQuery(
      hasEnergy(by) ? apiURL("/energy", { ...times, by, step: `${stepSeconds / 60}m`, limit: ROWS_MAX }) : null,
      parseEnergyResponse, options),
  };
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly names: readonly T[];
  readonly chosen: string;
  readonly prefix: string;
  readonly parameter: string;
}

function Choice<T extends string>({ label, names, chosen, prefix, parameter }: ChoiceProps<T>) {
  const t = useTranslate();
  return (
    <div className="group wrap" role="group" aria-label={label}>
      {names.map((name) => (
        <button
          key={name} type="button" className="button" aria-pressed={name === chosen}
          onClick={() => changeParameters({ [parameter]: name })}
        >
          {t(`${prefix}.${name}` as MessageKey)}
        </button>
      ))}
    </div>
  );
}

interface ChartProps {
  readonly by: Grouping;
  readonly measure: Measure;
  readonly queries: ReturnType<typeof useQueries>;
  readonly groups: readonly string[];
}

function MeasureChart({ by, measure, queries, groups }: ChartProps) {
  const t = useTranslate();
  const currency = queries.energy.data?.data.currency ?? null;
  // The axis has no room for it.
  const unit = measure === "cost" && currency !== null ? `, ${currency}` : "";
  const title = `${t(`analytics.measure.${measure}` as MessageKey)}${unit}`;
  const slots = slotsOf(groups);
  const naming = (group: string | null) => ({
    name: group === null || group === "" ? t("common.none") : group, slot: slots.get(group ?? "") ?? 10,
  });
  const format = measure === "p50" || measure === "p95" || measure === "p99" ? milliseconds
    : measure === "errors" ? percent : measure === "energy" ? watts
      : measure === "cost" ? (value: number | null) => money(value, null) : rate;
  const draw = (chart: Chart) => (
    <TimeChart title={title} format={format} times={chart.times} series={chart.series} height={260} />
  );
  const isNone = ({ data }: { data: { series: readonly { readonly points: readonly unknown[] }[] } }) =>
    !data.series.some((line) => line.points.length > 0);
  return (
    <Panel title={title}>
      {(measure === "p50" || measure === "p95" || measure === "p99") && (
        <QueryView query={queries.latency} isEmpty={isNone}>
          {({ data }) => draw(latencyChart(data, measure, naming))}
        </QueryView>
      )}
      {(measure === "rate" || measure === "errors" || measure === "output_tokens") && (
        <QueryView query={queries.throughput} isEmpty={isNone}>
          {({ data }) => draw(throughputChart(data, measure, naming))}
        </QueryView>
      )}
      {(measure === "energy" || measure === "cost") && !hasEnergy(by) && (
        <StateMessage title={t("analytics.noEnergyBy")} detail={t("analytics.noEnergyByDetail")} />
      )}
      {(measure === "energy" || measure === "cost") && hasEnergy(by) && (
        <QueryView
          query={queries.energy} isEmpty={({ data }) => data.groups.length === 0}
          empty={<StateMessage title={t("energy.none")} detail={t("energy.noneDetail")} />}
        >
          {({ data }) => measure === "cost" && data.currency === null
            ? <StateMessage title={t("settings.noPrices")} detail={t("settings.noPricesDetail")} />
            : draw(energyChart(data, by, measure, queries.stepSeconds, LINES_MAX, naming))}
        </QueryView>
      )}
    </Panel>
  );
}
