import { useMemo } from "react";
import { parseSessionList, parseUserList, type Session, type User } from "../../../generated/api";
import type { Parser } from "../../../shared/api/parsers";
import { FilterBar } from "../../../shared/filters/FilterBar";
import { filtersOf } from "../../../shared/filters/filters";
import { count } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { apiURL } from "../../../shared/query/client";
import { usePages } from "../../../shared/query/usePages";
import { changeParameters } from "../../../shared/router/location";
import { useParameters } from "../../../shared/router/useParameters";
import { chooseRange, useRange, useRefresh } from "../../../shared/time/useRange";
import { Page } from "../../../shared/ui/Page";
import { Failure } from "../../../shared/ui/QueryView";
import { StateMessage } from "../../../shared/ui/StateMessage";
import { SavedViews } from "../../../shared/views/SavedViews";
import { partyFields, partyOf, partyOrderOf } from "../model";
import { PartyRows } from "./PartyRows";

const PAGE_SIZE = 100;
const idOf = (found: Session | User) => partyOf(found).id;
type ListParser = Parser<{ readonly data: readonly (Session | User)[]; readonly next_cursor: string | null }>;

/** A page with the sessions, or the users, of the range. */
export function PartyList({ list }: { readonly list: "sessions" | "users" }) {
  const t = useTranslate();
  const parameters = useParameters();
  const range = useRange();
  const refreshMs = useRefresh();
  const fields = partyFields(list);
  const isField = useMemo(() => (name: string) => fields.includes(name), [fields]);
  const filters = filtersOf(parameters, isField);
  const order = partyOrderOf(parameters.get("sort"));
  const url = useMemo(() => apiURL(`/${list}`, {
    start: range.start, end: range.end === "now" ? undefined : range.end,
    ...Object.fromEntries(filtersOf(parameters, isField).map(({ name, value }) => [name, value])),
    sort: order, limit: PAGE_SIZE,
  }), [list, parameters, range, order, isField]);
  const parser: ListParser = list === "sessions" ? parseSessionList : parseUserList;
  const pages = usePages<Session | User>(url, parser, { idOf, refreshMs: null, reloadMs: refreshMs });
  const parties = useMemo(() => (pages.items ?? []).map(partyOf), [pages.items]);
  const clear = () => changeParameters(Object.fromEntries(filters.map(({ name }) => [name, undefined])));
  const hasFilters = filters.length > 0;
  return (
    <Page
      title={t(`nav.${list}`)} isFull
      head={
        <>
          <span className="muted" role="status">
            {pages.items !== null &&
              t(pages.hasMore ? "traces.countMore" : "traces.count", { n: count(parties.length) })}
          </span>
          <SavedViews list={list} isField={isField} />
        </>
      }
    >
      <FilterBar fields={fields} isField={isField} placeholder={t("logs.filterPlaceholder")} />
      <section className="panel list-panel fill" aria-label={t(`nav.${list}`)}>
        {pages.items === null && pages.error !== null && <Failure error={pages.error} retry={pages.reload} />}
        {pages.items === null && pages.error === null && (
          <div className="state" role="status" aria-busy="true">{t("state.loading")}</div>
        )}
        {pages.items !== null && parties.length === 0 && (
          <StateMessage
            mark="◌" title={t(hasFilters ? "state.noMatch" : `${list}.none`)}
            detail={hasFilters ? undefined : t(`${list}.noneDetail`)}
            actions={
              <span className="group">
                {hasFilters && (
                  <button type="button" className="button" onClick={clear}>{t("state.clearFilters")}</button>
                )}
                <button type="button" className="button" onClick={() => chooseRange({ start: "-24h", end: "now" })}>
                  {t("state.widen")}
                </button>
              </span>
            }
          />
        )}
        {parties.length > 0 && (
          <PartyRows list={list} parties={parties} order={order} hasMore={pages.hasMore} loadMore={pages.loadMore} />
        )}
      </section>
    </Page>
  );
}
