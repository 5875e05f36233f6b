import type { ReactNode } from "react";
import { count, duration } from "../../../shared/format/numbers";
import { fullTime } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import type { Party } from "../model";

/** What there is to say about a session or a user in a line. */
export function PartyFacts({ party, children }: { readonly party: Party; readonly children?: ReactNode }) {
  const t = useTranslate();
  return (
    <p className="trace-facts">
      <strong>{t("sessions.traces", { n: count(party.traceCount) })}</strong>
      <span className="muted">{t("sessions.calls", { n: count(party.callCount) })}</span>
      {party.errorCount > 0 && (
        <span className="badge error">
          ⊗ {count(party.errorCount)} {t("common.errors")}
        </span>
      )}
      <span className="muted">
        {t("common.tokensInOut")} {count(party.inputTokens)} / {count(party.outputTokens)}
      </span>
      <span className="muted">
        {fullTime(party.first)} · {duration((party.last - party.first) * 1e6)}
      </span>
      {children}
    </p>
  );
}
