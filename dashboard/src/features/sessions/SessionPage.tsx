import { parseSessionAnswer, parseTraceList, type TraceSummary } from "../../generated/api";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL, RequestFailure } from "../../shared/query/client";
import { usePages } from "../../shared/query/usePages";
import { useQuery } from "../../shared/query/useQuery";
import { hrefOf } from "../../shared/router/location";
import { Link } from "../../shared/router/Link";
import { useRefresh } from "../../shared/time/useRange";
import { CopyButton } from "../../shared/ui/CopyButton";
import { Page } from "../../shared/ui/Page";
import { Failure, QueryView } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { PartyFacts } from "./components/PartyFacts";
import { Turn } from "./components/Turn";
import { partyOf, rangeAround, type Party } from "./model";

const PAGE_SIZE = 50;
const idOf = (trace: TraceSummary) => trace.trace_id;

/** A conversation: its traces one after another, with what was said in each. */
export default function SessionPage({ id }: { readonly id: string | null }) {
  const t = useTranslate();
  const session = id ?? "";
  const query = useQuery(
    apiURL(`/sessions/${encodeURIComponent(session)}`), parseSessionAnswer, { refreshMs: useRefresh() });
  const isMissing = query.error instanceof RequestFailure && query.error.status === 404;
  const party = query.data === null ? null : partyOf(query.data.data);
  return (
    <Page
      title={t("nav.sessions")} object={session}
      head={
        <>
          <CopyButton text={session} />
          {party !== null && (
            <PartyFacts party={party}>
              <Link to={hrefOf("/traces", { ...rangeAround(party), session, service: undefined })}>
                {t("nav.traces")}
              </Link>
            </PartyFacts>
          )}
        </>
      }
    >
      {isMissing ? <StateMessage mark="◌" title={t("sessions.missing")} note={session} /> : (
        <QueryView query={query}>
          {({ data }) => <Turns session={session} party={partyOf(data)} />}
        </QueryView>
      )}
    </Page>
  );
}

function Turns({ session, party }: { readonly session: string; readonly party: Party }) {
  const t = useTranslate();
  const url = apiURL("/traces", { ...rangeAround(party), session, sort: "start_time", limit: PAGE_SIZE });
  const pages = usePages(url, parseTraceList, { idOf, refreshMs: null });
  if (pages.items === null) {
    if (pages.error !== null) return <Failure error={pages.error} retry={pages.reload} />;
    return <div className="state" role="status" aria-busy="true">{t("state.loading")}</div>;
  }
  return (
    <ol className="turns">
      {pages.items.map((trace) => (
        <Turn key={trace.trace_id} trace={trace} />
      ))}
      {pages.hasMore && (
        <li>
          <button type="button" className="button" disabled={pages.isLoading} onClick={pages.loadMore}>
            {t("common.more")}
          </button>
        </li>
      )}
    </ol>
  );
}
