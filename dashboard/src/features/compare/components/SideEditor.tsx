import type { ComparedSelection } from "../../../generated/api";
import { FilterBar } from "../../../shared/filters/FilterBar";
import { isTraceField, TRACE_FIELDS } from "../../../shared/filters/filters";
import { count } from "../../../shared/format/numbers";
import { timeOfDay } from "../../../shared/format/times";
import { useTranslate } from "../../../shared/i18n/language";
import { changeParameters } from "../../../shared/router/location";
import { boundsOf } from "../../../shared/time/range";
import { Icon } from "../../../shared/ui/Icon";
import { Panel } from "../../../shared/ui/Panel";
import { isChosen, type Selection, type Side } from "../model";

interface Props {
  readonly side: Side;
  readonly selection: Selection;
  readonly found: ComparedSelection | null;
}

/** The conditions and the time of one selection, and how many spans it has. */
export function SideEditor({ side, selection, found }: Props) {
  const t = useTranslate();
  const isA = side === "a";
  const now = Date.now();
  const { from, to } = boundsOf(selection.range, now);
  const text = t("why.time", { from: timeOfDay(from, now, false), to: timeOfDay(to, now, false) });
  return (
    <Panel
      title={t(isA ? "why.a" : "why.b")} className={`why-side ${side}`}
      actions={found !== null && (
        <span className="muted" role="status">
          {t("why.spans", { n: count(found.span_count) })}
          {found.sampled_count < found.span_count && `, ${t("why.sampled", { n: count(found.sampled_count) })}`}
        </span>
      )}
    >
      <FilterBar
        fields={TRACE_FIELDS} isField={isTraceField} placeholder={t("traces.filterPlaceholder")}
        prefix={`${side}.`} label={t(isA ? "why.addA" : "why.addB")}
      />
      <p className="why-time">
        {selection.hasTime ? (
          <span className="chip">
            {text}
            <button
              type="button" aria-label={t("why.dropTime")}
              onClick={() => changeParameters({ [`${side}.start`]: undefined, [`${side}.end`]: undefined })}
            >
              <Icon name="close" />
            </button>
          </span>
        ) : (
          <span className="faint">
            {!isA && !isChosen(selection) ? t("why.rest") : `${t("why.pageRange")}: ${text}`}
          </span>
        )}
      </p>
    </Panel>
  );
}
