import { useCallback, useEffect, useMemo, useState } from "react";
import { parseTraceList, type TraceSummary } from "../../generated/api";
import { FilterBar } from "../../shared/filters/FilterBar";
import { filtersOf, isTraceField, TRACE_FIELDS } from "../../shared/filters/filters";
import { count } from "../../shared/format/numbers";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL, RequestFailure } from "../../shared/query/client";
import { usePages, type Pages } from "../../shared/query/usePages";
import { changeParameters, hrefOf, navigate } from "../../shared/router/location";
import { useParameters } from "../../shared/router/useParameters";
import { chooseRange, useRange, useRefresh } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { Failure } from "../../shared/ui/QueryView";
import { areLettersOn, isTyping } from "../../shared/ui/shortcuts";
import { StateMessage } from "../../shared/ui/StateMessage";
import { Facets } from "./components/Facets";
import { Scatter } from "./components/Scatter";
import { TraceRows } from "./components/TraceRows";

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
  const [selected, setSelected] = useState<number | null>(null);
  useEffect(() => setSelected(null), [url]);
  const open = useCallback((trace: TraceSummary) => navigate(hrefOf(`/traces/${trace.trace_id}`)), []);
  useRowKeys(items, selected, setSelected, open);
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
        </>
      }
    >
      <FilterBar
        fields={TRACE_FIELDS} isField={isTraceField} placeholder={t("traces.filterPlaceholder")}
        problem={problemOf(pages.error)}
      />
      <div className="with-side">
        <Facets />
        <section className="panel list-panel" aria-label={t("traces.title")}>
          <Scatter traces={items} open={open} />
          <List pages={pages} selected={selected} open={open} sort={sort} clear={filters.length > 0 ? clear : null} />
        </section>
      </div>
    </Page>
  );
}

interface ListProps {
  readonly pages: Pages<TraceSummary>;
  readonly selected: number | null;
  readonly sort: string;
  readonly open: (trace: TraceSummary) => void;
  readonly clear: (() => void) | null;
}

function List({ pages, selected, sort, open, clear }: ListProps) {
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
  return <TraceRows traces={pages.items} pages={pages} selected={selected} sort={sort} open={open} />;
}

/** The mistake in a query with its place; other failures are shown in the list. */
function problemOf(error: Error | null): string | null {
  if (!(error instanceof RequestFailure)) return null;
  const mistake = error.problem?.errors?.find((entry) => entry.parameter !== undefined);
  if (mistake === undefined) return null;
  const place = mistake.line === undefined ? "" : ` (${mistake.line}:${mistake.column ?? 0})`;
  return `${mistake.parameter}: ${mistake.detail}${place}`;
}

/** `j` and `k` walk the rows, Enter opens one. */
function useRowKeys(
  items: readonly TraceSummary[], selected: number | null, select: (index: number) => void,
  open: (trace: TraceSummary) => void,
): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (isTyping(event) || event.isComposing || event.metaKey || event.ctrlKey || event.altKey) return;
      const isNext = (event.code === "KeyJ" && areLettersOn()) || event.key === "ArrowDown";
      const isPrevious = (event.code === "KeyK" && areLettersOn()) || event.key === "ArrowUp";
      const at = selected === null ? undefined : items[selected];
      if (isNext && items.length > 0) select(Math.min((selected ?? -1) + 1, items.length - 1));
      else if (isPrevious && items.length > 0) select(Math.max((selected ?? 1) - 1, 0));
      else if (event.key === "Enter" && at !== undefined && !(event.target instanceof HTMLAnchorElement)) open(at);
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [items, selected, select, open]);
}
