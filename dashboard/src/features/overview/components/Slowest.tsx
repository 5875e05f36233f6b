import type { TraceList } from "../../../generated/api";
import { duration, toNumber } from "../../../shared/format/numbers";
import { msOfNanoseconds, timeOfDay } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import type { Query } from "../../../shared/query/useQuery";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { Panel } from "../../../shared/ui/Panel";
import { QueryView } from "../../../shared/ui/QueryView";

/** The slowest traces of the range, each one click from its picture. */
export function Slowest({ query }: { readonly query: Query<TraceList> }) {
  const t = useTranslate();
  const all = <Link to={hrefOf("/traces", { sort: "-duration" })}>{t("common.more")}</Link>;
  return (
    <Panel title={t("overview.slowest")} actions={all} isFlush>
      <QueryView query={query} isEmpty={({ data }) => data.length === 0}>
        {({ data }) => (
          <table className="data">
            <thead>
              <tr>
                <th>{t("common.time")}</th>
                <th className="wide">{t("traces.root")}</th>
                <th className="num">{t("common.spans")}</th>
                <th className="num">{t("common.duration")}</th>
              </tr>
            </thead>
            <tbody>
              {data.map((trace) => (
                <tr key={trace.trace_id}>
                  <td className="muted">{timeOfDay(msOfNanoseconds(trace.start_time_unix_nano), Date.now(), false)}</td>
                  <td className="wide">
                    <Link to={hrefOf(`/traces/${trace.trace_id}`)}>{trace.root_name ?? t("traces.noRoot")}</Link>{" "}
                    <span className="faint">{trace.root_service}</span>
                    {trace.error_count > 0 && <span className="badge error">⊗ {trace.error_count}</span>}
                  </td>
                  <td className="num muted">{trace.span_count}</td>
                  <td className="num">
                    <strong>{duration(toNumber(trace.duration_ns))}</strong>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </QueryView>
    </Panel>
  );
}
