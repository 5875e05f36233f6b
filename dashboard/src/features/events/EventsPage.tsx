import { parseFleetEventList, type FleetEvent } from "../../generated/api";
import { EventRows } from "../../shared/fleet/EventRows";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL } from "../../shared/query/client";
import { usePages } from "../../shared/query/usePages";
import { changeParameters } from "../../shared/router/location";
import { useParameters } from "../../shared/router/useParameters";
import { useRange, useRefresh } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { Failure } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";

const REFRESH_MS = 10_000;
const PAGE_SIZE = 100;
const idOf = (event: FleetEvent) => `${event.time} ${event.node} ${event.gpu ?? ""} ${event.kind}`;
const FIELDS = ["node", "gpu", "kind"] as const;

/** What happened to machines and GPUs, the newest first. */
export default function EventsPage() {
  const t = useTranslate();
  const range = useRange();
  const parameters = useParameters();
  const refreshMs = useRefresh() ?? REFRESH_MS;
  const chosen = Object.fromEntries(FIELDS.map((field) => [field, parameters.get(field) ?? undefined]));
  const hasFilter = Object.values(chosen).some((value) => value !== undefined);
  const url = apiURL("/events", {
    ...chosen, start: range.start, end: range.end === "now" ? undefined : range.end, limit: PAGE_SIZE,
  });
  const pages = usePages(url, parseFleetEventList, { idOf, refreshMs: null, reloadMs: refreshMs });
  const clear = () => changeParameters(Object.fromEntries(FIELDS.map((field) => [field, undefined])));
  return (
    <Page title={t("nav.events")}>
      {hasFilter && (
        <div className="trace-tools">
          {FIELDS.filter((field) => chosen[field] !== undefined).map((field) => (
            <button
              key={field} type="button" className="button" onClick={() => changeParameters({ [field]: undefined })}
              aria-label={t("traces.removeFilter", { name: field })}
            >
              {field} = {chosen[field]} <span aria-hidden="true">×</span>
            </button>
          ))}
        </div>
      )}
      {pages.error !== null && <Failure error={pages.error} retry={pages.reload} />}
      {pages.items === null && pages.error === null && <div className="state" aria-busy="true" />}
      {pages.items !== null && pages.items.length === 0 && (
        <StateMessage
          mark="◌" title={t(hasFilter ? "state.noMatch" : "state.noData")}
          actions={
            <div className="group">
              <button
                type="button" className="button" onClick={() => changeParameters({ start: "-24h", end: undefined })}
              >
                {t("state.widen")}
              </button>
              {hasFilter && (
                <button type="button" className="button" onClick={clear}>
                  {t("state.clearFilters")}
                </button>
              )}
            </div>
          }
        />
      )}
      {pages.items !== null && pages.items.length > 0 && (
        <Panel title={t("nav.events")} isFlush>
          <div className="scroll-x">
            <EventRows events={pages.items} hasObjects />
          </div>
        </Panel>
      )}
      {pages.hasMore && (
        <button type="button" className="button" onClick={pages.loadMore}>
          {t("common.more")}
        </button>
      )}
    </Page>
  );
}
