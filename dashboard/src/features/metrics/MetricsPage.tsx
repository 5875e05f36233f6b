import { useMemo, useState, type FormEvent, type KeyboardEvent } from "react";
import { parseMetricList } from "../../generated/api";
import { count, plain } from "../../shared/format/numbers";
import { useTranslate } from "../../shared/i18n/language";
import { Lines, LINES_MAX } from "../../shared/plot/QueryChart";
import { summaryOf } from "../../shared/plot/series";
import { apiURL } from "../../shared/query/client";
import { aligned, namesOf, parseMatrix, rangeRequest, type PromSeries } from "../../shared/query/promql";
import { useQuery } from "../../shared/query/useQuery";
import { changeParameters } from "../../shared/router/location";
import { useParameters } from "../../shared/router/useParameters";
import { useRange, useRefresh, useTick } from "../../shared/time/useRange";
import { Icon } from "../../shared/ui/Icon";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { QueryView } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { usualQuery } from "./query";

const CHART_HEIGHT = 320;
const NAMES_MAX = 1_000;

/** Any metric, and any question of PromQL. */
export default function MetricsPage() {
  const t = useTranslate();
  const query = useParameters().get("query") ?? "";
  return (
    <Page title={t("metrics.title")} isFull>
      <div className="with-side metrics">
        <Names />
        <div className="stack">
          <QueryForm key={query} query={query} />
          {query === "" ? <StateMessage mark="◌" title={t("metrics.pick")} /> : <Result query={query} />}
        </div>
      </div>
    </Page>
  );
}

function Names() {
  const t = useTranslate();
  const range = useRange();
  const [text, setText] = useState("");
  const end = range.end === "now" ? undefined : range.end;
  const names = useQuery(apiURL("/metrics/names", { start: range.start, end, limit: NAMES_MAX }), parseMetricList);
  const wanted = text.trim().toLowerCase();
  return (
    <aside className="metric-list" aria-label={t("metrics.search")}>
      <label className="find">
        <Icon name="search" />
        <input
          data-filter type="search" aria-label={t("metrics.search")} placeholder={t("metrics.search")} value={text}
          spellCheck={false} onChange={(event) => setText(event.target.value)}
        />
      </label>
      <QueryView
        query={names} isEmpty={({ data }) => data.length === 0} empty={<StateMessage title={t("metrics.none")} />}
      >
        {({ data }) => (
          <ul>
            {data.filter((metric) => metric.name.toLowerCase().includes(wanted)).map((metric) => (
              <li key={metric.name}>
                <button
                  type="button" className="facet" title={`${metric.name}\n${metric.description}`}
                  onClick={() => changeParameters({ query: usualQuery(metric) })}
                >
                  <span className="clip">{metric.name}</span>
                  <span className="faint">{count(metric.series_count)}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </aside>
  );
}

function QueryForm({ query }: { readonly query: string }) {
  const t = useTranslate();
  const [text, setText] = useState(query);
  const run = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    changeParameters({ query: text.trim() });
  };
  return (
    <form className="query-form" onSubmit={run}>
      <textarea
        aria-label={t("metrics.query")} placeholder={t("metrics.query")} value={text} spellCheck={false} rows={2}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) run(event);
        }}
      />
      <button type="submit" className="button primary">
        {t("metrics.run")}
      </button>
    </form>
  );
}

function Result({ query }: { readonly query: string }) {
  const t = useTranslate();
  const range = useRange();
  const tick = useTick(useRefresh());
  const request = useMemo(() => rangeRequest(query, range, Date.now()), [query, range, tick]);
  const found = useQuery(request.url, parseMatrix);
  const total = found.data?.data.result.length ?? 0;
  return (
    <Panel
      title={query} className="list-panel"
      actions={total > 0 && <span className="faint">{t("metrics.seriesCount", { n: count(total) })}</span>}
    >
      <QueryView
        query={found} isEmpty={({ data }) => data.result.length === 0}
        empty={<StateMessage mark="◌" title={t("metrics.noSeries")} />}
      >
        {({ data }) => (
          <>
            <Lines
              title={query} series={data.result.slice(0, LINES_MAX)} times={request.times} format={plain}
              height={CHART_HEIGHT}
            />
            {total > LINES_MAX && <p className="faint">{t("metrics.shown", { n: LINES_MAX, total: count(total) })}</p>}
            <SeriesTable series={data.result} times={request.times} />
          </>
        )}
      </QueryView>
    </Panel>
  );
}

/** Rows that are shown at most: what a person reads. */
const ROWS_MAX = 200;

function SeriesTable({ series, times }: { readonly series: readonly PromSeries[]; readonly times: readonly number[] }) {
  const t = useTranslate();
  const shown = series.slice(0, ROWS_MAX);
  const names = namesOf(shown);
  const values = useMemo(() => aligned(shown, times), [series, times]);
  return (
    <div className="scroll-table" tabIndex={0}>
      <table className="data">
        <thead>
          <tr>
            <th className="wide">{t("metrics.series")}</th>
            <th className="num">{t("metrics.last")}</th>
            <th className="num">{t("metrics.mean")}</th>
            <th className="num">{t("metrics.max")}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name, index) => {
            const { last, mean, max } = summaryOf(values[index] ?? []);
            return (
              <tr key={`${name} ${index}`}>
                <td className="wide mono" title={JSON.stringify(shown[index]?.metric, null, 1)}>
                  {name}
                </td>
                <td className="num">{plain(last)}</td>
                <td className="num">{plain(mean)}</td>
                <td className="num">{plain(max)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
