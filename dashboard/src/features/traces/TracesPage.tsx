import { useCallback, useEffect, useMemo, useState } from "react";
import { parseTraceList, type TraceSummary } from "../../generated/api";
import { FilterBar } from "../../shared/filters/FilterBar";
import { filtersOf, isTraceField, TRACE_FIELDS } from "../../shared/filters/filters";
import { count, milliseconds } from "../../shared/format/numbers";
import { shortID } from "../../shared/format/texts";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL, RequestFailure } from "../../shared/query/client";
import { usePages, type Pages } from "../../shared/query/usePages";
import { changeParameters, hrefOf, navigate } from "../../shared/router/location";
import { Link } from "../../shared/router/Link";
import { useParameters } from "../../shared/router/useParameters";
import { chooseRange, useRange, useRefresh } from "../../shared/time/useRange";
import { traceIDOf } from "../../shared/trace/traceID";
import { Icon } from "../../shared/ui/Icon";
import { Page } from "../../shared/ui/Page";
import { Failure } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { SavedViews } from "../../shared/views/SavedViews";
import { Facets } from "./components/Facets";
import { Peek } from "./components/Peek";
import { Scatter } from "./components/Scatter";
import { TraceRows } from "./components/TraceRows";
import { slowestSides, slowFrom } from "./scatter";
import { useRowKeys } from "./useRowKeys";

const PAGE_SIZE = 200;
const SORTS = ["-start_time", "start_time", "-duration", "duration"] as const;
const idOf = (trace: TraceSummary) => trace.trace_id;

/** Traces that match, newest or slowest first. */
export default function TracesPage() {
  const t = useTranslate();
  const parameters = useParameters();
  const range = useRange();
  const refreshMs = useRefresh();
  const filters = filtersOf(parameters, isTraceField);
  const sort = SORTS.find((name) => name === parameters.get("sort")) ?? "-start_time";
  const url = useMemo(() => apiURL("/traces", {
    start: range.start, end: range.end === "now" ? undefined : range.end,
    ...Object.fromEntries(filtersOf(parameters, isTraceField).map(({ name, value }) => [name, value])),
    "resource.deployment.environment.name": parameters.get("env") ?? undefined,
    sort, limit: PAGE_SIZE,
  }), [parameters, range, sort]);
  const pages = usePages(url, parseTraceList, { idOf, refreshMs });
  const items = pages.items ?? [];
  const slow = useMemo(() => slowFrom(items), [items]);
  const [walked, setWalked] = useState<number | null>(null);
  useEffect(() => setWalked(null), [url]);
  const peeked = parameters.get("peek");
  const at = peeked === null ? -1 : items.findIndex((trace) => trace.trace_id === peeked);
  const selected = at >= 0 ? at : walked;
  const marked = traceIDOf(parameters.get("mark"));
  const open = useCallback((trace: TraceSummary) => navigate(hrefOf(`/traces/${trace.trace_id}`)), []);
  const peek = useCallback((trace: TraceSummary) => changeParameters({ peek: trace.trace_id }, { replace: true }), []);
  const mark = useCallback((trace: TraceSummary) => {
    const id = trace.trace_id;
    if (marked === null || marked === id) changeParameters({ mark: marked === id ? undefined : id }, { replace: true });
    else navigate(hrefOf(`/traces/${marked}`, { vs: id }));
  }, [marked]);
  const withRow = (act: (trace: TraceSummary) => void) => (index: number) => {
    const trace = items[index];
    if (trace !== undefined) act(trace);
  };
  const select = (index: number) => (peeked === null ? setWalked(index) : withRow(peek)(index));
  const close = () => {
    setWalked(at >= 0 ? at : null);
    changeParameters({ peek: undefined }, { replace: true });
  };
  useRowKeys({
    count: items.length, selected, select, open: withRow(open), peek: withRow(peek), mark: withRow(mark),
    close: peeked === null ? null : close,
  });
  const clear = () => changeParameters(Object.fromEntries(filters.map(({ name }) => [name, undefined])));
  return (
    <Page
      title={t("traces.title")} isFull
      head={
        <>
          <span className="muted" role="status">
            {pages.items !== null && t(pages.hasMore ? "traces.countMore" : "traces.count", { n: count(items.length) })}
          </span>
          {pages.newCount > 0 && (
            <button type="button" className="button primary" onClick={pages.showNew}>
              {t("traces.newRows", { n: pages.newCount })}
            </button>
          )}
          {pages.warnings.map((warning) => (
            <span key={warning} className="badge warn" title={warning}>
              ▲ {t("state.partial")}
            </span>
          ))}
          {slow !== null && (
            <Link
              className="button" title={t("why.slowest", { time: milliseconds(slow) })}
              to={hrefOf("/compare", slowestSides(slow, filters, parameters.get("env")))}
            >
              {t("why.title")}
            </Link>
          )}
          <SavedViews list="traces" isField={isTraceField} />
          {marked !== null && (
            <span className="chip" role="status">
              {t("compare.marked", { id: shortID(marked) })}
              <button
                type="button" aria-label={t("compare.unmark")}
                onClick={() => changeParameters({ mark: undefined }, { replace: true })}
              >
                <Icon name="close" />
              </button>
            </span>
          )}
        </>
      }
    >
      <FilterBar
        fields={TRACE_FIELDS} isField={isTraceField} placeholder={t("traces.filterPlaceholder")}
        problem={problemOf(pages.error)}
      />
      <div className={peeked === null ? "with-side" : "with-side with-peek"}>
        <Facets />
        <section className="panel list-panel" aria-label={t("traces.title")}>
          <Scatter traces={items} open={peek} />
          <List
            pages={pages} selected={selected} peek={peek} marked={marked} mark={mark} sort={sort}
            clear={filters.length > 0 ? clear : null}
          />
        </section>
        {peeked !== null && (
          <Peek
            id={peeked} summary={items[at] ?? null} close={close} previous={at > 0 ? () => select(at - 1) : null}
            next={at >= 0 && at + 1 < items.length ? () => select(at + 1) : null}
          />
        )}
      </div>
    </Page>
  );
}

