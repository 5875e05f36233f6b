import { useEffect, useMemo, useRef, useState } from "react";
import { parseGpuTraceResponse, parseSpanList, type Span, type TraceSummary } from "../../../generated/api";
import { count, duration, joules, money, toNumber } from "../../../shared/format/numbers";
import { fullTime, msOfNanoseconds, timeOfDay } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import { apiURL } from "../../../shared/query/client";
import { useQuery } from "../../../shared/query/useQuery";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { Messages } from "../../../shared/trace/Messages";
import { Scores } from "../../../shared/trace/Scores";
import { callsOf } from "../../../shared/trace/transcript";
import { QueryView } from "../../../shared/ui/QueryView";
import { latestExchange } from "../model";

/** Spans of a trace that are looked through for messages; a trace has its own page. */
const SPANS_MAX = 500;

/** One trace of a conversation; what was said and what it cost are asked for when it comes into sight. */
export function Turn({ trace }: { readonly trace: TraceSummary }) {
  const t = useTranslate();
  const element = useRef<HTMLLIElement>(null);
  const isSeen = useIsSeen(element);
  const url = apiURL(`/traces/${trace.trace_id}/spans`, { limit: SPANS_MAX });
  const query = useQuery(isSeen ? url : null, parseSpanList);
  const start = msOfNanoseconds(trace.start_time_unix_nano);
  const hasGpus = query.data?.data.some((span) => span.gpu !== null && span.gpu.resource_ids.length > 0) === true;
  return (
    <li ref={element} className="panel turn">
      <header>
        <span className="muted" title={fullTime(start)}>{timeOfDay(start, Date.now())}</span>
        <h2 className="clip">
          <Link to={hrefOf(`/traces/${trace.trace_id}`)}>{trace.root_name ?? t("traces.noRoot")}</Link>
        </h2>
        {trace.error_count > 0 && (
          <span className="badge error">
            ⊗ {count(trace.error_count)} {t("common.errors")}
          </span>
        )}
        <strong>{duration(toNumber(trace.duration_ns))}</strong>
        <span className="muted">
          {t("common.tokensInOut")} {count(toNumber(trace.input_tokens))} / {count(toNumber(trace.output_tokens))}
        </span>
        <Scores scores={trace.scores} />
        {hasGpus && <Cost id={trace.trace_id} />}
      </header>
      <div className="body">
        {isSeen && <QueryView query={query}>{({ data }) => <Said spans={data} />}</QueryView>}
      </div>
    </li>
  );
}

function Said({ spans }: { readonly spans: readonly Span[] }) {
  const t = useTranslate();
  const calls = useMemo(() => callsOf(spans), [spans]);
  const failed = spans.find((span) => span.status.code === "error" && span.status.message !== "");
  return (
    <>
      {calls.length === 0 && <p className="faint">{t("trace.noTranscript")}</p>}
      {calls.map(({ span, messages }) => (
        <div key={span.span_id} className="call">
          <p className="faint">
            <Link to={hrefOf(`/traces/${span.trace_id}`, { span: span.span_id })}>{span.name}</Link>
          </p>
          <Messages messages={latestExchange(messages)} />
        </div>
      ))}
      {failed !== undefined && <p className="span-error" role="note">⊗ {failed.status.message}</p>}
    </>
  );
}

/** What the GPUs took for a trace, as far as it is known; nothing where it is not. */
function Cost({ id }: { readonly id: string }) {
  const { data } = useQuery(apiURL(`/traces/${id}/gpu`), parseGpuTraceResponse);
  if (data === null || data.data.totals.joules === undefined) return null;
  const { totals, cost, currency } = data.data;
  const known = [cost.energy, cost.gpu_time].filter((value): value is number => typeof value === "number");
  return (
    <span className="muted">
      {joules(totals.joules)}
      {known.length > 0 && ` · ${money(known.reduce((sum, value) => sum + value, 0), currency)}`}
    </span>
  );
}

/** Whether an element has been in sight. */
function useIsSeen(element: { readonly current: HTMLElement | null }): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (element.current === null || isSeen) return;
    const watching = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    }, { rootMargin: "200px" });
    watching.observe(element.current);
    return () => watching.disconnect();
  }, [element, isSeen]);
  return isSeen;
}
