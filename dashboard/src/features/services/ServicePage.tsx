import { parseLatencySeries, parseOverview, parseThroughputSeries } from "../../generated/api";
import { GroupTable } from "../../shared/analytics/GroupTable";
import { SeriesCharts } from "../../shared/analytics/SeriesCharts";
import { count, milliseconds, percent } from "../../shared/format/numbers";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL } from "../../shared/query/client";
import { useQuery } from "../../shared/query/useQuery";
import { hrefOf } from "../../shared/router/location";
import { Link } from "../../shared/router/Link";
import { useRange, useRefresh } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { StateMessage } from "../../shared/ui/StateMessage";

const TABLE_GROUPS = 50;

/** One service: how it went, and the models and operations that it calls. */
export default function ServicePage({ id }: { readonly id: string | null }) {
  const t = useTranslate();
  const range = useRange();
  const options = { refreshMs: useRefresh() };
  const service = id ?? "";
  const base = { start: range.start, end: range.end === "now" ? undefined : range.end, service };
  const overview = (group_by: string) => apiURL("/analytics/overview", { ...base, group_by, limit: TABLE_GROUPS });
  const own = useQuery(overview("service"), parseOverview, options);
  const models = useQuery(overview("model"), parseOverview, options);
  const operations = useQuery(overview("operation"), parseOverview, options);
  const latency = useQuery(apiURL("/analytics/latency", { ...base, group_by: "service" }), parseLatencySeries, options);
  const throughput = useQuery(
    apiURL("/analytics/throughput", { ...base, group_by: "service" }), parseThroughputSeries, options);
  const total = own.data?.data.total;
  const isEmpty = own.data !== null && own.data.data.groups.length === 0 && own.error === null;
  return (
    <Page
      title={t("nav.services")} object={service}
      head={
        <p className="trace-facts">
          {total !== undefined && !isEmpty && (
            <>
              <strong>{count(total.span_count)} {t("common.spans")}</strong>
              <span className={total.error_count > 0 ? "error-text" : "muted"}>
                {percent(total.error_rate)} {t("common.errors")}
              </span>
              <span className="muted">p95 {milliseconds(total.duration_ms.p95)}</span>
            </>
          )}
          <Link to={hrefOf("/traces", { service })}>{t("nav.traces")}</Link>
          <Link to={hrefOf("/traces", { service, sort: "-duration" })}>{t("overview.slowest")}</Link>
          <Link to={hrefOf("/logs", { service })}>{t("nav.logs")}</Link>
        </p>
      }
    >
      {isEmpty ? <StateMessage mark="◌" title={t("services.none")} note={service} /> : (
        <>
          <SeriesCharts latency={latency} throughput={throughput} groups={[service]} />
          <div className="grid two">
            <GroupTable
              title={t("overview.models")} parameter="model" query={models}
              hrefFor={(model) => hrefOf("/traces", { service, model })}
            />
            <GroupTable
              title={t("services.operations")} parameter="operation" query={operations}
              hrefFor={(operation) => hrefOf("/traces", { service, operation })}
            />
          </div>
        </>
      )}
    </Page>
  );
}
