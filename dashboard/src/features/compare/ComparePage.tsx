import { useMemo } from "react";
import { parseComparisonResponse, parseOverview } from "../../generated/api";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL } from "../../shared/query/client";
import { useQuery } from "../../shared/query/useQuery";
import { changeParameters } from "../../shared/router/location";
import { useParameters } from "../../shared/router/useParameters";
import { useRange } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { QueryView } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { SideEditor } from "./components/SideEditor";
import { Values } from "./components/Values";
import { requestOf, selectionOf } from "./model";

/** The most values that are shown. */
const VALUES_MAX = 100;

/** Why are these spans slow: what they have more often than others. */
export default function ComparePage() {
  const t = useTranslate();
  const parameters = useParameters();
  const range = useRange();
  const [a, b] = useMemo(
    () => [selectionOf(parameters, "a", range), selectionOf(parameters, "b", range)] as const, [parameters, range]);
  const request = requestOf(a, b);
  const query = useQuery(
    request === null ? null : apiURL("/analytics/compare", { ...request, limit: VALUES_MAX }), parseComparisonResponse);
  const found = query.isPrevious ? null : query.data?.data ?? null;
  const swap = () => {
    const changes: Record<string, string | undefined> = {};
    for (const name of parameters.keys()) {
      if (!/^[ab]\./.test(name)) continue;
      const other = `${name.startsWith("a") ? "b" : "a"}${name.slice(1)}`;
      changes[name] = parameters.get(other) ?? undefined;
      changes[other] = parameters.get(name) ?? undefined;
    }
    changeParameters(changes);
  };
  return (
    <Page
      title={t("why.title")}
      head={request !== null && (
        <button type="button" className="button" onClick={swap}>
          {t("why.swap")}
        </button>
      )}
    >
      <div className="grid two">
        <SideEditor side="a" selection={a} found={found?.a ?? null} />
        <SideEditor side="b" selection={b} found={found?.b ?? null} />
      </div>
      {request === null ? <Beginnings /> : (
        <QueryView
          query={query} isEmpty={({ data }) => data.a.span_count === 0 || data.b.span_count === 0}
          empty={<StateMessage mark="◌" title={t("why.emptySide")} />}
        >
          {({ data }) => (
            <Values comparison={data} a={a} isSignificantOnly={parameters.get("significant") === "1"} />
          )}
        </QueryView>
      )}
    </Page>
  );
}

/** What is often asked, while nothing is chosen. */
function Beginnings() {
  const t = useTranslate();
  const range = useRange();
  const overview = useQuery(apiURL("/analytics/overview", {
    start: range.start, end: range.end === "now" ? undefined : range.end, limit: 1,
  }), parseOverview);
  const p95 = overview.data?.data.total.duration_ms.p95 ?? null;
  const limit = p95 === null ? null : String(Number(p95.toPrecision(3)));
  return (
    <StateMessage
      title={t("why.start")} detail={t("why.startDetail")}
      actions={
        <span className="group">
          {limit !== null && (
            <button
              type="button" className="button"
              onClick={() => changeParameters({ "a.min_duration_ms": limit, "b.max_duration_ms": limit })}
            >
              {t("why.slow")}
            </button>
          )}
          <button type="button" className="button" onClick={() => changeParameters({ "a.status": "error" })}>
            {t("why.failed")}
          </button>
        </span>
      }
    />
  );
}