interface ListProps {
  readonly pages: Pages<TraceSummary>;
  readonly selected: number | null;
  readonly marked: string | null;
  readonly sort: string;
  readonly peek: (trace: TraceSummary) => void;
  readonly mark: (trace: TraceSummary) => void;
  readonly clear: (() => void) | null;
}

function List({ pages, selected, marked, sort, peek, mark, clear }: ListProps) {
  const t = useTranslate();
  if (pages.items === null) {
    if (pages.error !== null) return <Failure error={pages.error} retry={pages.reload} />;
    return <div className="state" role="status" aria-busy="true">{t("state.loading")}</div>;
  }
  if (pages.items.length === 0) {
    return (
      <StateMessage
        mark="◌" title={t(clear === null ? "state.noData" : "state.noMatch")}
        actions={
          <span className="group">
            {clear !== null && (
              <button type="button" className="button" onClick={clear}>
                {t("state.clearFilters")}
              </button>
            )}
            <button type="button" className="button" onClick={() => chooseRange({ start: "-24h", end: "now" })}>
              {t("state.widen")}
            </button>
          </span>
        }
      />
    );
  }
  return (
    <TraceRows
      traces={pages.items} pages={pages} selected={selected} marked={marked} sort={sort} peek={peek} mark={mark}
    />
  );
}

/** The mistake in a query with its place; other failures are shown in the list. */
function problemOf(error: Error | null): string | null {
  if (!(error instanceof RequestFailure)) return null;
  const mistake = error.problem?.errors?.find((entry) => entry.parameter !== undefined);
  if (mistake === undefined) return null;
  const place = mistake.line === undefined ? "" : ` (${mistake.line}:${mistake.column ?? 0})`;
  return `${mistake.parameter}: ${mistake.detail}${place}`;
}
