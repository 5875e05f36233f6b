import { useMemo } from "react";
import type { Span } from "../../../generated/api";
import { count, duration, toNumber } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { StateMessage } from "../../../shared/ui/StateMessage";
import { callsOf } from "../../../shared/trace/transcript";
import { Messages } from "../../../shared/trace/Messages";

interface Props {
  readonly spans: readonly Span[];
  readonly open: (spanID: string) => void;
}

/** The calls of models in a trace one after another, as a conversation. */
export function Transcript({ spans, open }: Props) {
  const t = useTranslate();
  const calls = useMemo(() => callsOf(spans), [spans]);
  if (calls.length === 0) return <StateMessage mark="◌" title={t("trace.noTranscript")} />;
  return (
    <div className="transcript" tabIndex={0}>
      {calls.map(({ span, messages }) => (
        <section key={span.span_id} className="panel" aria-label={span.name}>
          <header>
            <h2 className="clip">{span.name}</h2>
            <span className="muted">{duration(toNumber(span.duration_ns))}</span>
            {span.gen_ai !== null && span.gen_ai.output_tokens !== null && (
              <span className="muted">
                {count(toNumber(span.gen_ai.input_tokens))} / {count(toNumber(span.gen_ai.output_tokens))}
              </span>
            )}
            <button type="button" className="button plain" onClick={() => open(span.span_id)}>
              {t("trace.timeline")}
            </button>
          </header>
          <div className="body">
            <Messages messages={messages} />
          </div>
        </section>
      ))}
    </div>
  );
}
