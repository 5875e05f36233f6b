import { parseLatencySeries, parseOverview, parseThroughputSeries } from "../../generated/api";
import { GroupTable } from "../../shared/analytics/GroupTable";
import { SeriesCharts } from "../../shared/analytics/SeriesCharts";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL } from "../../shared/query/client";
import { useQuery } from "../../shared/query/useQuery";
import { hrefOf } from "../../shared/router/location";
import { useRange, useRefresh } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";

/** Lines of a chart: more cannot be told apart. */
const CHART_GROUPS = 6;
/** The most groups that the API gives. */
const TABLE_GROUPS = 100;

/** All services: how many spans, how many failed, how long they took. */
export default function ServicesPage() {
  const t = useTranslate();
  const range = useRange();
  const options = { refreshMs: useRefresh() };
  const base = {
    start: range.start, end: range.end === "now" ? undefined : range.end, group_by: "service",
  };
  const table = useQuery(apiURL("/analytics/overview", { ...base, limit: TABLE_GROUPS }), parseOverview, options);
  const few = { ...base, limit: CHART_GROUPS };
  const latency = useQuery(apiURL("/analytics/latency", few), parseLatencySeries, options);
  const throughput = useQuery(apiURL("/analytics/throughput", few), parseThroughputSeries, options);
  const groups = table.data?.data.groups.map((group) => group.group) ?? [];
  return (
    <Page title={t("nav.services")}>
      <GroupTable
        title={t("nav.services")} parameter="service" query={table}
        hrefFor={(name) => hrefOf(`/services/${encodeURIComponent(name)}`, { service: undefined })}
      />
      <SeriesCharts latency={latency} throughput={throughput} groups={groups} />
    </Page>
  );
}
