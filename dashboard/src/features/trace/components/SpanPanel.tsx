import { useMemo, useState } from "react";
import { parseSpanResponse, type GpuTrace, type Span } from "../../../generated/api";
import { count, duration, toNumber } from "../../../shared/format/numbers";
import { fullTime, msOfNanoseconds } from "../../../shared/format/times";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate } from "../../../shared/i18n/language";
import { apiURL } from "../../../shared/query/client";
import { useQuery } from "../../../shared/query/useQuery";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { Attributes, attributeText, Section, VALUE_LENGTH_MAX } from "../../../shared/trace/Attributes";
import { Messages } from "../../../shared/trace/Messages";
import { Scores } from "../../../shared/trace/Scores";
import { messagesOf } from "../../../shared/trace/transcript";
import type { Node } from "../../../shared/trace/tree";
import { CopyButton } from "../../../shared/ui/CopyButton";
import { Icon } from "../../../shared/ui/Icon";
import { QueryView } from "../../../shared/ui/QueryView";
import { tokenTimelineOf } from "../model/tokens";
import { GpuUse } from "./GpuUse";
import { Percentile } from "./Percentile";
import { TokenTimeline } from "./TokenTimeline";

interface Props {
  readonly node: Node;
  readonly traceID: string;
  readonly slot: number;
  /** What spans of the trace did to GPUs, where that is known by now. */
  readonly gpus: GpuTrace | null;
  readonly close: () => void;
}

/** All that a span says. */
export function SpanPanel({ node, traceID, slot, gpus, close }: Props) {
  const t = useTranslate();
  const { name, span_id: id } = node.span;
  const [isRaw, setRaw] = useState(false);
  return (
    <aside className="panel span-panel" aria-label={name}>
      <header>
        <span className="dot" style={{ background: `var(--c${slot})` }} />
        <h2 className="clip" title={name}>{name}</h2>
        <button type="button" className="button plain" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
          {t("trace.raw")}
        </button>
        <button type="button" className="button plain icon" aria-label={t("common.close")} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div className="span-panel-body" tabIndex={0}>
        {node.whole === null ? <Asked key={id} node={node} traceID={traceID} gpus={gpus} isRaw={isRaw} />
          : <Said span={node.whole} node={node} gpus={gpus} isRaw={isRaw} />}
      </div>
    </aside>
  );
}

interface AskedProps extends Pick<Props, "node" | "traceID" | "gpus"> {
  readonly isRaw: boolean;
}

/** A span of a trace that is too large to have been asked for whole. */
function Asked({ traceID, ...shown }: AskedProps) {
  const query = useQuery(apiURL(`/traces/${traceID}/spans/${shown.node.span.span_id}`), parseSpanResponse);
  return <QueryView query={query}>{({ data }) => <Said span={data} {...shown} />}</QueryView>;
}

interface SaidProps extends Pick<Props, "node" | "gpus"> {
  readonly span: Span;
  readonly isRaw: boolean;
}

function Said({ span, node, gpus, isRaw }: SaidProps) {
  const t = useTranslate();
  const messages = useMemo(() => messagesOf(span), [span]);
  const tokens = useMemo(() => tokenTimelineOf(span), [span]);
  const uses = gpus?.spans.filter((use) => use.span_id === span.span_id) ?? [];
  if (isRaw) return <Raw span={span} />;
  return (
    <>
      {span.status.code === "error" && (
        <p className="span-error" role="note">
          ⊗ {span.status.message === "" ? t("common.error") : span.status.message}
        </p>
      )}
      <Facts node={node} span={span} />
      {span.scores !== undefined && span.scores.length > 0 && (
        <Section title={t("scores.title")}>
          <Scores scores={span.scores} />
        </Section>
      )}
      {span.gen_ai !== null && <ModelCall span={span} />}
      {tokens !== null && (
        <Section title={t("tokens.title")}>
          <TokenTimeline timeline={tokens} />
        </Section>
      )}
      {uses.length > 0 && (
        <Section title={t("use.title")}>
          {uses.map((use) => (
            <GpuUse key={use.gpu_id} use={use} currency={gpus?.currency ?? null} />
          ))}
        </Section>
      )}
      {messages.length > 0 && (
        <Section title={t("trace.transcript")}>
          <Messages messages={messages} />
        </Section>
      )}
      <Attributes title={t("trace.attributes")} values={span.attributes} prefix="attr." />
      <Events span={span} />
      <Links span={span} />
      <Attributes title={t("trace.resource")} values={span.resource} prefix="resource." />
    </>
  );
}

