import { useTranslate } from "../../shared/i18n/language";
import { RequestFailure } from "../../shared/query/client";
import { useParameters } from "../../shared/router/useParameters";
import { Page } from "../../shared/ui/Page";
import { QueryView } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { shortID } from "../../shared/format/texts";
import { TraceView } from "./components/TraceView";
import { useTrace } from "./useTrace";

const LIVE_MS = 2_000;

/** One trace: when what ran, and all that each span says. */
export default function TracePage({ id }: { readonly id: string | null }) {
  return <Opened key={id} id={id ?? ""} />;
}

function Opened({ id }: { readonly id: string }) {
  const t = useTranslate();
  const refreshMs = useParameters().get("live") === "1" ? LIVE_MS : null;
  const query = useTrace(id, refreshMs);
  const { error } = query;
  const isMissing = error instanceof RequestFailure && (error.status === 404 || error.status === 400);
  if (query.data !== null) {
    const trace = query.data;
    return (
      <QueryView query={query}>{() => <TraceView trace={trace} refreshMs={refreshMs} />}</QueryView>
    );
  }
  return (
    <Page title={t("trace.title")} object={shortID(id)} isFull>
      {isMissing ? (
        <StateMessage
          mark="◌" title={t("trace.missing")} detail={t("trace.missingDetail")}
          actions={
            <button type="button" className="button" onClick={query.reload}>
              {t("state.retry")}
            </button>
          }
          note={id}
        />
      ) : (
        <QueryView query={query}>{() => null}</QueryView>
      )}
    </Page>
  );
}
