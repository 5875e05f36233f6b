import { useCallback, useEffect, useMemo, useState } from "react";
import { parseLogList, type LogRecord } from "../../generated/api";
import { FilterBar } from "../../shared/filters/FilterBar";
import { filtersOf } from "../../shared/filters/filters";
import { count } from "../../shared/format/numbers";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL } from "../../shared/query/client";
import { usePages, type Pages } from "../../shared/query/usePages";
import { changeParameters } from "../../shared/router/location";
import { useParameters } from "../../shared/router/useParameters";
import { chooseRange, useRange, useRefresh } from "../../shared/time/useRange";
import { Icon } from "../../shared/ui/Icon";
import { Page } from "../../shared/ui/Page";
import { Failure } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { LogPanel } from "./components/LogPanel";
import { LogRows } from "./components/LogRows";
import { FIELDS, idOf, isLogField, SEVERITIES } from "./model";

const PAGE_SIZE = 200;

/** Log records that match, the newest first. */
export default function LogsPage() {
  const t = useTranslate();
  const parameters = useParameters();
  const range = useRange();
  const refreshMs = useRefresh();
  const filters = filtersOf(parameters, isLogField);
  const url = useMemo(() => apiURL("/logs", {
    start: range.start, end: range.end === "now" ? undefined : range.end,
    ...Object.fromEntries(filtersOf(parameters, isLogField).map(({ name, value }) => [name, value])),
    "resource.deployment.environment.name": parameters.get("env") ?? undefined,
    limit: PAGE_SIZE,
  }), [parameters, range]);
  const pages = usePages(url, parseLogList, { idOf, refreshMs });
  const [selected, setSelected] = useState<number | null>(null);
  useEffect(() => setSelected(null), [url]);
  const select = useCallback((index: number | null) => setSelected(index), []);
  const record = selected === null ? undefined : pages.items?.[selected];
  const clear = () => changeParameters(Object.fromEntries(filters.map(({ name }) => [name, undefined])));
  return (
    <Page
      title={t("logs.title")} isFull
      head={
        <>
          <span className="muted" role="status">
            {pages.items !== null &&
              t(pages.hasMore ? "traces.countMore" : "traces.count", { n: count(pages.items.length) })}
          </span>
          {pages.newCount > 0 && (
            <button type="button" className="button primary" onClick={pages.showNew}>
              {t("traces.newRows", { n: pages.newCount })}
            </button>
          )}
        </>
      }
    >
      <div className="trace-tools">
        <label className="picker">
          <span>{t("logs.severity")}</span>
          <select
            value={parameters.get("severity") ?? ""}
            onChange={(event) => changeParameters({ severity: event.target.value })}
          >
            <option value="">{t("logs.any")}</option>
            {SEVERITIES.map((name) => (
              <option key={name} value={name}>
                {t("logs.atLeast", { name })}
              </option>
            ))}
          </select>
        </label>
        <TextSearch key={parameters.get("text") ?? ""} text={parameters.get("text") ?? ""} />
      </div>
      <FilterBar fields={FIELDS} isField={isLogField} placeholder={t("logs.filterPlaceholder")} />
      <div className={record === undefined ? "trace-body" : "trace-body with-panel"}>
        <section className="panel list-panel" aria-label={t("logs.title")}>
          <List pages={pages} selected={selected} select={select} clear={filters.length > 0 ? clear : null} />
        </section>
        {record !== undefined && <LogPanel record={record} close={() => select(null)} />}
      </div>
    </Page>
  );
}

function TextSearch({ text }: { readonly text: string }) {
  const t = useTranslate();
  const [typed, setTyped] = useState(text);
  return (
    <form
      className="find" role="search"
      onSubmit={(event) => {
        event.preventDefault();
        changeParameters({ text: typed.trim() });
      }}
    >
      <Icon name="search" />
      <input
        type="search" aria-label={t("logs.text")} placeholder={t("logs.text")} value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </form>
  );
}

interface ListProps {
  readonly pages: Pages<LogRecord>;
  readonly selected: number | null;
  readonly select: (index: number | null) => void;
  readonly clear: (() => void) | null;
}

function List({ pages, selected, select, clear }: ListProps) {
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
  return <LogRows records={pages.items} pages={pages} selected={selected} select={select} />;
}