function Facts({ node, span }: { readonly node: Node; readonly span: Span }) {
  const t = useTranslate();
  const facts: readonly (readonly [MessageKey, string])[] = [
    ["common.duration", duration(node.duration)], ["trace.selfTime", duration(node.selfTime)],
    ["trace.start", `+${duration(node.start)} · ${fullTime(msOfNanoseconds(span.start_time_unix_nano))}`],
    ["common.service", span.service_name], ["trace.kind", span.kind],
    ...(span.scope.name === "" ? [] : [["trace.scope", `${span.scope.name} ${span.scope.version}`] as const]),
    ["trace.spanID", span.span_id],
  ];
  return (
    <dl className="facts">
      {facts.map(([key, value]) => (
        <div key={key}>
          <dt>{t(key)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <Percentile key={span.span_id} traceID={span.trace_id} spanID={span.span_id} />
      <div>
        <dt>{t("nav.logs")}</dt>
        <dd>
          <Link to={hrefOf("/logs", { trace_id: span.trace_id, service: undefined })}>{t("trace.logs")}</Link>
        </dd>
      </div>
    </dl>
  );
}

function ModelCall({ span }: { readonly span: Span }) {
  const t = useTranslate();
  const call = span.gen_ai;
  if (call === null) return null;
  const cached = call.cached_tokens === null ? ""
    : ` (${t("trace.cached", { n: count(toNumber(call.cached_tokens)) })})`;
  const rows: readonly (readonly [MessageKey, string | null])[] = [
    ["common.model", call.response_model ?? call.request_model],
    ["common.tokensInOut", call.input_tokens === null && call.output_tokens === null ? null
      : `${count(toNumber(call.input_tokens))}${cached} / ${count(toNumber(call.output_tokens))}`],
    ["trace.ttft", call.time_to_first_token_ns === null ? null : duration(toNumber(call.time_to_first_token_ns))],
    ["trace.tpot", call.time_per_output_token_ns === null ? null : duration(toNumber(call.time_per_output_token_ns))],
    ["trace.finish", call.finish_reason],
  ];
  const known = rows.filter((row): row is readonly [MessageKey, string] => row[1] !== null);
  const gpus = span.gpu?.resource_ids ?? [];
  if (known.length === 0 && gpus.length === 0) return null;
  return (
    <Section title={t("trace.genai")}>
      <dl className="facts">
        {known.map(([key, value]) => (
          <div key={key}>
            <dt>{t(key)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {gpus.length > 0 && (
          <div>
            <dt>{t("trace.gpu")}</dt>
            <dd>
              {gpus.map((id) => (
                <Link key={id} to={hrefOf(`/gpus/${encodeURIComponent(id)}`)}>{id} </Link>
              ))}
            </dd>
          </div>
        )}
      </dl>
    </Section>
  );
}

/** Events that are listed: a call that streams has one for each token. JSON has all. */
const EVENTS_MAX = 50;

function Events({ span }: { readonly span: Span }) {
  const t = useTranslate();
  if (span.events.length === 0) return null;
  const start = BigInt(span.start_time_unix_nano);
  return (
    <Section title={`${t("trace.events")} (${span.events.length})`}>
      {span.events.slice(0, EVENTS_MAX).map((event, index) => (
        <div key={index} className="event">
          <strong>{event.name}</strong>{" "}
          <span className="faint">+{duration(Number(BigInt(event.time_unix_nano) - start))}</span>
          {Object.entries(event.attributes).map(([key, value]) => (
            <p key={key} className="event-attribute">
              <span className="muted">{key}</span> {attributeText(value).slice(0, VALUE_LENGTH_MAX)}
            </p>
          ))}
        </div>
      ))}
      {span.events.length > EVENTS_MAX && (
        <p className="faint">{t("trace.moreEvents", { n: span.events.length - EVENTS_MAX })}</p>
      )}
    </Section>
  );
}

function Links({ span }: { readonly span: Span }) {
  const t = useTranslate();
  if (span.links.length === 0) return null;
  return (
    <Section title={`${t("trace.links")} (${span.links.length})`}>
      {span.links.map((link, index) => (
        <p key={index}>
          <Link to={hrefOf(`/traces/${link.trace_id}`, { span: link.span_id })}>{link.trace_id}</Link>
        </p>
      ))}
    </Section>
  );
}

function Raw({ span }: { readonly span: Span }) {
  const text = JSON.stringify(span, null, 2);
  return (
    <div className="raw">
      <CopyButton text={text} />
      <pre>{text}</pre>
    </div>
  );
}
