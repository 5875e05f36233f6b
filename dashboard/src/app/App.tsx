import { Suspense, useCallback, useState } from "react";
import { parseSessionResponse, parseTraceList } from "../generated/api";
import { useTranslate } from "../shared/i18n/language";
import { apiURL, RequestFailure } from "../shared/query/client";
import { useQuery } from "../shared/query/useQuery";
import { useLocation } from "../shared/router/location";
import { ErrorBoundary } from "../shared/ui/ErrorBoundary";
import { Failure } from "../shared/ui/QueryView";
import { StateMessage } from "../shared/ui/StateMessage";
import { FirstTrace } from "./FirstTrace";
import { matchPage } from "./pages";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";

const SESSION = apiURL("/session");

/** The dashboard: the key first, where one is needed, then the shell with the page of the address. */
export function App() {
  const session = useQuery(SESSION, parseSessionResponse);
  if (session.error instanceof RequestFailure && session.error.status === 401) {
    return <SignIn done={session.reload} />;
  }
  if (session.data === null) {
    if (session.error === null) return null;
    return (
      <main className="page full">
        <div className="center-card">
          <Failure error={session.error} retry={session.reload} />
        </div>
      </main>
    );
  }
  return <Content />;
}

/** Pages that show something without any trace. */
const WITHOUT_TRACES = new Set([
  "gpus", "nodes", "cluster", "energy", "events", "explore", "settings", "logs", "alerts", "gateway", "drift", "memory",
]);
const WAITING_MS = 2_000;

function Content() {
  const t = useTranslate();
  const { path } = useLocation();
  const match = matchPage(path);
  const [hasTraces, setHasTraces] = useState(false);
  const arrived = useCallback(() => setHasTraces(true), []);
  let content = (
    <StateMessage mark="◌" title={t("state.notFound")} detail={t("state.notFoundDetail", { path })} />
  );
  if (match !== null) {
    const Component = match.id === null ? match.page.component : match.page.detail ?? match.page.component;
    content = (
      <Suspense fallback={<div className="page" aria-busy="true" />}>
        <Component id={match.id} key={match.page.segment + (match.id ?? "")} />
      </Suspense>
    );
    if (!hasTraces && !WITHOUT_TRACES.has(match.page.segment) && match.id === null) {
      content = <UnlessEmpty arrived={arrived}>{content}</UnlessEmpty>;
    }
  }
  return (
    <Shell page={match?.page ?? null}>
      <ErrorBoundary
        resetKey={path}
        fallback={(error) => (
          <StateMessage
            mark="⊗" tone="error" role="alert" title={t("state.crashed")} detail={error.message}
            actions={
              <button type="button" className="button" onClick={() => window.location.reload()}>
                {t("state.reload")}
              </button>
            }
          />
        )}
      >
        {content}
      </ErrorBoundary>
    </Shell>
  );
}

/** Asks whether the server has any trace at all; until it has, how to send the first one is shown. */
function UnlessEmpty({ arrived, children }: { readonly arrived: () => void; readonly children: JSX.Element }) {
  const url = apiURL("/traces", { start: "-30d", limit: 1 });
  const any = useQuery(url, parseTraceList, { refreshMs: WAITING_MS });
  if (any.data === null) return any.error === null ? null : children;
  if (any.data.data.length === 0) return <FirstTrace />;
  queueMicrotask(arrived);
  return children;
}
