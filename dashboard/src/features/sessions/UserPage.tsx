import { parseSessionList, parseUserAnswer, type Session } from "../../generated/api";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL, RequestFailure } from "../../shared/query/client";
import { usePages } from "../../shared/query/usePages";
import { useQuery } from "../../shared/query/useQuery";
import { hrefOf } from "../../shared/router/location";
import { Link } from "../../shared/router/Link";
import { useParameters } from "../../shared/router/useParameters";
import { useRefresh } from "../../shared/time/useRange";
import { Page } from "../../shared/ui/Page";
import { Failure, QueryView } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { PartyFacts } from "./components/PartyFacts";
import { PartyRows } from "./components/PartyRows";
import { partyOf, partyOrderOf, rangeAround, type Party } from "./model";

const PAGE_SIZE = 100;
const idOf = (session: Session) => session.session_id;

/** A user: what they asked for altogether, and their sessions. */
export default function UserPage({ id }: { readonly id: string | null }) {
  const t = useTranslate();
  const user = id ?? "";
  const query = useQuery(
    apiURL(`/users/${encodeURIComponent(user)}`), parseUserAnswer, { refreshMs: useRefresh() });
  const isMissing = query.error instanceof RequestFailure && query.error.status === 404;
  const party = query.data === null ? null : partyOf(query.data.data);
  return (
    <Page
      title={t("nav.users")} object={user} isFull
      head={party !== null && (
        <PartyFacts party={party}>
          <Link to={hrefOf("/traces", { ...rangeAround(party), user, service: undefined })}>{t("nav.traces")}</Link>
        </PartyFacts>
      )}
    >
      {isMissing ? <StateMessage mark="◌" title={t("users.missing")} note={user} /> : (
        <QueryView query={query}>{({ data }) => <Sessions user={user} party={partyOf(data)} />}</QueryView>
      )}
    </Page>
  );
}

function Sessions({ user, party }: { readonly user: string; readonly party: Party }) {
  const t = useTranslate();
  const order = partyOrderOf(useParameters().get("sort"));
  const url = apiURL("/sessions", { ...rangeAround(party), user, sort: order, limit: PAGE_SIZE });
  const pages = usePages(url, parseSessionList, { idOf, refreshMs: null });
  const { items } = pages;
  return (
    <section className="panel list-panel fill" aria-label={t("nav.sessions")}>
      {items === null && pages.error !== null && <Failure error={pages.error} retry={pages.reload} />}
      {items === null && pages.error === null && (
        <div className="state" role="status" aria-busy="true">{t("state.loading")}</div>
      )}
      {items !== null && items.length === 0 && <StateMessage mark="◌" title={t("users.noSessions")} />}
      {items !== null && items.length > 0 && (
        <PartyRows
          list="sessions" parties={items.map(partyOf)} order={order} hasMore={pages.hasMore}
          loadMore={pages.loadMore}
        />
      )}
    </section>
  );
}
