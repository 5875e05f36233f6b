import { parseLatencySeries, parseOverview, parseThroughputSeries } from "../../generated/api";
import { GroupTable } from "../../shared/analytics/GroupTable";
import { SeriesCharts } from "../../shared/analytics/SeriesCharts";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL } from "../../shared/query/client";
import { useQuery } from "../../shared/query/useQuery";
import { changeParameters, hrefOf } from "../../shared/router/location";
import { useParameters } from "../../shared/router/useParameters";
import { useRange, useRefresh } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { ServiceMap } from "./components/ServiceMap";

/** Lines of a chart: more cannot be told apart. */
const CHART_GROUPS = 6;
/** The most groups that the API gives. */
const TABLE_GROUPS = 100;

/** All services, as a table with their course or as a map of who calls whom. */
export default function ServicesPage() {
  const t = useTranslate();
  const isMap = useParameters().get("as") === "map";
  return (
    <Page
      title={t("nav.services")}
      head={
        <span className="group" role="group" aria-label={t("map.view")}>
          {([["map.table", undefined], ["map.map", "map"]] as const).map(([name, as]) => (
            <button
              key={name} type="button" className="button" aria-pressed={isMap === (as === "map")}
              onClick={() => changeParameters({ as })}
            >
              {t(name)}
            </button>
          ))}
        </span>
      }
    >
      {isMap ? <ServiceMap /> : <ServiceTable />}
    </Page>
  );
}

/** How many spans, how many failed, how long they took. */
function ServiceTable() {
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
    <>
      <GroupTable
        title={t("nav.services")} parameter="service" query={table}
        hrefFor={(name) => hrefOf(`/services/${encodeURIComponent(name)}`, { service: undefined })}
      />
      <SeriesCharts latency={latency} throughput={throughput} groups={groups} />
    </>
  );
}
