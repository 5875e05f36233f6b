import type { ComparedValue, Comparison } from "../../../generated/api";
import { count, percent } from "../../../shared/format/numbers";
import type { MessageKey } from "../../../shared/i18n/catalogue";
import { useTranslate, type Translate } from "../../../shared/i18n/language";
import { changeParameters, hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { Panel } from "../../../shared/ui/Panel";
import { StateMessage } from "../../../shared/ui/StateMessage";
import { liftText, probability, tracesWith, type Selection } from "../model";

interface Props {
  readonly comparison: Comparison;
  readonly a: Selection;
  readonly isSignificantOnly: boolean;
}

/** The values that A has more or less often than B, what differs most first; a value leads to its traces. */
export function Values({ comparison, a, isSignificantOnly }: Props) {
  const t = useTranslate();
  const values = comparison.values.filter((value) => value.significant || !isSignificantOnly);
  return (
    <Panel
      title={t("why.title")} isFlush
      actions={
        <button
          type="button" className="button" aria-pressed={isSignificantOnly}
          onClick={() => changeParameters({ significant: isSignificantOnly ? undefined : "1" })}
        >
          {t("why.onlySignificant")}
        </button>
      }
    >
      {values.length === 0 ? (
        <StateMessage title={t(comparison.values.length === 0 ? "why.none" : "why.noneSignificant")} />
      ) : (
        <div className="scroll-x">
          <table className="data why-table">
            <thead>
              <tr>
                <th className="wide">{t("why.value")}</th>
                <th className="why-shares">{t("why.shares")}</th>
                <th className="num">{t("why.lift")}</th>
                <th>{t("why.significance")}</th>
                <th className="num">{t("why.counts")}</th>
              </tr>
            </thead>
            <tbody>
              {values.map((value) => (
                <Row key={`${value.field} ${value.value}`} value={value} a={a} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p className="faint why-foot">
        {t("why.tests", { n: count(comparison.test_count) })} {t("why.caution")}
      </p>
    </Panel>
  );
}

function Row({ value, a }: { readonly value: ComparedValue; readonly a: Selection }) {
  const t = useTranslate();
  const target = tracesWith(a, value);
  const name = (
    <>
      <span className="faint">{fieldName(value.field, t)}</span> {value.value}
    </>
  );
  return (
    <tr className={value.significant ? undefined : "muted"}>
      <td className="wide" title={`${value.field} = ${value.value}`}>
        {target === null ? name : <Link to={hrefOf("/traces", target)}>{name}</Link>}
      </td>
      <td className="why-shares">
        {([["a", value.share_a], ["b", value.share_b]] as const).map(([side, share]) => (
          <span key={side} className="why-share">
            <span className="why-track" aria-hidden="true">
              <span className={side} style={{ width: `${share * 100}%` }} />
            </span>
            <span className="num">
              <span className="sr">{side.toUpperCase()} </span>
              {percent(share)}
            </span>
          </span>
        ))}
      </td>
      <td className="num">{value.lift === null ? t("why.onlyA") : liftText(value.lift)}</td>
      <td>{t(value.significant ? "why.significant" : "why.chance", { p: probability(value.adjusted_p_value) })}</td>
      <td className="num">
        {count(value.count_a)} / {count(value.count_b)}
      </td>
    </tr>
  );
}

const NAMES: Readonly<Record<string, MessageKey>> = {
  service: "common.service", operation: "common.operation", model: "common.model", status: "traces.facetStatus",
  provider: "analytics.by.provider", gpu: "analytics.by.gpu", kind: "why.field.kind", node: "why.field.node",
  scope: "why.field.scope", finish_reason: "why.field.finish_reason", error_type: "why.field.error_type",
  input_tokens: "why.field.input_tokens", output_tokens: "why.field.output_tokens",
  cached_tokens: "why.field.cached_tokens", reasoning_tokens: "why.field.reasoning_tokens",
};

function fieldName(field: string, t: Translate): string {
  const key = NAMES[field];
  return key === undefined ? field : t(key);
}
