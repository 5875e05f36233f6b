import type { ReactNode } from "react";
import { MalformedResponse } from "../api/parsers";
import { timeOfDay } from "../format/times";
import { useTranslate, type Translate } from "../i18n/language";
import { RequestFailure } from "../query/client";
import type { Query } from "../query/useQuery";
import { StateMessage } from "./StateMessage";

interface Props<T> {
  readonly query: Query<T>;
  /** Whether there is nothing to show. */
  readonly isEmpty?: (data: T) => boolean;
  /** What is shown then; "nothing in this range" without it. */
  readonly empty?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** What a request brought, in whichever state it is: loading, failed, empty, stale, or there. */
export function QueryView<T>({ query, isEmpty, empty, children }: Props<T>) {
  const t = useTranslate();
  const { data, error } = query;
  if (data === null) {
    if (error !== null) return <Failure error={error} retry={query.reload} />;
    return <Skeleton />;
  }
  const content = isEmpty?.(data) === true ? empty ?? <StateMessage title={t("state.noData")} /> : children(data);
  return (
    <>
      {error !== null && (
        <div className="stale" role="status">
          <span aria-hidden="true">◌</span>
          <span>
            {t("state.stale", { time: timeOfDay(query.loadedAt, Date.now(), false) })} {explain(error, t)}
          </span>
          <button type="button" className="button plain" onClick={query.reload}>
            {t("state.retry")}
          </button>
        </div>
      )}
      {query.isPrevious ? <div className="dimmed" aria-busy="true">{content}</div> : content}
    </>
  );
}

function Skeleton() {
  const t = useTranslate();
  return (
    <div className="skeleton" role="status" aria-label={t("state.loading")}>
      {[92, 78, 85, 60].map((width) => (
        <span key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

export function Failure({ error, retry }: { readonly error: Error; readonly retry: () => void }) {
  const t = useTranslate();
  const isForbidden = error instanceof RequestFailure && error.isForbidden;
  const problem = error instanceof RequestFailure ? error.problem : null;
  return (
    <StateMessage
      mark="⊗" tone="error" role="alert"
      title={t(isForbidden ? "state.forbidden" : "state.failed")}
      detail={explain(error, t)}
      actions={
        <button type="button" className="button" onClick={retry}>
          {t("state.retry")}
        </button>
      }
      note={problem?.request_id === undefined ? undefined
        : `${problem.code} · ${t("state.requestID", { id: problem.request_id })}`}
    />
  );
}

/** What went wrong, for people. */
export function explain(error: Error, t: Translate): string {
  if (error instanceof MalformedResponse) return t("state.malformed", { detail: error.message });
  if (error instanceof RequestFailure && error.status === 0) {
    return t(error.message === "timeout" ? "state.timeout" : "state.unreachable");
  }
  return error.message;
}
